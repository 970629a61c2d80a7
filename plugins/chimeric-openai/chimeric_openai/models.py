"""What the names of OpenAI's models tell of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chimeric_models import Rules

__all__ = ["chat_rules", "reasons", "responses_rules", "system_role"]


def reasons(model: str) -> bool | None:
    """Whether a model reasons; None where its name does not tell."""
    return _reasons()(model)


@cache
def _reasons() -> Callable[[str], bool | None]:
    from chimeric_models.gpt import reasons

    return reasons


def system_role(model: str) -> str:
    """The role of instructions in chat completions: reasoning models take ``developer``."""
    return "developer" if reasons(model) else "system"


@cache
def responses_rules() -> Rules:
    """What is refused in the Responses API."""
    from .rules import RULES

    return RULES


@cache
def chat_rules() -> Rules:
    """What is refused in chat completions."""
    from .rules import CHAT_RULES

    return CHAT_RULES
