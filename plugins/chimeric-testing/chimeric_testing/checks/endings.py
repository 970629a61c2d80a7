"""Ways in which a conversation goes on after an answer, and what callers leave of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from chimeric import Message
from chimeric_testing.recorded import is_array

from .conversations import WEATHER

__all__ = ["cuts", "endings", "gone_on"]


def gone_on(said: list[Message]) -> Mapping[str, Any]:
    """A call that goes on after an answer; each of its calls is answered."""
    results = [
        Message("tool", "4", tool_call_id=call.id, name=call.name)
        for message in said
        for call in message.tool_calls
    ]
    return {"messages": [Message("user", "Hi"), *said, *results, Message("user", "Go on")]}


def endings(said: list[Message]) -> Mapping[str, Mapping[str, Any]]:
    """Other calls that go on after an answer: nobody answers, thinking is asked for, and more."""
    whole: list[Message] = [*gone_on(said)["messages"]]
    return {
        "nobody answers": {"messages": [*whole[:1], *said, whole[-1]]},
        "nothing follows": {"messages": [*whole[:1], *said]},
        "results come last": {"messages": whole[:-1]},
        "with much effort": {"messages": whole[:-1], "reasoning_effort": "high"},
        "cut at its start": {"messages": whole[1:-1], "reasoning_effort": "high"},
        "with a forced tool": {"messages": whole, "tools": [WEATHER], "tool_choice": "required"},
        "with a key": {
            "messages": [
                msgspec.structs.replace(message, extra={"cache_control": {"type": "ephemeral"}})
                for message in whole
            ]
        },
        "twice": {"messages": [*whole, *whole]},
    }


def cuts(call: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The call without its first messages, and without its last; much effort is asked for.

    Example:
        >>> [cut["messages"] for cut in cuts({"messages": ["a", "b", "c"]})]
        [['b', 'c'], ['c'], ['a', 'b'], ['a']]
    """
    messages = call.get("messages")
    if not is_array(messages):
        return
    for place in range(1, len(messages)):
        yield {"reasoning_effort": "high", **call, "messages": messages[place:]}
    for place in range(len(messages) - 1, 0, -1):
        yield {"reasoning_effort": "high", **call, "messages": messages[:place]}
