"""Sounds: a tone for each word, as raw samples or as a WAV file."""

from __future__ import annotations

import array
import io
import math
import sys
import wave

__all__ = ["RATE", "tones", "wav"]

RATE = 24_000
"""Samples a second, 16 bits each, one channel."""

_SECONDS = 0.1


def tones(text: str) -> bytes:
    """Raw samples, little endian: a tenth of a second for each word of at most twenty.

    Example:
        >>> len(tones("two words")) // 2 / RATE
        0.2
    """
    samples = array.array("h")
    for word in text.split()[:20]:
        turns = 2 * math.pi * (220 + 20 * (len(word) % 12)) / RATE
        samples.extend(int(6000 * math.sin(turns * n)) for n in range(int(RATE * _SECONDS)))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def wav(samples: bytes) -> bytes:
    """The same as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(samples)
    return file.getvalue()
