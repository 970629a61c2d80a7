"""Events as bytes, in every way of writing them that servers were seen to have."""

from __future__ import annotations

import binascii
import struct
from typing import Any

import msgspec

from .draw import Draw
from .telling import Tell

__all__ = ["Event", "Frame", "array", "eventstream", "lines", "sse"]

encode = msgspec.json.Encoder().encode


class Event(msgspec.Struct):
    """One event before it is written.

    ``payload`` is an object or finished bytes. ``name`` is the event's, where the protocol has
    names. ``form`` is ``data``, or for errors ``bare`` (JSON without a field) or ``error`` (in a
    field of that name).
    """

    payload: Any
    tells: tuple[Tell, ...] = ()
    name: str = ""
    form: str = "data"

    @property
    def data(self) -> bytes:
        """The payload as bytes."""
        return self.payload if isinstance(self.payload, bytes) else encode(self.payload)


class Frame(msgspec.Struct):
    """The bytes of one event and what they tell.

    ``readable`` is how many of them must have come for the event to be read where the body ends
    then; ``sent`` says whether they end the event for a reader who waits for more.
    """

    data: bytes
    readable: int
    tells: tuple[Tell, ...] = ()
    sent: bool = True


NOISE = (
    b": ping%b%b",
    b":%b%b",
    b"id: 7%bretry: 100%b%b",
    b"data: %b%b",
    b"event: keepalive%b%b",
    b"%b%b",
)


def sse(
    draw: Draw, events: list[Event], *, names: str = "shown", single: bool = True
) -> list[Frame]:
    """Server-sent events.

    Args:
        draw: makes the choices.
        events: what to write.
        names: whether events have names: ``shown``, or ``hidden`` where only the payload tells.
        single: whether events may be parted by one newline instead of two, where names are
            hidden.
    """
    end = {"LF": b"\n", "CRLF": b"\r\n", "CR": b"\r"}[
        draw.trait("line end", ("LF",) * 8 + ("CRLF", "CR"))
    ]
    plain = names == "hidden" and not any(event.name for event in events if event.form != "data")
    plain = plain and all(event.data[:1] == b"{" or event.data == b"[DONE]" for event in events)
    if single and plain and draw.quirk("parted by one newline", 0.08):
        return _parted_by_one(draw, events, end)
    lead = draw.one((b"data: ", b"data: ", b"data: ", b"data:"))
    noisy = draw.quirk("noise between events", 0.15)
    spread = draw.quirk("payloads over several lines", 0.04)
    frames: list[Frame] = []
    for event in events:
        if noisy and draw.chance(0.3):
            kind = draw.one(NOISE)
            frames.append(Frame(kind.replace(b"%b", end), 0))
        name = event.name if names == "shown" or event.form == "named" else ""
        frames.append(_frame(event, name, lead, end, spread))
    if frames and draw.quirk("no blank line at the end", 0.06):
        last = frames[-1]
        last.data, last.sent = last.data[: last.readable] + draw.one((b"", end)), False
    if frames and draw.quirk("byte order mark", 0.03):
        first = frames[0]
        first.data, first.readable = b"\xef\xbb\xbf" + first.data, first.readable + 3
    return frames


def _frame(event: Event, name: str, lead: bytes, end: bytes, spread: bool) -> Frame:
    data = event.data
    head = b"event: %b%b" % (name.encode(), end) if name else b""
    if event.form == "bare":
        text = data
    elif event.form == "error":
        text = b"error: " + data
    elif not data:
        text, head = b"", head.removesuffix(end)
    elif spread and data.startswith(b"{"):
        pretty = msgspec.json.format(data, indent=1).replace(b"\n", b"\n" + lead)
        text = lead + pretty.replace(b"\n", end)
    else:
        text = lead + data
    return Frame(head + text + end + end, len(head) + len(text), event.tells)


def _parted_by_one(draw: Draw, events: list[Event], end: bytes) -> list[Frame]:
    """One block of lines, as a reader by the rules sees it: it ends with the body only."""
    closed = draw.chance(0.5)
    frames: list[Frame] = []
    for event in events:
        lead = b"error: " if event.form == "error" else b"" if event.form == "bare" else b"data: "
        line = lead + event.data
        frames.append(Frame(line + end, len(line), event.tells, sent=False))
    if frames and closed:
        frames[-1].data += end
        frames[-1].sent = True
    return frames


def lines(draw: Draw, events: list[Event]) -> list[Frame]:
    """One JSON value a line."""
    end = b"\r\n" if draw.quirk("line end: CRLF", 0.1) else b"\n"
    noisy = draw.quirk("blank lines", 0.05)
    frames: list[Frame] = []
    for event in events:
        if noisy and draw.chance(0.3):
            frames.append(Frame(end, 0))
        data = event.data
        frames.append(Frame(data + end, len(data), event.tells))
    if frames and draw.quirk("no line end at the end", 0.1):
        last = frames[-1]
        last.data, last.sent = last.data[: last.readable], False
    return frames


def array(draw: Draw, events: list[Event]) -> list[Frame]:
    """One JSON array that grows."""
    gap = draw.one((b",", b",\r\n", b"\n,\n"))
    frames: list[Frame] = []
    for place, event in enumerate(events):
        data = (gap if place else b"[") + event.data
        frames.append(Frame(data, len(data), event.tells))
    if frames:
        frames.append(Frame(b"]\n", 2))
    return frames


def eventstream(events: list[Event]) -> list[Frame]:
    """AWS's binary event stream; the form says which type of message, ``data`` is an event."""
    frames: list[Frame] = []
    for event in events:
        data = _message(event)
        frames.append(Frame(data, len(data), event.tells))
    return frames


def _message(event: Event) -> bytes:
    if event.form == "failure":
        headers = {":message-type": "error", ":error-code": event.name}
        headers[":error-message"] = event.payload.decode()
        body = b""
    else:
        kind = "event" if event.form == "data" else "exception"
        headers = {":message-type": kind, ":content-type": "application/json"}
        headers[f":{kind}-type"] = event.name
        body = event.data
    head = b"".join(
        bytes([len(key)]) + key.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for key, value in headers.items()
    )
    prelude = struct.pack(">II", 16 + len(head) + len(body), len(head))
    message = prelude + struct.pack(">I", binascii.crc32(prelude)) + head + body
    return message + struct.pack(">I", binascii.crc32(message))
