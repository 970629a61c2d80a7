"""Whose thoughts an answer holds, where they cannot go back: a note in the answer's own state.

A model need not get back what it thought itself where its service has no field for it, or refuses
what is not signed. To pass an answer on to another model is a loss, which is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from chimeric import Request

__all__ = ["is_own_thought", "thought_by", "unmarked"]

MARK: Final = "thought_by"


def thought_by(request: Request) -> dict[str, Any]:
    """The item for the state of an answer to this request.

    Example:
        >>> thought_by(Request(model="qwen/qwen3-32b", messages=(), provider="groq"))
        {'thought_by': 'groq:qwen/qwen3-32b'}
    """
    return {MARK: f"{request.provider}:{request.model}"}


def is_own_thought(items: Iterable[Any], request: Request) -> bool:
    """Whether the answer with this state came from the model that is asked now."""
    return thought_by(request) in items


def unmarked(items: Iterable[Any]) -> list[Any]:
    """The state without the note, as it is sent back."""
    return [item for item in items if not _is_mark(item)]


def _is_mark(item: Any) -> bool:
    return isinstance(item, Mapping) and set(cast("Mapping[str, Any]", item)) == {MARK}
