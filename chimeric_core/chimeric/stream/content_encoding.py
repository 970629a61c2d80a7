"""Decompression in bounded steps, so that a small body cannot become a large one unseen."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

from chimeric.errors import ProtocolError

__all__ = ["Decompress", "decompressor"]

Decompress = Callable[[bytes], Iterator[bytes]]

STEP = 256 * 1024
"""Most bytes that one step inflates to."""


def decompressor(encoding: str | None) -> Decompress | None:
    """A function from compressed pieces to plain ones, or None for an identity body.

    Raises:
        ProtocolError: for an encoding that was not asked for (only gzip and deflate are known).
    """
    names = [n.strip().lower() for n in (encoding or "").split(",")]
    names = [n for n in names if n not in ("", "identity")]
    if not names:
        return None
    if len(names) > 1 or names[0] not in ("gzip", "x-gzip", "deflate"):
        raise ProtocolError(
            f"the body has the content encoding {encoding!r}, which was not requested; "
            "check any proxy between the client and the server"
        )
    return _Inflate(deflate=names[0] == "deflate").feed


class _Inflate:
    def __init__(self, *, deflate: bool) -> None:
        self._deflate = deflate
        self._object = zlib.decompressobj(zlib.MAX_WBITS if deflate else zlib.MAX_WBITS | 16)
        self._head = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._deflate:
            # Two bytes tell whether the zlib wrapper that RFC 9110 asks for is there: some
            # servers leave it out.
            data = self._head + data
            if len(data) < 2:
                self._head = data
                return
            self._deflate = False
            if int.from_bytes(data[:2], "big") % 31 or data[0] & 15 != 8:
                self._object = zlib.decompressobj(-zlib.MAX_WBITS)
        while data:
            before = self._object.copy()
            try:
                plain = self._object.decompress(data, STEP)
            except zlib.error as error:
                yield from _good(before, data)
                raise ProtocolError(f"the compressed body is corrupt: {error}", raw=data) from None
            if plain:
                yield plain
            data = self._object.unconsumed_tail
            if self._object.eof and self._object.unused_data:
                data = self._object.unused_data
                self._object = zlib.decompressobj(zlib.MAX_WBITS | 16)


def _good(inflate: Any, data: bytes) -> Iterator[bytes]:
    """What can be read of corrupt data, whatever came in the same read as the fault."""
    for place in range(len(data)):
        try:
            plain = inflate.decompress(data[place : place + 1])
        except zlib.error:
            return
        if plain:
            yield plain
