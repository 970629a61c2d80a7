"""A stream by its seed: the bytes, how they arrive and end, and what may be seen of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import msgspec

from .draw import Draw
from .protocols import WRITERS
from .stream import Stream
from .telling import PROVIDER_ERRORS, Failed, Outcome, Reading

__all__ = ["Generated", "generate", "pieces_of"]

CUTS = ("none",) * 14 + ("between events",) * 3 + ("at any byte",) * 3
READS = (
    "all at once",
    "event by event",
    "event by event",
    "at random",
    "at random",
    "byte by byte",
)
SMALL = 600
"""Bytes up to which a body is read byte by byte."""


class Generated(msgspec.Struct):
    """One drawn stream.

    Attributes:
        protocol: its protocol.
        seed: what makes it again.
        body: the bytes that arrive.
        starts: where its events begin.
        reads: how the bytes are read.
        broken: whether the connection breaks at their end.
        document: whether it is an answer that is not streamed.
        middleware: whether middleware sees the chunks, and returns them as they are.
        outcomes: what may be seen; nearly always one.
        features: what the grammar chose.
    """

    protocol: str
    seed: int
    body: bytes
    starts: list[int]
    reads: str
    broken: bool
    document: bool
    middleware: bool
    outcomes: list[Outcome]
    features: list[str]

    def pieces(self) -> list[bytes]:
        """The reads."""
        return pieces_of(self, self.reads)


def generate(protocol: str, seed: int) -> Generated:
    """The stream of a seed."""
    draw = Draw(seed)
    write: Callable[[Draw], Stream] = WRITERS[protocol]
    written = write(draw)
    body, broken = _cut(draw, written)
    starts = [0]
    for frame in written.frames:
        starts.append(starts[-1] + len(frame.data))
    reads = draw.trait("read", READS)
    if reads == "byte by byte" and len(body) > SMALL:
        reads = "at random"
    middleware = draw.quirk("middleware", 0.2)
    draw.features.append("whole answer" if written.document else "streamed")
    return Generated(
        protocol,
        seed,
        body,
        starts,
        reads,
        broken,
        written.document,
        middleware,
        _outcomes(written, len(body), broken),
        draw.features,
    )


def _cut(draw: Draw, written: Stream) -> tuple[bytes, bool]:
    """The bytes that arrive, and whether the connection breaks at their end."""
    body = written.body
    cut = draw.trait("cut", CUTS)
    broken = draw.quirk("connection breaks", 0.5 if cut != "none" else 0.03)
    if cut == "between events" and len(written.frames) > 1:
        kept = written.frames[: draw.below(len(written.frames))]
        body = b"".join(frame.data for frame in kept)
    elif cut == "at any byte" or (cut == "between events" and written.document):
        body = body[: draw.below(len(body) + 1)]
        if broken:
            body = body[: _not_in_blank_line(written, len(body))]
    return body, broken


def _not_in_blank_line(written: Stream, size: int) -> int:
    """A size that does not end within the line ends of an event: these may have dispatched it."""
    start = 0
    for frame in written.frames:
        end = start + len(frame.data)
        if start + frame.readable < size < end:
            return start + frame.readable
        start = end
    return size


def _outcomes(written: Stream, size: int, broken: bool) -> list[Outcome]:
    """What may be seen of the first ``size`` bytes."""
    if written.document and (broken or size < len(written.body)):
        errors = (
            ("StreamInterruptedError",) if broken else ("StreamInterruptedError", "ProtocolError")
        )
        return [Outcome(text="", reasoning="", refusal="", errors=errors)]
    sent, readable, inside = _arrived(written, size)
    if not broken:
        return _outcomes_after(written, readable, broken, inside)
    # Whether an event is handed over before its blank line, is the framing's affair.
    counts = {sent, readable}
    return [o for count in counts for o in _outcomes_after(written, count, broken, inside)]


def _outcomes_after(written: Stream, count: int, broken: bool, inside: bool) -> list[Outcome]:
    """What may be seen when ``count`` events were read."""
    reading = Reading()
    for frame in written.frames[:count]:
        for tell in frame.tells:
            reading.take(tell)
    told = broken or (inside and written.binary)
    outcomes = reading.outcomes(told, document=written.body.lstrip()[:1] == b"{")
    if inside and not broken and not reading.over:
        # An event that is named ``error`` is one, though half of its words are missing.
        cut = [tell for tell in written.frames[count].tells if isinstance(tell, Failed)]
        outcomes += [reading.failure(PROVIDER_ERRORS) for _ in cut]
    return outcomes


def _arrived(written: Stream, size: int) -> tuple[int, int, bool]:
    """Events in the first ``size`` bytes: that are handed over, that can be read at the end of
    the body, and whether another one had begun."""
    start, readable, sent, inside = 0, 0, 0, False
    for frame in written.frames:
        end = start + len(frame.data)
        if start + frame.readable > size:
            inside = start < size
            break
        readable += 1
        if frame.sent and end <= size:
            sent = readable
        start = end
    return sent, readable, inside


def pieces_of(generated: Generated, reads: str) -> list[bytes]:
    """The body in the pieces of a way of reading; the same ones for the same seed."""
    body = generated.body
    if reads == "all at once" or not body:
        places: list[int] = []
    elif reads == "byte by byte":
        places = list(range(1, len(body)))
    elif reads == "event by event":
        places = [start for start in generated.starts[1:] if start < len(body)]
    else:
        places = Draw(generated.seed ^ 0x5EED).cuts(len(body), 1 + len(body) // 40)
    bounds = [0, *places, len(body)]
    pieces = [body[a:b] for a, b in itertools.pairwise(bounds)]
    return [piece for piece in pieces if piece]
