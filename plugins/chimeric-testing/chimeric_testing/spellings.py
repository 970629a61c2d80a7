"""The same answer in other bytes, of which a provider must make the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TypeAlias

from chimeric import Event, Framer, NDJSONFramer, SSEFramer

__all__ = ["event_ends", "own_spellings", "spellings"]

ChangeEvent: TypeAlias = Callable[[Event], Event]


def sse_frame(event: Event) -> bytes:
    """An event in the form of server-sent events."""
    head = f"event: {event.name}\n".encode() if event.name else b""
    lines = b"".join(b"data: " + line + b"\n" for line in event.data.split(b"\n"))
    return head + lines + b"\n"


def split_events(body: bytes, framing: str) -> list[Event]:
    """The events of a body in one of the two framings of the core."""
    framer = SSEFramer() if framing == "sse" else NDJSONFramer()
    return [*framer.feed(body), *framer.end()]


def join_events(events: list[Event], framing: str) -> bytes:
    """The body that holds these events."""
    if framing == "sse":
        return b"".join(map(sse_frame, events))
    return b"".join(event.data + b"\n" for event in events)


def spellings(
    body: bytes, framing: str, noise: tuple[bytes, ...], with_unknown_fields: ChangeEvent
) -> Iterator[tuple[str, bytes]]:
    """The same answer in other bytes, each with a name for it."""
    events = split_events(body, framing)
    yield "unknown fields", join_events([with_unknown_fields(e) for e in events], framing)
    if framing == "ndjson":
        yield "CRLF", body.replace(b"\n", b"\r\n")
        yield "blank lines", body.replace(b"\n", b"\n\n")
        yield "noise between events", _interleaved(body, framing, noise)
        return
    plain_body = join_events(events, framing)
    yield "CRLF", plain_body.replace(b"\n", b"\r\n")
    yield "CR", plain_body.replace(b"\n", b"\r")
    yield "a byte order mark", b"\xef\xbb\xbf" + plain_body
    yield "no space after the colon", plain_body.replace(b"data: ", b"data:")
    yield "comments", _interleaved(body, framing, (b": keep-alive\n\n", b":\n"))
    yield "empty data", _interleaved(body, framing, (b"data:\n\n", b"data: \n\n"))
    yield "ids and retry", plain_body.replace(b"data: ", b"id: 7\nretry: 10\ndata: ")
    yield (
        "unknown events",
        _interleaved(body, framing, (b'event: x-unknown\ndata: {"type":"x-unknown"}\n\n',)),
    )
    if noise:
        yield "noise between events", _interleaved(body, framing, noise)


def own_spellings(
    body: bytes,
    framer: Callable[[], Framer],
    noise: tuple[bytes, ...],
    with_unknown_fields: ChangeEvent,
    frame: Callable[[Event], bytes | None],
) -> Iterator[tuple[str, bytes]]:
    """The same answer in other bytes of a framing that nobody else knows."""
    if noise:
        places = [0, *event_ends(body, framer())]
        frames = [body[a:b] for a, b in pairwise([*places, len(body)])]
        between = b"".join(noise)
        yield "noise between events", between.join([b"", *filter(None, frames)])
    whole = framer()
    events = [*whole.feed(body), *whole.end()]
    changed = [frame(with_unknown_fields(event)) for event in events]
    if None not in changed:
        yield "framed anew", b"".join(frame(event) or b"" for event in events)
        yield "unknown fields", b"".join(filter(None, changed))


def event_ends(body: bytes, framer: Framer) -> list[int]:
    """The places behind which an event is whole."""
    return [n for n in range(1, len(body) + 1) if [*framer.feed(body[n - 1 : n])]]


def _interleaved(body: bytes, framing: str, noise: tuple[bytes, ...]) -> bytes:
    frame: Callable[[Event], bytes] = lambda event: join_events([event], framing)  # noqa: E731
    return b"".join(b"".join(noise) + frame(event) for event in split_events(body, framing))
