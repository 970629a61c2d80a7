"""What the models behind deployments take: told by a deployment's name, or by ``family=``."""

from __future__ import annotations

from collections.abc import Collection

from chimeric_models.gpt import chat_refuses, reasons

from chimeric import Request

__all__ = ["is_claude", "is_foreign", "refuses_in_chat", "takes_max_tokens"]

MISTRAL = ("mistral", "ministral", "codestral", "magistral", "pixtral")
FOREIGN = (*MISTRAL, "deepseek", "llama", "meta-llama", "grok", "cohere", "command", "phi", "mai-")

GROK = ("grok-3-mini", "grok-4", "grok-code")
"""Models of xAI that reason, and refuse stop sequences then."""


def is_claude(model: str) -> bool:
    """Whether a model is one of Anthropic's."""
    return model.lower().startswith("claude")


def is_foreign(model: str) -> bool:
    """Whether a model is known not to be OpenAI's: their servers refuse keys they do not know."""
    return model.lower().startswith(FOREIGN)


def takes_max_tokens(model: str) -> bool:
    """Whether the token limit is ``max_tokens``: Mistral's answer 422 to the newer name."""
    return model.lower().startswith(MISTRAL)


def refuses_in_chat(request: Request) -> Collection[str]:
    """Unified parameters that a model refuses in chat completions."""
    name = request.model.lower()
    if name.startswith("grok"):
        fixed = name.startswith(GROK) and "non-reasoning" not in name
        return ("stop",) if fixed else ()
    return () if reasons(name) is None else chat_refuses(request)
