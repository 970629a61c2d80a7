"""Text that comes in pieces and is told while it grows."""

from __future__ import annotations

__all__ = ["Pieces"]

SMALL = 64 * 1024
"""Characters up to which the text is told with each piece."""


class Pieces:
    """A growing text, of which all is told anew: so seldom that the work stays linear."""

    __slots__ = ("_parts", "_told", "size")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._told = 0
        self.size = 0

    def add(self, piece: str) -> None:
        """Take the next piece."""
        self._parts.append(piece)
        self.size += len(piece)

    def due(self, *, last: bool) -> bool:
        """Whether there is enough that is new; ``last`` where nothing may come after."""
        grown = self.size - self._told
        return grown > 0 and (last or self.size <= SMALL or grown * 8 >= self._told)

    def text(self) -> str:
        """All of it, which counts as told now."""
        self._told = self.size
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""
