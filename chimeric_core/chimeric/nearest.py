"""The name that was meant, for the text of an error."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["nearest"]


def nearest(word: str, known: Sequence[str], likeness: float = 0.6) -> str | None:
    """The known word that is most like another, or None when none is like it."""
    import difflib  # a millisecond that only errors need

    return next(iter(difflib.get_close_matches(word, known, 1, likeness)), None)
