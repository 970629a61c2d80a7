"""AWS event streams: the binary messages that streaming AWS services answer with.

A message is a prelude (total length, headers length, CRC-32 of these eight bytes), headers, a
payload, and the CRC-32 of everything before it; all numbers are big-endian.
Source: the event-stream encoding of the AWS SDKs; limits as botocore keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final
from zlib import crc32

import msgspec

from chimeric import Event, ProtocolError, StreamInterruptedError

FRAMING: Final = "aws-event-stream"
EVENT_LIMIT: Final = 16 * 1024 * 1024
HEADERS_LIMIT: Final = 128 * 1024
PRELUDE: Final = 12
WHITE_SPACE: Final = b" \t\r\n"

_prelude = Struct(">III").unpack_from
_number = Struct(">I").unpack_from

# Header types with values of a fixed size; 6 and 7 carry their length.
_FIXED: Final = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}


class EventStreamFramer:
    """Cuts a body into messages and checks both checksums of each.

    ``Event.name`` is the event type; ``exception:<type>`` and ``error:<code>`` for the two other
    kinds of messages. Some gateways answer with a JSON document in place of a stream: it becomes
    one event named ``document``.

    Raises:
        ProtocolError: for a wrong checksum or a message over ``limit`` bytes, after the events
            before it were given; at the end for a message that is not all there.
    """

    keeps_limit = True
    __slots__ = ("_document", "_fault", "_limit", "_names", "_need", "_pieces", "_size")

    def __init__(self, limit: int = EVENT_LIMIT) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self._need = 1
        self._names: dict[bytes, tuple[str, str | None]] = {}
        self._fault: ProtocolError | None = None
        self._document: bool | None = None

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes; return the events that they complete."""
        if self._fault is not None:
            raise self._fault
        self._pieces.append(data)
        self._size += len(data)
        if self._document:
            self._check_size(self._size, self._pieces[0])
            return []
        if self._size < self._need:
            return []
        buffer = b"".join(self._pieces)
        events: list[Event] = []
        place = 0
        try:
            place = self._cut(buffer, events)
        except ProtocolError as fault:
            if not events:
                raise
            self._fault = fault
            return events
        rest = buffer[place:]
        self._pieces = [rest]
        self._size = len(rest)
        return events

    def end(self) -> list[Event]:
        """The body has ended; what is left is a message that was cut off."""
        if self._fault is not None:
            raise self._fault
        rest = b"".join(self._pieces).lstrip(WHITE_SPACE)
        if self._document:
            return [Event(rest.rstrip(), "document")]
        if rest:
            raise StreamInterruptedError(f"the body ends {len(rest)} bytes into a message")
        return []

    def _cut(self, buffer: bytes, events: list[Event]) -> int:
        """Append all whole messages to ``events``; return where the first unfinished one begins."""
        place, size = 0, len(buffer)
        while True:
            # A length below 24 MiB begins with 0 or 1: white space is a keep-alive of a gateway.
            while place < size and buffer[place] in WHITE_SPACE:
                place += 1
            if self._document is None and place < size:
                self._document = buffer[place] == 0x7B
            if self._document:
                self._check_size(size, buffer)
                self._need = 0
                return place
            if size - place < PRELUDE:
                self._need = PRELUDE if size > place else 1
                return place
            total, headers, checksum = _prelude(buffer, place)
            if crc32(buffer[place : place + 8]) != checksum:
                raise ProtocolError(
                    "the answer is not an AWS event stream: wrong checksum of a message's prelude",
                    raw=buffer[place:],
                )
            self._check_size(total, buffer[place:])
            if headers > HEADERS_LIMIT or total < PRELUDE + headers + 4:
                raise ProtocolError(f"a message of {total} bytes tells {headers} of headers")
            if size - place < total:
                self._need = total
                return place
            stop = place + total - 4
            if crc32(buffer[place:stop]) != _number(buffer, stop)[0]:
                raise ProtocolError("wrong checksum of a message", raw=buffer[place : stop + 4])
            body = place + PRELUDE + headers
            events.append(self._event(buffer[place + PRELUDE : body], buffer[body:stop]))
            place = stop + 4

    def _check_size(self, size: int, head: bytes) -> None:
        if size > self._limit:
            raise ProtocolError(
                f"one event is larger than {self._limit} bytes; raise Limits.event_size if that "
                "is expected",
                raw=head,
                limit="event_size",
            )

    def _event(self, headers: bytes, payload: bytes) -> Event:
        # The same few header blocks come again and again: each is read once.
        known = self._names.get(headers)
        if known is None:
            known = _name(headers)
            if len(self._names) < 64:
                self._names[headers] = known
        name, message = known
        return Event(payload if message is None else _message(message), name)


def _message(text: str) -> bytes:
    return msgspec.json.encode({"message": text})


def _name(block: bytes) -> tuple[str, str | None]:
    """The event's name; and for a message without payload, its text."""
    headers: dict[str, str] = {}
    for name, value in _headers(block):
        if name in headers:
            raise ProtocolError(f"a message has the header {name!r} twice", raw=block)
        headers[name] = value
    match headers.get(":message-type"):
        case "exception":
            return f"exception:{headers.get(':exception-type', '')}", None
        case "error":
            text = headers.get(":error-message") or "the stream failed"
            return f"error:{headers.get(':error-code', '')}", text
        case _:
            return headers.get(":event-type", ""), None


def _headers(block: bytes) -> Iterator[tuple[str, str]]:
    """Names and values; a value that is no text is given as an empty one."""
    place = 0
    try:
        while place < len(block):
            size = block[place]
            name = block[place + 1 : place + 1 + size].decode()
            place += 1 + size
            kind = block[place]
            place += 1
            if kind in _FIXED:
                length = _FIXED[kind]
            elif kind in (6, 7):
                length = int.from_bytes(block[place : place + 2])
                place += 2
            else:
                raise ProtocolError(f"a message has a header of type {kind}", raw=block)
            value = block[place : place + length]
            place += length
            if place > len(block):
                raise IndexError
            yield name, value.decode() if kind == 7 else ""
    except (IndexError, UnicodeDecodeError):
        raise ProtocolError("the headers of a message are broken", raw=block) from None
