"""Random choices that can be repeated by their seed, and counted by what was chosen."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

__all__ = ["Draw"]

T = TypeVar("T")


class Draw:
    """One stream's choices. The same seed makes the same ones, in any process.

    Attributes:
        features: what was chosen, as ``"trait: choice"``, to see what the grammar reaches.
    """

    __slots__ = ("_random", "features")

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random
        self.features: list[str] = []

    def below(self, limit: int) -> int:
        """A number from 0 to ``limit - 1``."""
        return int(self._random() * limit)

    def chance(self, part: float) -> bool:
        """True in this part of the streams."""
        return self._random() < part

    def one(self, choices: Sequence[T]) -> T:
        """One of some values; repeat one to make it likelier."""
        return choices[int(self._random() * len(choices))]

    def trait(self, name: str, choices: Sequence[str]) -> str:
        """One of some words, which is counted under the trait's name."""
        chosen = self.one(choices)
        self.features.append(f"{name}: {chosen}")
        return chosen

    def quirk(self, name: str, part: float) -> bool:
        """True in this part of the streams, and then counted."""
        if self._random() >= part:
            return False
        self.features.append(name)
        return True

    def cuts(self, size: int, most: int) -> list[int]:
        """Up to ``most`` places in ascending order, each inside of ``size``."""
        if size < 2:
            return []
        return sorted({1 + self.below(size - 1) for _ in range(1 + self.below(most))})
