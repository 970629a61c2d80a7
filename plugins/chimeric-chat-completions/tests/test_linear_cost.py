"""Events that are legal and large cost no more than their size."""

from __future__ import annotations

import time
from typing import Any

import pytest
from chimeric_chat_completions.besides.reader import Besides
from chimeric_chat_completions.echo import Echo

SMALL, LARGE = 4_000, 32_000
MOST = 40
"""Times that eight times the size may take: eight when linear, 64 when quadratic."""


def ratio(work: Any) -> float:
    """How much longer the large input takes than the small one, at its best of some tries."""
    took = {SMALL: 1e9, LARGE: 1e9}
    for count in (SMALL, LARGE) * 3:
        began = time.process_time()
        work(count)
        took[count] = min(took[count], time.process_time() - began)
    return took[LARGE] / took[SMALL]


@pytest.mark.parametrize("same", [False, True], ids=["apart", "one"])
def test_reasoning_details_are_merged_in_linear_time(same: bool) -> None:
    def work(count: int) -> None:
        echo = Echo(("reasoning_details",), ())
        for place in range(count):
            detail = {"type": "reasoning.text", "index": 0 if same else place, "text": "x" * 50}
            echo.add({"reasoning_details": [detail]})
        items = echo.items()
        assert items is not None
        assert len(items[0]["reasoning_details"]) == (1 if same else count)

    assert ratio(work) < MOST


@pytest.mark.parametrize(
    "field",
    [
        lambda place: {"reasoning_steps": [{"thought": f"{n}"} for n in range(place)]},
        lambda place: {"annotations": [{"url": f"http://host/{n}"} for n in range(place)]},
        lambda place: {"images": [f"http://host/{n}" for n in range(place)]},
        lambda place: {
            "executed_tools": [
                {"index": n, "type": "search", "arguments": "{}", "output": ""}
                for n in range(place)
            ]
        },
    ],
    ids=["steps", "annotations", "images", "tools"],
)
def test_what_a_message_shows_is_read_in_linear_time(field: Any) -> None:
    def work(count: int) -> None:
        Besides().message(field(count), {}, whole=True)

    assert ratio(work) < MOST


def test_citations_that_each_event_repeats_are_known_in_linear_time() -> None:
    def work(count: int) -> None:
        besides = Besides()
        cited = [f"http://host/{n}" for n in range(count)]
        for end in range(3):
            fields: dict[str, Any] = {}
            besides.frame({"citations": [*cited, f"http://host/last/{end}"]}, fields)

    assert ratio(work) < MOST
