"""Framings of Gemini streams: a JSON array in pieces, and whichever of the two forms comes.

``streamGenerateContent`` answers with server-sent events when asked with ``alt=sse``, and with
one JSON array that grows otherwise. Proxies that drop the query string get the array.
"""

from __future__ import annotations

import re

from chimeric import Event, ProtocolError, SSEFramer

EVENT_LIMIT = 16 * 1024 * 1024
BOM = b"\xef\xbb\xbf"
SPACE = b" \t\r\n"

_between = re.compile(rb"[\s,\]]*").match
_scalar = re.compile(rb"[^\s,\]]+").match
_structure = re.compile(rb'["{}\[\]]').search
_string = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL).match

QUOTE, BACKSLASH, OPEN_ARRAY, OPEN_OBJECT = b'"\\[{'


class JSONArrayFramer:
    """The elements of one top-level JSON array, each as soon as it is whole.

    A single top-level object is one element. Every byte is looked at once, however the body is
    cut. An element that the end of the body cuts off is dropped: the stream then lacks its
    finish reason.

    Args:
        limit: most bytes of one element.

    Raises:
        ProtocolError: for a larger element, after the elements before it were given.
    """

    keeps_limit = True
    __slots__ = (
        "_begun",
        "_depth",
        "_escaped",
        "_in_string",
        "_limit",
        "_pieces",
        "_size",
        "_word",
    )

    def __init__(self, limit: int = EVENT_LIMIT) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self._begun = False
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._word = b""

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes; return the elements that they complete."""
        self._check()
        data, self._word = self._word + data, b""
        events: list[Event] = []
        position = 0
        while position < len(data):
            if self._depth:
                end = self._scan(data, position)
                if self._depth:
                    self._pieces.append(data[position:])
                    self._size += len(data) - position
                    break
                self._size += end - position
                if self._size > self._limit:
                    break
                events.append(Event(b"".join((*self._pieces, data[position:end]))))
                self._pieces = []
                self._size = 0
                position = end
            else:
                position = self._skip(data, position, events)
        if not events:
            self._check()
        return events

    def end(self) -> list[Event]:
        """The body has ended."""
        self._check()
        word, self._word = self._word, b""
        return [Event(word)] if word else []

    def _skip(self, data: bytes, position: int, events: list[Event]) -> int:
        """Pass what stands between elements; at the start of one, set the depth."""
        gap = _between(data, position)
        position = gap.end() if gap else position
        if position == len(data):
            return position
        byte = data[position]
        if byte == OPEN_ARRAY and not self._begun:
            self._begun = True
            return position + 1
        self._begun = True
        if byte in (OPEN_OBJECT, OPEN_ARRAY):
            # _scan() begins behind this bracket; the element begins at it.
            self._depth = 1
            self._pieces = [data[position : position + 1]]
            self._size = 1
            return position + 1
        junk = _scalar(data, position)
        assert junk is not None
        if junk.end() == len(data) and len(junk.group()) < self._limit:
            self._word = junk.group()  # it may go on
            return junk.end()
        if junk.group() == b"data:":
            return junk.end()  # a gateway ends every protocol with ``data: [DONE]``
        # No object: the parser refuses it, with these bytes in its error.
        events.append(Event(junk.group()))
        return junk.end()

    def _scan(self, data: bytes, position: int) -> int:
        """Follow the element; return where it ends, or the end of the data."""
        if self._escaped:
            self._escaped = False
            position += 1
        while position < len(data):
            if self._in_string:
                found = _string(data, position)
                position = found.end() if found else position
                if position == len(data):
                    break
                if data[position] == BACKSLASH:
                    self._escaped = True
                    break
                self._in_string = False
                position += 1
                continue
            mark = _structure(data, position)
            if mark is None:
                break
            position = mark.end()
            byte = data[position - 1]
            if byte == QUOTE:
                self._in_string = True
            elif byte in (OPEN_OBJECT, OPEN_ARRAY):
                self._depth += 1
            else:
                self._depth -= 1
                if not self._depth:
                    return position
        return len(data)

    def _check(self) -> None:
        if self._size > self._limit:
            raise ProtocolError(
                f"one event is larger than {self._limit} bytes",
                raw=self._pieces[0] if self._pieces else b"",
                limit="event_size",
            )


class GeminiFramer:
    """Server-sent events or a JSON array, told by the first byte.

    Args:
        limit: most bytes of one event.
    """

    keeps_limit = True

    def __init__(self, limit: int = EVENT_LIMIT) -> None:
        self._limit = limit
        self._head = b""
        self._framer: JSONArrayFramer | SSEFramer | None = None

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes; return the events that they complete."""
        if self._framer is not None:
            return self._framer.feed(data)
        return self._begin(data)

    def end(self) -> list[Event]:
        """The body has ended."""
        return [] if self._framer is None else self._framer.end()

    def _begin(self, data: bytes) -> list[Event]:
        head = self._head + data
        if len(head) < len(BOM) and BOM.startswith(head):
            self._head = head
            return []
        head = head.removeprefix(BOM).lstrip(SPACE)
        self._head = b""
        if not head:
            return []
        kind = JSONArrayFramer if head[0] in (OPEN_ARRAY, OPEN_OBJECT) else SSEFramer
        self._framer = kind(self._limit)
        return self._framer.feed(head)
