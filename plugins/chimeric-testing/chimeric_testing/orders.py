"""Events in other orders than they were recorded in: as services have sent them, or may."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, Final

from chimeric import Event

from .leaves import leaves, nodes, shown
from .recorded import is_object
from .spoiling import with_item

__all__ = ["moved", "renamed", "reordered", "runs", "types_in", "whole"]

NEXT: Final = 2
"""An event comes again behind so many others, and before so many of the end."""


def reordered(
    events: Sequence[Event], place: int, other: Sequence[Event]
) -> Iterator[tuple[str, list[Event]]]:
    """The stream in which one event comes again, later than it should, or ends what comes.

    Args:
        events: all of the stream.
        place: that of the event.
        other: the events of another answer.

    Example:
        >>> a, b = Event(b"a"), Event(b"b")
        >>> dict(reordered([a, b], 0, []))["after the next"] == [b, a]
        True
    """
    before, event, after = events[:place], events[place], events[place + 1 :]
    yield "from here on", [*events[place:]]
    yield "again from the start", [*before, *events]
    yield "after the next", [*before, *after[:1], event, *after[1:]]
    yield "again after the next", [*before, event, *after[:1], event, *after[1:]]
    yield "again after two", [*before, event, *after[:NEXT], event, *after[NEXT:]]
    yield "again before the end", [*before, event, *after[:-NEXT], event, *after[-NEXT:]]
    yield "the last two again", [*before, event, *events[max(place - 1, 0) :]]
    yield "up to here", [*before, event]
    yield "from here to the end", [*before, event, *events[-NEXT:]]
    yield "another answer after it", [*before, event, *other]


def runs(values: Sequence[Any]) -> list[range]:
    """The places of neighbours that have the same number: the blocks that services number.

    Args:
        values: plain data, event by event.

    Example:
        >>> runs([{}, {"index": 0}, {"index": 0}, {"index": 1}])
        [range(1, 3), range(3, 4)]
    """
    found: list[range] = []
    before: Any = None
    for place, number in enumerate(map(_number, values)):
        if number is not None and number == before:
            found[-1] = range(found[-1].start, place + 1)
        elif number is not None:
            found.append(range(place, place + 1))
        before = number
    return found


def moved(
    events: Sequence[Event], run: range, following: range
) -> Iterator[tuple[str, list[Event]]]:
    """The stream in which one numbered block is told again, left out, or elsewhere.

    Args:
        events: all of the stream.
        run: the places of the block's events.
        following: those of the block behind it; an empty range for none.

    Example:
        >>> a, b = Event(b"a"), Event(b"b")
        >>> dict(moved([a, b], range(1), range(1, 2)))["behind the next"] == [b, a]
        True
    """
    before, own, after = events[: run.start], events[run.start : run.stop], events[run.stop :]
    yield "again", [*before, *own, *own, *after]
    yield "left out", [*before, *after]
    if following:
        gap, rest = events[run.stop : following.start], events[following.stop :]
        other = events[following.start : following.stop]
        mixed = [e for pair in zip_longest(own, other) for e in pair if e is not None]
        yield "behind the next", [*before, *other, *gap, *own, *rest]
        yield "among the next", [*before, *gap, *mixed, *rest]
        yield "again behind the next", [*before, *own, *gap, *other, *own, *rest]


def whole(value: Any, answers: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """The event that begins a block, with all of it in place of its beginning.

    Args:
        value: plain data of the event.
        answers: whole answers as plain data, where such blocks stand.

    Example:
        >>> told = {"content": [{"type": "call", "name": "now", "input": {"a": 1}}]}
        >>> begins = {"type": "begin", "block": {"type": "call", "name": "now", "input": {}}}
        >>> [odd["block"]["input"] for _, odd in whole(begins, [told])]
        [{'a': 1}]
    """
    for path, found in nodes(value):
        if not path or not is_object(found) or not isinstance(found.get("type"), str):
            continue
        for answer in answers:
            for _, block in nodes(answer):
                if is_object(block) and block.get("type") == found["type"] and block != found:
                    yield f"{shown(path)} is whole", with_item(value, path, block)
                    break


def types_in(value: Any) -> list[str]:
    """The words by which the inner objects of an event say what they are.

    Example:
        >>> types_in({"type": "grows", "delta": {"type": "text"}})
        ['text']
    """
    inner = (leaf for leaf in leaves(value) if len(leaf.path) > 1 and leaf.path[-1] == "type")
    return [leaf.value for leaf in inner if isinstance(leaf.value, str)]


def renamed(value: Any, word: str) -> Any:
    """The same event in which such a word is one of the future.

    Example:
        >>> renamed({"type": "grows", "delta": {"type": "text"}}, "text")
        {'type': 'grows', 'delta': {'type': 'zodd'}}
    """
    for path, found in [*leaves(value)]:
        if len(path) > 1 and path[-1] == "type" and found == word:
            value = with_item(value, path, "zodd")
    return value


def _number(value: Any) -> Any:
    """What an event says of the block that it is about."""
    for path, found in leaves(value):
        if path and str(path[-1]).lower().endswith("index") and isinstance(found, int):
            return path, found
    return None
