"""One call's request as it came out: what it says, what was told of it, or why it was refused."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import ChimericError, WireRequest

from .leaves import Leaf, Place, leaves, parts_with, position

__all__ = ["Asked"]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a call until its request was sent.

    Attributes:
        wire: the request, or None when it was refused.
        body: its body as plain data.
        path: its URL without the base URL.
        told: the sentences of all ``TranslationWarning``.
        refusal: why it was not sent, or None.
    """

    wire: WireRequest | None = None
    body: Any = None
    path: str = ""
    told: tuple[str, ...] = ()
    refusal: ChimericError | None = None

    def says(self, token: object) -> bool:
        """Whether a text or a number stands in the body or the path."""
        return Place((), [self.path, self.body]).says(token)

    def tells(self, *words: str) -> bool:
        """Whether a warning has one of the words."""
        return any(_plain(word) in _plain(line) for line in self.told for word in words)

    def at(self, token: str) -> tuple[int, int] | None:
        """Where in the body a text stands first."""
        return position(self.body, token)

    def parts_with(self, token: str, *others: str) -> list[Place]:
        """The largest parts of the body with a text and none of the others."""
        return parts_with(self.body, token, others)

    def leaves(self) -> list[Leaf]:
        """All leaves of the body, and the path."""
        return [*leaves(self.body), Leaf(("the path of the URL",), self.path)]

    def same(self, other: Asked) -> bool:
        """Whether both say the same."""
        return (self.path, self.body) == (other.path, other.body)


def _plain(text: str) -> str:
    return text.lower().replace("_", " ")
