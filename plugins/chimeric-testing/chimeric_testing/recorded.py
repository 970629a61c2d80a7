"""Recorded answers for the contract suite, and the same bytes spelt in other ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeGuard

import msgspec

from chimeric import (
    Event,
    FinishReason,
    NDJSONFramer,
    ProviderError,
    ServerError,
    SSEFramer,
    Usage,
)

__all__ = ["Recorded", "RecordedError"]


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it came over the wire, and what it says.

    Attributes:
        body: the bytes of the body.
        text: all text.
        reasoning: all reasoning text, or None.
        refusal: all refusal text, or None.
        tool_calls: ``(id, name, arguments)`` of each call; an id of None is not compared.
        finish_reason: the unified reason.
        finish_reason_native: the provider's own word, or None for not compared.
        usage: token counts, or None for not compared.
        id: the response's id, or None for not compared.
        model: the model that answered, or None for not compared.
        headers: the answer's headers.
    """

    body: bytes
    text: str = ""
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: tuple[tuple[str | None, str, str], ...] = ()
    finish_reason: FinishReason = "stop"
    finish_reason_native: str | None = None
    usage: Usage | None = None
    id: str | None = None
    model: str | None = None
    headers: Mapping[str, str] = {}


class RecordedError(msgspec.Struct, frozen=True, kw_only=True):
    """An error as it came over the wire, and what must be raised for it.

    Attributes:
        body: the bytes of the body.
        message: words of the provider's own message.
        error: the class that is raised.
        status: the HTTP status; 200 for an error inside a stream.
        text: text that stands in the stream before the error.
        headers: the answer's headers.
    """

    body: bytes
    message: str
    error: type[ProviderError] = ServerError
    status: int = 200
    text: str = ""
    headers: Mapping[str, str] = {}


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


def with_unknown_fields(event: Event) -> Event:
    """The event with members that no protocol knows, one of them null; at the top level only,
    since deeper objects may be the model's own (arguments of tools)."""
    value = plain(event.data)
    if not isinstance(value, dict):
        return event
    more: dict[str, Any] = {"x_unknown": {"nested": [1, None, "x"]}, "x_null": None}
    return Event(msgspec.json.encode({**value, **more}), event.name)


def spellings(body: bytes, framing: str, noise: tuple[bytes, ...]) -> Iterator[tuple[str, bytes]]:
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


def _interleaved(body: bytes, framing: str, noise: tuple[bytes, ...]) -> bytes:
    frame: Callable[[Event], bytes] = lambda event: join_events([event], framing)  # noqa: E731
    return b"".join(b"".join(noise) + frame(event) for event in split_events(body, framing))


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether it is a decoded JSON object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Whether it is a decoded JSON array."""
    return isinstance(value, list)


def plain(data: bytes) -> Any:
    """A payload as plain data, or None when it is not JSON."""
    try:
        return msgspec.json.decode(data)
    except (ValueError, RecursionError):
        return None


def contradictions(native: Any, wire: Any, path: str = "$") -> list[str]:
    """Where a decoded struct says something else than the wire did."""
    if is_object(native) and is_object(wire):
        return [
            line
            for name in native.keys() & wire.keys()
            for line in contradictions(native[name], wire[name], f"{path}.{name}")
        ]
    if is_array(native) and is_array(wire):
        if len(native) != len(wire):
            return [f"{path}: {len(native)} items of {len(wire)}"]
        pairs = enumerate(zip(native, wire, strict=True))
        return [x for i, (a, b) in pairs for x in contradictions(a, b, f"{path}[{i}]")]
    if native is None or isinstance(native, (dict, list)) or native == wire:
        return []
    return [f"{path}: {native!r} is not the wire's {wire!r}"]
