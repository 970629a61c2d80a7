"""A body cut at the ends of its events, each with the time when its last byte came.

A client's events do not depend on how its bytes were cut. So a body that is given to it event by
event tells which chunks an event made. What stands between events (a ping in a comment, a blank
line) is a segment of its own.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

import msgspec
from chimeric_record import Piece

__all__ = ["Form", "Segment", "form_of", "segments"]

Form: TypeAlias = Literal["events", "lines", "frames", "whole"]

FORMS: dict[str, Form] = {
    "text/event-stream": "events",
    "application/x-ndjson": "lines",
    "application/vnd.amazon.eventstream": "frames",
}

BLOCK = re.compile(rb"(?:[^\r\n]++(?:\r\n|\r|\n))*+(?:\r\n|\r|\n)|.+\Z", re.DOTALL)
"""Lines up to and with a blank one, by the rules of WHATWG."""

LINE = re.compile(rb"[^\n]*\n|[^\n]+\Z")

LEAST = 16
"""Bytes of a frame without headers and payload."""


class Segment(msgspec.Struct):
    """Some bytes that belong together.

    Attributes:
        data: the bytes, as they came.
        at: seconds from the request to the read that brought the last of them.
        read: which read that was, from 0.
        reads: how many reads it took.
    """

    data: bytes
    at: float
    read: int
    reads: int = 1


def form_of(content_type: str, body: bytes) -> Form:
    """How a body is to be cut."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in FORMS:
        return FORMS[kind]
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:64]
    if start.startswith((b"data:", b"event:", b":", b"id:", b"retry:")):
        return "events"
    first, end, more = body.partition(b"\n")
    if end and more.strip() and _is_json(first) and _is_json(more.partition(b"\n")[0]):
        return "lines"
    return "whole"


def _is_json(data: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(data), dict)
    except (msgspec.DecodeError, RecursionError):
        return False


def segments(pieces: Iterable[Piece], form: Form) -> list[Segment]:
    """Cut what the reads gave; a whole body stays cut as it was read."""
    reads = [(piece.at, piece.data) for piece in pieces]
    if form == "whole":
        return [Segment(data, at, number) for number, (at, data) in enumerate(reads) if data]
    body = b"".join(data for _, data in reads)
    cut: list[Segment] = []
    end, read, reached = 0, -1, 0
    for part in _parts(body, form):
        end += len(part)
        first = read if reached >= end - len(part) + 1 else read + 1
        while reached < end:
            read += 1
            reached += len(reads[read][1])
        cut.append(Segment(part, reads[read][0], read, read - first + 1))
    return cut


def _parts(body: bytes, form: Form) -> Iterator[bytes]:
    if form == "frames":
        yield from _frames(body)
        return
    for match in (BLOCK if form == "events" else LINE).finditer(body):
        yield match.group()


def _frames(body: bytes) -> Iterator[bytes]:
    """Frames of the AWS event stream; what is none is one part up to the end."""
    start = 0
    while start < len(body):
        end = len(body)
        if start + 4 <= end:
            (size,) = struct.unpack_from(">I", body, start)
            if LEAST <= size <= end - start:
                end = start + size
        yield body[start:end]
        start = end
