"""What is gathered from items that are told whole: one delta for each block, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chimeric import Delta

__all__ = ["Gathered"]


class Gathered:
    """Deltas, in the order of the items and of their parts."""

    def __init__(self) -> None:
        self.deltas: list[Delta] = []
        self._reasoned = False

    def add(self, **fields: Any) -> None:
        """Another delta, unless it says nothing."""
        if any(value for name, value in fields.items() if name != "block"):
            self.deltas.append(Delta(**fields))

    def reasoning(self, text: str, block: Any) -> None:
        """A paragraph of reasoning."""
        if text:
            self.add(reasoning="\n\n" + text if self._reasoned else text, block=block)
            self._reasoned = True

    def told(self) -> Delta | Sequence[Delta] | None:
        """What a parser returns of it."""
        return self.deltas[0] if len(self.deltas) == 1 else self.deltas or None
