"""The bytes of one answer, read within the limits of time and size."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable
from typing import Any

from chimeric.errors import TransportError

from .call import Call
from .effects import READ, Read

__all__ = ["Body", "least"]


class Body:
    """Reads the body of one answer.

    Attributes:
        arrived: monotonic time of the last read's end.
        content: whether the last read brought content; whoever reads the bytes says so.
        ended: whether there is nothing more to read.
        held: seconds since the last read that the caller or a hook had; they count for no limit
            but ``total``. Whoever gives them anything says so.
        size: bytes so far, decompressed.
        waited: seconds of waiting, and of work that made no content, since the last content, or
            since the request was sent.
    """

    def __init__(self, call: Call) -> None:
        self._call = call
        self._inflate: Any = None
        self.arrived = 0.0
        self.content = False
        self.ended = False
        self.held = 0.0
        self.size = 0
        self.waited = 0.0
        self._packed = 0

    @property
    def compressed(self) -> bool:
        """Whether the bytes on the wire are not those of the body."""
        return self._inflate is not None

    def decompress(self, encoding: str | None) -> None:
        """Take the ``content-encoding`` of the answer.

        Raises:
            ProtocolError: for one that is not known.
        """
        if encoding is None:
            return
        from chimeric.stream.content_encoding import decompressor

        self._inflate = decompressor(encoding)

    def read(self, most: float | None = None) -> Generator[Read, bytes, bytes]:
        """The next bytes, within the time limits, and within ``most`` seconds from now."""
        call = self._call
        timeout, now = call.timeout, time.monotonic()
        if self.content:
            self.waited, self.content, self.held = 0.0, False, 0.0
        elif self.arrived:
            # A server that is faster than its events are read makes nobody wait.
            self.waited += max(0.0, now - self.arrived - self.held)
            self.held = 0.0
        limit = timeout.gap if call.answer.has_content() else timeout.first
        left = None if call.deadline is None else call.deadline - now
        if limit is not None:
            left = least(limit - self.waited, left)
        left = left if most is None else least(left, most)
        if left is not None and left <= 0:
            from .failing.limits import limit_passed

            raise limit_passed(self, now)
        until = None
        if left is not None and (timeout.read is None or left < timeout.read):
            until = now + left
        try:
            data = yield READ if until is None else Read(until)
        except TransportError as error:
            ended = time.monotonic()
            from .failing.limits import broken, limit_passed

            if until is not None and ended >= until:
                raise limit_passed(self, ended) from None
            raise broken(self, error, self.waited + ended - now) from error
        self.arrived = time.monotonic()
        self.waited += self.arrived - now
        if not data and until is not None and time.monotonic() >= until:
            from .failing.limits import limit_passed

            raise limit_passed(self, time.monotonic())
        return data

    def relayed(self, asked: float) -> None:
        """Others have read since the last content; their last read began at ``asked``."""
        self.arrived = time.monotonic()
        self.waited, self.content = self.arrived - asked, False

    def whole(self) -> Generator[Read, bytes, bytes]:
        """All of it."""
        pieces: list[bytes] = []
        while data := (yield from self.read()):
            pieces.extend(self.pieces(data))
        self.ended = True
        return b"".join(pieces)

    def pieces(self, data: bytes) -> Iterable[bytes]:
        """What the wire's bytes are, decompressed, counted against the limit."""
        if self._inflate is None:
            self.count(data)
            return (data,)
        return self._inflated(data)

    def _inflated(self, data: bytes) -> Iterable[bytes]:
        self._packed += len(data)  # there may be much of what inflates to nothing
        limit = self._call.limits.response_size
        if limit is not None and self._packed > limit:
            from .failing.limits import too_large

            raise too_large(limit, data)
        for piece in self._inflate(data):
            self.count(piece)
            yield piece

    def count(self, piece: bytes) -> None:
        """Count bytes of the body.

        Raises:
            ProtocolError: when they are too many.
        """
        self.size += len(piece)
        limit = self._call.limits.response_size
        if limit is not None and self.size > limit:
            from .failing.limits import too_large

            raise too_large(limit, piece)

    def relaxed(self) -> bool:
        """Whether, just after content, no limit can pass before the transport's own does."""
        read, gap = self._call.timeout.read, self._call.timeout.gap
        if self._call.deadline is not None:
            return False
        return gap is None or (read is not None and read <= gap)

    def time_left(self, now: float | None = None) -> float | None:
        """Seconds until the total limit passes."""
        deadline = self._call.deadline
        return None if deadline is None else deadline - (now or time.monotonic())


def least(one: float | None, other: float | None) -> float | None:
    """The smaller of what is known."""
    return one if other is None else other if one is None else min(one, other)
