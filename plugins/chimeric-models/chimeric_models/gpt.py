"""What the names of OpenAI's models tell of them."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from chimeric import Request

__all__ = ["chat_refuses", "reasons", "refuses", "system_role"]

REASONING = re.compile(r"o\d|gpt-([5-9]|\d\d)|codex-")
PLAIN = re.compile(r"gpt-[34]|chatgpt-")

RESTING = re.compile(r"gpt-5\.[1-4](?!\d)")
"""Families that reason only where an effort is asked for; all others do unless it is ``none``."""


def reasons(model: str) -> bool | None:
    """Whether a model reasons; None where its name does not tell.

    Example:
        >>> reasons("gpt-5.4"), reasons("ft:gpt-4o:acme"), reasons("gpt-5-chat-latest")
        (True, False, None)
    """
    name = model.removeprefix("ft:")
    if REASONING.match(name):
        return None if "-chat" in name else True
    return False if PLAIN.match(name) else None


def system_role(model: str) -> str:
    """The role of instructions in chat completions: reasoning models take ``developer``."""
    return "developer" if reasons(model) else "system"


def refuses(request: Request) -> Collection[str]:
    """Unified parameters that a model refuses: how to sample while it reasons, effort where not.

    Source: OpenAI's guide to reasoning, "temperature, top_p and logprobs".
    """
    if reasons(request.model) is False:
        return ("reasoning_effort",)
    return ("temperature", "top_p", "logprobs") if _is_reasoning(request) else ()


def chat_refuses(request: Request) -> Collection[str]:
    """The same in chat completions, where models from o3 on refuse stop sequences, too."""
    old = request.model.startswith("o1")
    stops = ("stop",) if reasons(request.model) and not old else ()
    return (*refuses(request), *stops)


def _is_reasoning(request: Request) -> bool:
    """Whether the model reasons in this answer: some do only where they are asked to."""
    if not reasons(request.model):
        return False
    told: Any = {**request.extra, **request.extra_body}
    nested = told.get("reasoning")
    effort = nested.get("effort") if isinstance(nested, dict) else told.get("reasoning_effort")
    effort = effort or request.reasoning_effort
    if effort is None:
        return not RESTING.match(request.model.removeprefix("ft:"))
    return bool(effort != "none")
