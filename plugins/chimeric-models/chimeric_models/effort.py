"""Levels of reasoning that one model has and another has not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

__all__ = ["nearest_effort"]

SCALE: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""All levels that services know, from the least to the most."""


def nearest_effort(effort: str, levels: Sequence[str]) -> str:
    """The level of a model that is nearest to the one that is wanted; of two, the lower one.

    A model that cannot stop reasoning does as little as it can for ``none``. A level that no
    service is known to have stays what it is, and so does every level where none are known.

    Args:
        effort: the level that is wanted.
        levels: those that the model takes; ``default`` stands for any but ``none``.

    Example:
        >>> nearest_effort("xhigh", ("low", "medium", "high"))
        'high'
    """
    if not levels or effort in levels or effort not in SCALE:
        return effort
    if effort != "none" and not set(levels) & set(SCALE[1:]):
        return "default" if "default" in levels else levels[-1]
    wanted = SCALE.index(effort)
    known = [level for level in levels if level in SCALE and (level != "none" or effort == "none")]
    return min(known, key=lambda level: abs(SCALE.index(level) - wanted)) if known else effort
