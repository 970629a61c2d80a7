"""Places at which a body may be split or cut off, gathered by what a reader sees of it.

A parser sees events, never bytes. Where the framer makes the same events of two splits, in the
same reads, nothing behind it can tell them apart: then a few of such places are played for all.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Final

from chimeric import ChimericError, Event, Framer

__all__ = ["cut_alike", "few", "split_alike"]

EACH: Final = 24
"""Of places that are alike, the first, the last and each of so many are played."""


def split_alike(
    body: bytes, framer: Callable[[], Framer], places: Iterable[int]
) -> list[list[int]]:
    """Places of two reads, gathered.

    Raises:
        AssertionError: where the events are others than those of the whole body.

    Example:
        >>> from chimeric import SSEFramer
        >>> split_alike(b"data: a\\n\\ndata: b\\n\\n", SSEFramer, range(1, 18))
        [[1, 2, 3, 4, 5, 6, 7, 8], [9, 10, 11, 12, 13, 14, 15, 16, 17]]
    """
    whole = _read(framer(), body)
    found: dict[Hashable, list[int]] = {}
    for place in places:
        reader = framer()
        reads = (*map(reader.feed, (body[:place], body[place:])), reader.end())
        assert [event for read in reads for event in read] == whole, f"split at byte {place}"
        like = body[:place].lstrip()[:1], tuple(map(len, reads))
        found.setdefault(like, []).append(place)
    return list(found.values())


def cut_alike(
    body: bytes,
    framer: Callable[[], Framer],
    places: Iterable[int],
    is_data: Callable[[bytes], bool],
) -> list[list[int]]:
    """Places behind which the body ends, gathered; an event that is cut off is no data.

    Example:
        >>> from chimeric import SSEFramer
        >>> cut_alike(b"data: {}\\n\\n", SSEFramer, range(10), lambda data: data == b"{}")
        [[0], [1, 2, 3], [4, 5, 6], [7], [8, 9]]
    """
    found: dict[Hashable, list[int]] = {}
    for place in places:
        reader = framer()
        came = reader.feed(body[:place])
        try:
            left: Hashable = tuple(_seen(event, is_data) for event in reader.end())
        except ChimericError as error:  # it says itself that what is left is no whole event
            left = type(error).__name__
        like = body[:place].lstrip()[:1], len(came), left
        found.setdefault(like, []).append(place)
    return list(found.values())


def few(places: Sequence[int]) -> list[int]:
    """The first, the last, and some between."""
    return sorted({*places[::EACH], places[-1]})


def _read(framer: Framer, body: bytes) -> list[Event]:
    return [*framer.feed(body), *framer.end()]


def _seen(event: Event, is_data: Callable[[bytes], bool]) -> Hashable:
    return event.name, event.data if is_data(event.data) else bool(event.data.strip())
