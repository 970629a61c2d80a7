"""What a step says or thinks: its contents in order, neighbouring texts as one."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import Citation
from chimeric_google.blocks.values import objects, text

from .annotations import REMARKS, cited

__all__ = ["Speech"]


class _Content(msgspec.Struct):
    """A content: as it came, and of a text its block and its pieces."""

    item: dict[str, Any]
    block: Any = None
    pieces: list[str] | None = None


class Speech:
    """The contents of one step. Texts with nothing else between them are one block.

    Args:
        index: of the step.
    """

    __slots__ = ("_all", "_blocks", "_index")

    def __init__(self, index: int) -> None:
        self._index = index
        self._all: list[_Content] = []
        self._blocks = 0

    def say(self, item: dict[str, Any]) -> tuple[Any, list[str]]:
        """Add a text; return its block, and the list that gets the pieces after it."""
        last = self._all[-1] if self._all else None
        words = text(item.get("text")) or ""
        if last is not None and last.pieces is not None and not last.item.get("annotations"):
            last.pieces.append(words)
            return last.block, last.pieces
        if last is None or last.pieces is None:
            self._blocks += 1
        rest = {k: v for k, v in item.items() if k != "annotations"}
        block, pieces = (self._index, self._blocks), [words]
        self._all.append(_Content(rest, block, pieces))
        return block, pieces

    def keep(self, item: dict[str, Any]) -> None:
        """Add what is no text."""
        self._all.append(_Content(item))

    def annotate(self, annotations: Any) -> list[tuple[Any, Citation]]:
        """The citations among annotations of the text so far, each with its block."""
        given = objects(annotations)
        if given and (last := next((c for c in reversed(self._all) if c.pieces), None)):
            last.item["annotations"] = [*last.item.get("annotations", ()), *given]
        return cited([a for a in given if a.get("type") not in REMARKS], self._texts())

    def told(self) -> list[dict[str, Any]]:
        """All contents, as a later turn sends them back."""
        return [
            c.item if c.pieces is None else {**c.item, "text": "".join(c.pieces)} for c in self._all
        ]

    @property
    def plain(self) -> bool:
        """Whether texts are all that it says."""
        return all(c.pieces is not None and not c.item.get("annotations") for c in self._all)

    def _texts(self) -> list[tuple[Any, str]]:
        blocks: dict[Any, str] = {}
        for content in self._all:
            if content.pieces is not None:
                said = "".join(content.pieces)
                blocks[content.block] = blocks.get(content.block, "") + said
        return list(blocks.items())
