"""Bytes to events: server-sent events.

A framer never looks into a payload, and its events are the same however the bytes were cut.

The event-stream rules are WHATWG's: a line ends at LF, CR or CRLF and nowhere else; one leading
byte order mark is dropped; one space after the colon is dropped; ``data`` lines join with LF.
"""

from __future__ import annotations

from collections.abc import Sequence

from chimeric.values.deltas import Event

__all__ = ["SSEFramer"]

EVENT_LIMIT = 16 * 1024 * 1024
LARGE = 1024 * 1024
"""Bytes from which an event is looked at twice."""

BOM = b"\xef\xbb\xbf"


class Tail:
    """Bytes of an unfinished event, kept in pieces so that small reads stay linear."""

    __slots__ = ("limit", "pieces", "size")

    def __init__(self, limit: int) -> None:
        self.pieces: list[bytes] = []
        self.size = 0
        self.limit = limit

    def add(self, data: bytes) -> None:
        self.pieces.append(data)
        self.size += len(data)

    def take(self, data: bytes = b"") -> bytes:
        if self.pieces:
            self.pieces.append(data)
            data = b"".join(self.pieces)
            self.pieces = []
        self.size = 0
        return data

    def check(self) -> None:
        if self.size > self.limit:
            from .framings.sizes import too_big

            raise too_big(self.pieces[0], self.limit)


class SSEFramer:
    """Server-sent events by the WHATWG rules.

    An event with no ``data`` field is none, but for one named ``error``. At the end of the body,
    lines without the blank line that dispatches them are returned as an event too: some servers
    leave it out after their last one, and a payload that was cut off does not decode.

    Raises:
        ProtocolError: for an event over ``limit`` bytes, after the events before it were given.
    """

    __slots__ = ("_clean", "_limit", "_names", "_skip_lf", "_started", "_tail")

    def __init__(self, limit: int = EVENT_LIMIT) -> None:
        self._tail = Tail(limit)
        self._limit = limit
        self._clean = False
        self._started = False
        self._skip_lf = False
        self._names: dict[bytes, str] = {}

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes; return the events that they complete."""
        if self._clean and data.endswith(b"\n\n") and data.find(b"\r") < 0:
            # Real streams come one event at a time: whole, with nothing before it.
            end, line = len(data) - 2, data.find(b"\n")
            if end > self._limit:
                pass
            elif line == end:
                if data.startswith(b"data: "):
                    return [Event(data[6:end])]
            elif data.startswith(b"\ndata: ", line) and data.find(b"\n", line + 1) == end:
                name = self._names.get(data[:line])
                if name is not None:
                    return [Event(data[line + 7 : end], name)]
        events = self._feed(data)
        self._clean = self._started and not self._skip_lf and not self._tail.pieces
        return events

    def _feed(self, data: bytes) -> list[Event]:
        tail = self._tail
        if tail.size > tail.limit:
            tail.check()
        if not self._started:
            data = self._start(data)
        if self._skip_lf and data:
            # The LF of a CRLF whose CR ended the last read.
            self._skip_lf = False
            if data[0] == 10:
                data = data[1:]
        if b"\r" in data:
            self._skip_lf = data[-1] == 13
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        pieces = tail.pieces
        if pieces:
            # Only the seam and the new bytes can hold the blank line: never scan the tail again.
            if b"\n\n" not in data and not (data[:1] == b"\n" and pieces[-1].endswith(b"\n")):
                if data:
                    tail.add(data)
                    tail.check()
                return []
            data = tail.take(data)
        end = data.rfind(b"\n\n") + 2
        if end < 2:
            if data:
                tail.add(data)
                tail.check()
            return []
        if end < len(data):
            tail.add(data[end:])
            data = data[:end]
        events = self._events(data)
        if not events:
            tail.check()
        if len(data) <= LARGE:
            return events
        from .framings.sizes import check_parts

        return check_parts(events)

    def _events(self, data: bytes) -> list[Event]:
        """The events of whole blocks: lines that end at LF, with a blank line at the end."""
        events = self._uniform(data) if len(data) <= self._limit else None
        if events is not None:
            return events
        return [event for block in data.split(b"\n\n") for event in self._block(block)]

    def _uniform(self, data: bytes) -> list[Event] | None:
        """The events of blocks that are all one ``data`` line, or all a name and a ``data`` line.

        None for anything else. Splitting at single bytes is far faster than at two.
        """
        lines = data.split(b"\n")
        names: list[bytes] | None = None
        if data.startswith(b"data: "):
            blank, told = lines[1::2], lines[:-1:2]
        else:
            blank, told, names = lines[2::3], lines[1::3], lines[:-1:3]
            if len(names) != len(told):
                return None
        if any(blank):
            return None
        payloads = [line.removeprefix(b"data: ") for line in told]
        if sum(map(len, told)) - sum(map(len, payloads)) != 6 * len(told):
            return None  # not every line was one of data
        if names is None:
            return list(map(Event, payloads))
        try:
            return list(map(Event, payloads, map(self._names.__getitem__, names)))
        except KeyError:
            return None

    def end(self) -> list[Event]:
        """The body has ended; return the event that was not dispatched, if one stands there."""
        rest = self._tail.take()
        return list(self._block(rest)) if rest else []

    def _start(self, data: bytes) -> bytes:
        data = self._tail.take(data)
        if len(data) < 3 and BOM.startswith(data):
            if data:
                self._tail.add(data)
            return b""
        self._started = True
        return data[3:] if data.startswith(BOM) else data

    def _block(self, block: bytes) -> Sequence[Event]:
        """The event of one block of lines (their line ends already LF).

        More than one only where a server broke off and wrote its error in its own way: in a field
        named ``error`` (llama.cpp), or as bare JSON.
        """
        if len(block) > self._limit:
            from .framings.sizes import too_big

            raise too_big(block, self._limit)
        if block.startswith(b"event: "):
            head, found, payload = block.partition(b"\ndata: ")
            if found and b"\n" not in payload and b"\n" not in head:
                return (Event(payload, self._names.get(head) or self._name(head[7:])),)
        from .framings.odd_blocks import odd_block

        return odd_block(block, self._name)

    def _name(self, name: bytes) -> str | None:
        if not name:
            return None
        line = b"event: " + name
        known = self._names.get(line)
        if known is None:
            known = name.decode("utf-8", "replace")
            if len(self._names) < 256:
                self._names[line] = known
        return known
