"""What the names of OpenAI's models tell of them."""

from __future__ import annotations

import re
from collections.abc import Collection

from chimeric import Request

__all__ = ["chat_refuses", "reasons", "system_role"]

REASONING = re.compile(r"o\d|gpt-([5-9]|\d\d)|codex-")
PLAIN = re.compile(r"gpt-[34]|chatgpt-")


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


def chat_refuses(request: Request) -> Collection[str]:
    """Parameters that a model refuses in chat completions: stop sequences, from o3 on."""
    old = request.model.startswith("o1")
    return ("stop",) if reasons(request.model) and not old else ()
