"""Annotations of a text: sources, which are citations, and remarks on speech, which are none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from chimeric import Citation
from chimeric_google.blocks.values import numeral, text

__all__ = ["REMARKS", "cited"]

REMARKS: Final = ("word_info", "speech_metadata")
"""Annotations that name no source."""

Texts = Sequence[tuple[Any, str]]
Place = tuple[Any, int | None, int | None]


def cited(sources: Iterable[dict[str, Any]], texts: Texts) -> list[tuple[Any, Citation]]:
    """Annotations that name sources as citations, each with its block.

    Args:
        sources: the annotations as they came.
        texts: the blocks of the step so far, and what they say.
    """
    found: list[tuple[Any, Citation]] = []
    for told in sources:
        block, start, end = _place(told, texts)
        found.append((block, _citation(told, start, end)))
    return found


def _citation(told: dict[str, Any], start: int | None, end: int | None) -> Citation:
    return Citation(
        url=text(told.get("url")) or text(told.get("document_uri")),
        title=text(told.get("title")) or text(told.get("file_name")) or text(told.get("name")),
        source=text(told.get("place_id")) or text(told.get("media_id")) or text(told.get("source")),
        start=start,
        end=end,
        native=told,
    )


def _place(told: dict[str, Any], texts: Texts) -> Place:
    """The block that is meant, and where in it.

    Google does not say whether offsets count bytes or characters. So they are told where both are
    the same: where the text up to them is ASCII.
    """
    last = texts[-1][0] if texts else None
    start, end = numeral(told.get("start_index")) or 0, numeral(told.get("end_index"))
    said = "".join(words for _, words in texts)
    if not end or not 0 <= start < end <= len(said) or not said[:end].isascii():
        return last, None, None
    before = 0
    for block, words in texts:
        behind = before + len(words)
        if start < behind:
            return (block, start - before, end - before) if end <= behind else (block, None, None)
        before = behind
    return last, None, None
