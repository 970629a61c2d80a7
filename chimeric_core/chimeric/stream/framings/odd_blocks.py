"""Blocks of an event stream that are no single line of data: comments, several lines, errors."""

from __future__ import annotations

from collections.abc import Callable

from chimeric.values.deltas import Event

__all__ = ["odd_block"]

FIELDS = (b"", b"id", b"retry")
"""Fields that say nothing of the answer; the first is that of comments."""


def odd_block(block: bytes, name_of: Callable[[bytes], str | None]) -> list[Event]:
    """The events of a block of any lines; ``name_of`` makes a name of its bytes."""
    events: list[Event] = []
    name = b""
    lines: list[bytes] = []
    bare: list[bytes] = []
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            events += _joined(bare, "error")
            lines.append(value)
        elif field == b"event":
            name = value
        elif field == b"error":
            events += _joined(lines, name_of(name))
            events.append(Event(value, "error"))
        elif line.startswith((b"{", b"[{")) or (
            bare and field not in FIELDS and not _is_one_line(bare)
        ):
            events += _joined(lines, name_of(name))
            bare.append(line)
    events += _joined(lines, name_of(name))
    events += _joined(bare, "error")
    return events or ([Event(b"", "error")] if name == b"error" else [])


def _is_one_line(bare: list[bytes]) -> bool:
    """Whether bare JSON is closed on its first line: what follows is none of it.

    It may be half of a line that the end of the body cut.
    """
    closer = b"]" if bare[0].startswith(b"[") else b"}"
    return len(bare) == 1 and bare[0].rstrip().endswith(closer)


def _joined(lines: list[bytes], name: str | None) -> list[Event]:
    """The event of the lines so far, which are used up."""
    if not lines:
        return []
    data = b"\n".join(lines)
    lines.clear()
    return [Event(data, name)]
