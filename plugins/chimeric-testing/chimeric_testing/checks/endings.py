"""Ways in which a conversation goes on after an answer, and what callers leave of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from chimeric import Message, NativePart
from chimeric_testing.recorded import is_array
from chimeric_testing.spoiling import shape

from .conversations import WEATHER

__all__ = ["cuts", "disturbed", "endings", "gone_on", "kinds_of", "parted"]


SPEAKS: Final = [Message("user", "Go on")]

BETWEEN: Final = (
    Message("system", "Be brief."),
    Message("system", " "),
    Message("user", ""),
    Message("assistant", " "),
    Message("system", (NativePart({"zodd": {"a": 1}}),)),
)
"""What may come between two messages of a conversation."""


def gone_on(said: list[Message]) -> Mapping[str, Any]:
    """A call that goes on after an answer; each of its calls is answered."""
    results = [
        Message("tool", "4", tool_call_id=call.id, name=call.name)
        for message in said
        for call in message.tool_calls
    ]
    return {"messages": [Message("user", "Hi"), *said, *results, Message("user", "Go on")]}


def parted(said: list[Message]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Calls in which an answer is told as two, at each place between two of its items.

    Between them the user speaks, or the user and another answer: what a service tells of one of
    its tools may come in the next answer, and in no later one.
    """
    for number, message in enumerate(said):
        state = message.state
        for place in range(1, len(state.items) if state is not None else 0):
            assert state is not None
            one, other = (
                msgspec.structs.replace(
                    message, state=msgspec.structs.replace(state, items=items), tool_calls=calls
                )
                for items, calls in (
                    (state.items[:place], ()),
                    (state.items[place:], message.tool_calls),
                )
            )
            for how, between in (("", SPEAKS), (", later", [*SPEAKS, Message("assistant", "So?")])):
                rest = [*between, *SPEAKS[: len(between) - 1], other, *said[number + 1 :]]
                yield f"parted at {place}{how}", gone_on([*said[:number], one, *rest])


def endings(said: list[Message]) -> Mapping[str, Mapping[str, Any]]:
    """Other calls that go on after an answer: nobody answers, thinking is asked for, and more."""
    whole: list[Message] = [*gone_on(said)["messages"]]
    return {
        **dict(parted(said)),
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


def disturbed(call: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The call with two messages the other way round, without one, and with one more between.

    What is put between is a system message, and one of each role that says nothing.

    Example:
        >>> [odd["messages"] for odd in disturbed({"messages": ["a", "b"]})][:2]
        [['b', 'a'], ['b']]
    """
    messages = call.get("messages")
    if not is_array(messages) or len(messages) < 2:
        return
    for place in range(len(messages) - 1):
        before, (one, other), after = (
            messages[:place],
            messages[place : place + 2],
            messages[place + 2 :],
        )
        yield {**call, "messages": [*before, other, one, *after]}
        yield {**call, "messages": [*before, other, *after]}
    for place in range(1, len(messages) + 1):
        for more in BETWEEN:
            yield {**call, "messages": [*messages[:place], more, *messages[place:]]}


def kinds_of(call: Mapping[str, Any]) -> tuple[Any, ...]:
    """What kinds of message a call has: conversations of the same kinds are disturbed once."""
    messages = call.get("messages")
    return tuple(map(_kind, messages)) if is_array(messages) else ()


def _kind(message: Any) -> Any:
    if not isinstance(message, Message):
        return shape(message)
    parts = [type(part).__name__ for part in message.parts]
    has = [bool(getattr(message, n)) for n in ("tool_calls", "reasoning", "refusal", "extra")]
    return message.role, *parts, *has, message.is_error
