"""Binary frames of the AWS event stream: where their payloads are, and their check sums.

Source: "Event stream encoding" of Amazon's SDK reference: total length, length of the headers,
CRC32 of these two, headers, payload, CRC32 of all before.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Frame", "frames", "seal"]

PRELUDE = struct.Struct(">III")
LEAST = PRELUDE.size + 4


class Frame(NamedTuple):
    """Places in a body, in bytes."""

    start: int
    payload: int
    payload_end: int
    end: int


def frames(body: bytes) -> Iterator[Frame]:
    """The whole frames of a body; none where it is something else."""
    start = 0
    while start + LEAST <= len(body):
        total, headers, crc = PRELUDE.unpack_from(body, start)
        if zlib.crc32(body[start : start + 8]) != crc or start + total > len(body):
            return
        yield Frame(start, start + PRELUDE.size + headers, start + total - 4, start + total)
        start += max(total, LEAST)


def seal(body: bytearray, frame: Frame) -> None:
    """Write the check sum of a frame whose payload has changed."""
    crc = zlib.crc32(body[frame.start : frame.payload_end])
    body[frame.payload_end : frame.end] = crc.to_bytes(4, "big")
