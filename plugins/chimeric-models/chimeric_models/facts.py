"""What model lists tell of a model, in the words that all providers share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["day", "facts", "moment", "per_million"]

WORDS = {
    "function_calling": "tools",
    "image_input": "images",
    "parallel_tool_calls": "parallel_tools",
    "pdf_input": "files",
    "structured_outputs": "structured_output",
    "thinking": "reasoning",
    "tool_use": "tools",
    "vision": "images",
}
"""Words of services -> those of ``chimeric.Capabilities``. Others stay as they are."""

KINDS = {"image": "images", "file": "files", "audio": "audio"}
"""What a model takes -> the word for it among its capabilities."""

MODALITIES = {"document": "file", "pdf": "file", "speech": "audio"}


def facts(
    words: Mapping[str, Any] | Iterable[str] | None = None,
    takes: Iterable[Any] | None = None,
    makes: Iterable[Any] | None = None,
) -> dict[str, Any]:
    """Fields of a ``ModelInfo``: what a model can, takes and makes, as far as it is told.

    Args:
        words: what it can: names, or names with whether it can; what is neither True nor False
            does not count.
        takes: kinds of input.
        makes: kinds of output.

    Example:
        >>> facts({"vision": True, "reasoning": False})["lacks"]
        frozenset({'reasoning'})
    """
    told = words if isinstance(words, Mapping) else dict.fromkeys(words or (), True)
    taken, made = _modalities(takes), _modalities(makes)
    can = {} if taken is None else {word: kind in taken for kind, word in KINDS.items()}
    can |= {WORDS.get(word, word): yes for word, yes in told.items() if isinstance(yes, bool)}
    return {
        "input_modalities": taken,
        "output_modalities": made,
        "capabilities": frozenset(word for word, yes in can.items() if yes) if can else None,
        "lacks": frozenset(word for word, yes in can.items() if not yes) or None,
    }


def _modalities(kinds: Iterable[Any] | None) -> frozenset[str] | None:
    named = [kind.lower() for kind in kinds or () if isinstance(kind, str)]
    return frozenset(MODALITIES.get(kind, kind) for kind in named) or None


def per_million(price: Any, tokens: int = 1) -> float | None:
    """What a million tokens cost, by what some tokens do; None for what is no price.

    Example:
        >>> per_million("0.00000015"), per_million(20000, 100_000_000 * 100), per_million("-1")
        (0.15, 2.0, None)
    """
    if isinstance(price, bool) or not isinstance(price, (str, int, float)):
        return None
    try:
        told = Decimal(str(price))
    except InvalidOperation:
        return None
    return float(told * 1_000_000 / tokens) if told.is_finite() and told >= 0 else None


def moment(value: Any) -> datetime | None:
    """A time as RFC 3339 has it, or a day, at which it begins (UTC)."""
    try:
        told = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def day(value: Any) -> date | None:
    """The day of a time as RFC 3339 has it.

    Example:
        >>> day("2026-10-19T00:00:00Z")
        datetime.date(2026, 10, 19)
    """
    told = moment(value)
    return None if told is None else told.date()
