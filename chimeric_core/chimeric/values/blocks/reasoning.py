"""What a model thought, as a part of its answer."""

from __future__ import annotations

import msgspec

__all__ = ["ReasoningPart"]


class ReasoningPart(msgspec.Struct, frozen=True, tag="reasoning"):
    """A block of reasoning in ``response.parts``.

    Attributes:
        reasoning: the text, as far as the provider shows it.

    Example:
        >>> ReasoningPart("The moon pulls.").reasoning
        'The moon pulls.'
    """

    reasoning: str
