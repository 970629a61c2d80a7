"""Pictures: real PNG files, as large as they are wanted."""

from __future__ import annotations

import random
import struct
import zlib

__all__ = ["draw"]

_SIZE = 64


def draw(seed: int, size: int = 0, *, coarse: int = 1) -> bytes:
    """A PNG file of at least ``size`` bytes: a gradient, or noise where it has to be large.

    ``coarse`` is the side of its dots, in pixels: a preview has large ones.

    Example:
        >>> draw(1)[:8]
        b'\\x89PNG\\r\\n\\x1a\\n'
    """
    rng = random.Random(seed)  # noqa: S311 - no secret
    if size > 0:
        width = max(16, int((size / 3) ** 0.5) + 1)
        noise = b"".join(b"\0" + rng.randbytes(3 * width) for _ in range(width))
        return _png(width, noise, level=0)
    red, green, blue = rng.randbytes(3)
    rows = list[bytes]()
    for y in range(_SIZE):
        row = bytearray(b"\0")
        for x in range(_SIZE):
            across, down = x // coarse * coarse, y // coarse * coarse
            row += bytes(((red + 3 * across) % 256, (green + 3 * down) % 256, blue))
        rows.append(bytes(row))
    return _png(_SIZE, b"".join(rows), level=9)


def _png(width: int, rows: bytes, *, level: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, width, 8, 2, 0, 0, 0)
    pixels = zlib.compress(rows, level)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
