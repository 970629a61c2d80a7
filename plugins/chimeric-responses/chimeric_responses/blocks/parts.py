"""Which part of an item is being told, however a server numbers them."""

from __future__ import annotations

__all__ = ["Parts"]


class Parts:
    """The parts of one item, by the numbers that name their blocks.

    A server says where a part begins (``content_part.added``), and every event has its number. vLLM
    raises that number with every piece, though: so a piece of another number goes to the part that
    is open, unless its own was said to begin.
    """

    __slots__ = ("_begun", "_last", "_open", "_order")

    def __init__(self, order: int) -> None:
        self._order = order
        self._begun: set[int] = set()
        self._open: int | None = None
        self._last = 0

    @property
    def several(self) -> bool:
        """Whether more than one part was said to begin: only their numbers tell them apart."""
        return len(self._begun) > 1

    def begin(self, number: int | None) -> None:
        """A part begins."""
        self._open = number or 0
        self._begun.add(self._open)

    def end(self) -> None:
        """The open part is complete."""
        self._open = None

    def number(self, told: int | None) -> int:
        """The part that an event with this number belongs to."""
        if told is not None and (told in self._begun or self._open is None):
            self._open = told
        elif self._open is None:
            self._open = self._last
        self._last = self._open
        return self._open

    def block(self, told: int | None, kind: str = "") -> tuple[int | str, ...]:
        """The block of the part that an event with this number belongs to.

        Args:
            told: the number.
            kind: tells blocks of the same number apart.
        """
        return self.place(self.number(told), kind)

    def place(self, number: int, kind: str = "") -> tuple[int | str, ...]:
        """The block of a part that is told whole."""
        return (self._order, number, kind) if kind else (self._order, number)
