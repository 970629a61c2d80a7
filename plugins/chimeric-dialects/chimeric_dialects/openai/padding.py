"""Padding of varying length, by which OpenAI's streams hide the length of their tokens."""

from __future__ import annotations

__all__ = ["PADDING"]

PADDING = (b"", b"aB", b"3kQx", b"Vw", b"m7PzLt", b"Qe9", b"xD2ab", b"K", b"t0Yu8W", b"sGh1")
