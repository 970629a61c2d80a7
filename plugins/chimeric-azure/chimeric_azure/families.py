"""What the models behind deployments take: told by a deployment's name, or by ``family=``."""

from __future__ import annotations

__all__ = ["is_claude", "is_foreign", "takes_max_tokens"]

MISTRAL = ("mistral", "ministral", "codestral", "magistral", "pixtral")
FOREIGN = (*MISTRAL, "deepseek", "llama", "meta-llama", "grok", "cohere", "command", "phi", "mai-")


def is_claude(model: str) -> bool:
    """Whether a model is one of Anthropic's."""
    return model.lower().startswith("claude")


def is_foreign(model: str) -> bool:
    """Whether a model is known not to be OpenAI's: their servers refuse keys they do not know."""
    return model.lower().startswith(FOREIGN)


def takes_max_tokens(model: str) -> bool:
    """Whether the token limit is ``max_tokens``: Mistral's answer 422 to the newer name."""
    return model.lower().startswith(MISTRAL)
