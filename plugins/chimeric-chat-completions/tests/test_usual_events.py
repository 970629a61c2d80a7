"""The fast way of a stream's first and last event says what the careful one says."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from chimeric_chat_completions import ChatDialect, compatible
from chimeric_chat_completions.parser import ChatState
from chimeric_chat_completions.usual import usual_chunk

from chimeric import Delta, Event, Request

UNKNOWN = "a_member_that_nobody_knows"
"""An event with it is read with care."""

CASES = 400


def _choice(pick: random.Random) -> dict[str, Any]:
    delta: dict[str, Any] = {}
    for name, values in {
        "role": ("assistant", None),
        "content": ("", " word", "Hé", None),
        "refusal": (None, ""),
        "reasoning_content": (None, ""),
        "tool_calls": (None, []),
    }.items():
        if pick.random() < 0.5:
            delta[name] = pick.choice(values)
    choice: dict[str, Any] = {"index": pick.choice((0, 0, 0, 0, 1)), "delta": delta}
    if pick.random() < 0.7:
        choice["finish_reason"] = pick.choice((None, "stop", "length", "", "odd"))
    if pick.random() < 0.3:
        choice["logprobs"] = None
    return choice


def _events(pick: random.Random) -> list[dict[str, Any]]:
    beside = {
        "id": ("chatcmpl-1", "", None),
        "model": ("m-1", "", None),
        "created": (1790000000, 1.5, None),
        "service_tier": ("default", "", None),
        "system_fingerprint": ("fp_1", None),
        "usage": (None,),
    }
    told = []
    for _ in range(pick.randrange(1, 9)):
        event = {n: pick.choice(v) for n, v in beside.items() if pick.random() < 0.6}
        told.append({**event, "choices": [_choice(pick)]})
    return told


def _read(events: list[dict[str, Any]], dialect: ChatDialect, request: Request) -> list[Any]:
    state = ChatState(dialect, request)
    found: list[Any] = []
    for data in [*map(msgspec.json.encode, events), b"[DONE]"]:
        delta = state.parse(Event(data))
        found.append(Delta(text=delta) if isinstance(delta, str) else delta or Delta())
    return found


@pytest.mark.parametrize(
    "dialect", [ChatDialect(), compatible.DIALECT], ids=["plain", "compatible"]
)
@pytest.mark.parametrize("extra", [{}, {"n": 2}, {"logprobs": True}], ids=str)
def test_a_member_that_nobody_knows_changes_nothing(dialect: ChatDialect, extra: Any) -> None:
    request = Request(model="m", messages=(), extra=extra)
    for seed in range(CASES):
        events = _events(random.Random(seed))
        careful = [{**event, UNKNOWN: 1} for event in events]
        assert _read(events, dialect, request) == _read(careful, dialect, request), events


def test_the_first_and_the_last_event_of_most_streams_are_usual() -> None:
    first = {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
    last = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}
    for choice in (first, last):
        event = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        assert usual_chunk(msgspec.json.encode({**event, "choices": [choice]})) is not None


@pytest.mark.parametrize(
    "more",
    [
        {UNKNOWN: 1},
        {"usage": {"prompt_tokens": 1}},
        {"error": {"message": "no"}},
        {"choices": []},
        {"choices": [{"index": 1, "delta": {"content": "x"}}]},
        {"choices": [{"index": 0, "delta": {"content": "x"}, "stop_reason": 7}]},
        {"choices": [{"index": 0, "delta": {"reasoning": "x"}}]},
    ],
    ids=str,
)
def test_an_event_that_tells_more_is_not_usual(more: dict[str, Any]) -> None:
    event = {"id": "c", "choices": [{"index": 0, "delta": {"content": "x"}}], **more}
    assert usual_chunk(msgspec.json.encode(event)) is None
