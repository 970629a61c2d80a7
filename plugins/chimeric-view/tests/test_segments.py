"""A body falls into the same events however it was read, each with the time of its last byte."""

from __future__ import annotations

import random
import struct
from itertools import pairwise

import pytest
from chimeric_record import Piece
from chimeric_view.segments import Form, form_of, segments


def frame(payload: bytes) -> bytes:
    return struct.pack(">III", 16 + len(payload), 0, 0) + payload + b"\0\0\0\0"


BODIES: dict[tuple[str, Form], list[bytes]] = {
    ("text/event-stream; charset=utf-8", "events"): [
        b"event: a\ndata: 1\n\n", b": ping\n\n", b"data: 2\r\n\r\n", b"\n", b"data: 3\ndata: 4\r\r",
        b"data: cut",
    ],
    ("application/x-ndjson", "lines"): [b'{"a":1}\n', b'{"a":2}\r\n', b"\n", b'{"a":'],
    ("application/vnd.amazon.eventstream", "frames"): [frame(b"{}"), frame(b""), b"\0\0\0\x20cut"],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "form"), BODIES)
def test_a_body_is_cut_at_the_ends_of_its_events_however_it_was_read(kind: str, form: Form) -> None:
    parts = BODIES[kind, form]
    body = b"".join(parts)
    for seed in range(60):
        cuts = sorted(random.Random(seed).sample(range(1, len(body)), 7))
        places = [0, *cuts, len(body)]
        pieces = [Piece.of(float(n), body[a:b]) for n, (a, b) in enumerate(pairwise(places))]
        found = segments(pieces, form_of(kind, body))
        assert [part.data for part in found] == parts
        end = 0
        for part in found:
            end += len(part.data)
            read = next(n for n, place in enumerate(places[1:]) if place >= end)
            assert (part.read, part.at) == (read, float(read))
            first = next(n for n, p in enumerate(places[1:]) if p > end - len(part.data))
            assert part.reads == read - first + 1


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b"data: {}\n\n", "events"),
        (b": ping\n\n", "events"),
        (b'{"a":1}\n{"a":2}\n', "lines"),
        (b'{"a":1}\n', "whole"),
        (b"<html>\n<body>", "whole"),
        (b"", "whole"),
    ],
)
def test_a_body_of_no_known_type_is_told_by_its_beginning(body: bytes, form: Form) -> None:
    assert form_of("", body) == form


def test_a_whole_body_stays_as_it_was_read() -> None:
    found = segments([Piece.of(1, b"[1,"), Piece.of(2, b"2]")], "whole")
    assert [(part.data, part.at) for part in found] == [(b"[1,", 1), (b"2]", 2)]
