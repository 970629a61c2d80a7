"""Lines of a program's output as the SDK is to see them: whole, and of a bounded length.

The SDK joins what it reads with what it has at every read, which takes minutes for a line of 50 MB.
It decodes with a codec of a name that it is given; this one holds a line back until it is whole,
and tells an error in the place of one that is too long.
"""

from __future__ import annotations

import codecs
import re
from typing import Any, Final

__all__ = ["encoding_for"]

PREFIX: Final = "chimeric_mcp_lines_"

ENDS: Final = 4096
"""Bytes at the beginning and the end of a long line that are kept to find out whose it is."""

ID: Final = re.compile(rb'"id"\s*:\s*(\d+|"[^"\\]{1,200}")')
INNER: Final = re.compile(rb'"(?:result|error|params)"\s*:')
"""Where the message's own keys end, or an id may be one of what is inside."""

ERROR: Final = (
    '{"jsonrpc":"2.0","id":%s,"error":{"code":-32603,"message":'
    '"the result is too large: %d bytes, and at most %d are taken; ask for less"}}\n'
)


def encoding_for(most: int) -> str:
    """The name of an encoding, UTF-8, whose lines have at most so many bytes.

    Example:
        >>> decoder = codecs.getincrementaldecoder(encoding_for(40))("strict")
        >>> decoder.decode(b'{"a":'), decoder.decode(b'1}\\n{')
        ('', '{"a":1}\\n')
        >>> decoder.decode(b'"jsonrpc":"2.0","id":7,"result":' + b'1' * 100 + b'}\\n')[:24]
        '{"jsonrpc":"2.0","id":7,'
    """
    return f"{PREFIX}{most}"


class _Lines(codecs.IncrementalDecoder):
    """Decodes whole lines."""

    def __init__(self, errors: str, most: int) -> None:
        super().__init__(errors)
        self._most = most
        self._pieces: list[bytes] = []
        self._size = 0
        self._head = self._tail = b""

    def decode(self, input: Any, final: bool = False) -> str:
        """What is whole by now."""
        *whole, rest = bytes(input).split(b"\n")
        lines: list[str] = []
        for piece in whole:
            self._take(piece)
            lines.append(self._line())
        self._take(rest)
        return "".join(lines)

    def _take(self, piece: bytes) -> None:
        self._size += len(piece)
        self._pieces.append(piece)
        if self._size > self._most:
            joined = b"".join(self._pieces)
            self._head = self._head or joined[:ENDS]
            self._tail = (self._tail + joined)[-ENDS:]
            self._pieces = []

    def _line(self) -> str:
        size, pieces = self._size, self._pieces
        head, tail = self._head, self._tail
        self._pieces, self._size, self._head, self._tail = [], 0, b"", b""
        if size <= self._most:
            return b"".join(pieces).decode("utf-8", self.errors) + "\n"
        found = ID.search(INNER.split(head, 1)[0]) or next(reversed([*ID.finditer(tail)]), None)
        return "" if found is None else ERROR % (found[1].decode(), size, self._most)


def _search(name: str) -> codecs.CodecInfo | None:
    if not name.startswith(PREFIX):
        return None
    most = int(name.removeprefix(PREFIX))

    class Lines(_Lines):
        def __init__(self, errors: str = "strict") -> None:
            super().__init__(errors, most)

    utf8 = codecs.lookup("utf-8")
    return codecs.CodecInfo(utf8.encode, utf8.decode, incrementaldecoder=Lines, name=name)


codecs.register(_search)
