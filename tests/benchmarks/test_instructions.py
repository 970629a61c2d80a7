"""What a plain event costs in bytecode: counted, so that no busy machine hides a change."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from chimeric import ChimericError, Request, ToolCall, hookimpl

from .instructions import CASES, NOISE, difference, instructions_per_event
from .middleware import MIDDLEWARE, Use, put, section, settings

MOST: dict[str, tuple[float, float]] = {
    "chat": (93.0, 250.5),
    "responses": (180.0, 304.5),
    "anthropic": (177.0, 301.5),
    "gemini": (134.5, 301.5),
    "cohere": (211.5, 335.5),
    "tools": (288.5, 435.5),
}
"""Instructions of one event in a burst, and in a read of its own, on Python 3.11."""


pytestmark = [
    pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="counted on Python 3.11"),
    pytest.mark.skipif(sys.gettrace() is not None, reason="a tracer counts as well"),
]


@pytest.mark.parametrize("protocol", CASES)
def test_a_plain_event_costs_no_more_instructions_than_it_did(protocol: str) -> None:
    burst, alone = MOST[protocol]
    assert instructions_per_event(protocol, burst=True) <= burst + NOISE
    assert instructions_per_event(protocol, burst=False) <= alone + NOISE


class Plain:
    """Hooks that could ask, and do not."""

    @hookimpl
    def chimeric_prepare_request(self, request: Request) -> Request:
        return request

    @hookimpl
    def chimeric_answer(self, request: Request) -> None:
        return None

    @hookimpl
    def chimeric_attempt(self, request: Request) -> None:
        return None

    @hookimpl
    def chimeric_recover(self, error: ChimericError) -> None:
        return None

    @hookimpl
    def chimeric_call_tool(self, call: ToolCall) -> None:
        return None


@pytest.mark.parametrize("burst", [True, False], ids=["burst", "alone"])
def test_hooks_that_ask_for_nothing_cost_an_event_nothing(burst: bool) -> None:
    without = instructions_per_event("chat", burst=burst)
    there = instructions_per_event("chat", burst=burst, plugins=[Plain()])
    assert abs(there - without) < NOISE


IN_USE: dict[str, tuple[float, float]] = {
    "cache": (212.0, 225.0),
    "cost": (68.0, 81.0),
    "fallback": (0.0, 0.0),
    "fallback, prefill": (123.0, 136.0),
    "guard, words": (1025.0, 1210.0),
    "guard, StopSequences": (208.0, 221.0),
    "guard, ThinkTags": (99.0, 112.0),
    "limit": (506.0, 691.0),
    "otel": (157.0, 170.0),
    "record": (3285.0, 3374.0),
    "redact": (664.0, 849.0),
}
"""What one event costs more with a middleware in use, in a burst and alone, on Python 3.11."""


@pytest.mark.parametrize("burst", [True, False], ids=["burst", "alone"])
@pytest.mark.parametrize("name", MIDDLEWARE)
def test_middleware_that_is_installed_and_not_used_costs_an_event_nothing(
    tmp_path: Path, name: str, burst: bool
) -> None:
    installed = MIDDLEWARE[name](tmp_path).installed
    without = difference("chat", burst=burst, **settings(Use()))
    there = difference("chat", burst=burst, **settings(Use(installed=installed)))
    assert abs(there - without) < NOISE


@pytest.mark.parametrize("burst", [True, False], ids=["burst", "alone"])
@pytest.mark.parametrize("name", MIDDLEWARE)
def test_middleware_in_use_costs_an_event_no_more_instructions_than_it_did(
    tmp_path: Path, name: str, burst: bool
) -> None:
    without = difference("chat", burst=burst, **settings(Use()))
    used = difference("chat", burst=burst, **settings(MIDDLEWARE[name](tmp_path)))
    assert used - without < IN_USE[name][0 if burst else 1] + NOISE


def test_the_table_says_zero_for_what_costs_nothing_and_takes_its_place_in_the_page() -> None:
    event = {"used burst": 93.0, "used alone": 248.25}
    event |= {"microseconds burst": 1.0, "microseconds alone": 2.0}
    idle = {"installed burst": 93.0, "installed alone": 248.25, **event}
    told = section({"none": event, "fallback": idle})
    assert "| chimeric-fallback | 0.0 | 0.0 | 0.0 | 0.0 | 0.00 | 0.00 |" in told
    page = "# Benchmarks\n\n" + section({"none": event}) + "## Next\n\nMore.\n"
    assert put(page, told) == "# Benchmarks\n\n" + told + "## Next\n\nMore.\n"
    assert put("# Benchmarks\n", told) == "# Benchmarks\n\n" + told
