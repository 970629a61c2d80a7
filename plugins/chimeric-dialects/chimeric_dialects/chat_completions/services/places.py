"""Which service a request is for: by its path, else by the name of its model."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias, cast, get_args

__all__ = ["Variant", "variant_at", "variant_of_model"]

Variant: TypeAlias = Literal[
    "openai",
    "cerebras",
    "dashscope",
    "deepseek",
    "fireworks",
    "groq",
    "huggingface",
    "mistral",
    "moonshot",
    "nvidia",
    "openrouter",
    "perplexity",
    "together",
    "xai",
    "zai",
]

NAMES = frozenset(get_args(Variant))

MARKS: tuple[tuple[str, Variant], ...] = (
    ("/api/paas/", "zai"),
    ("/compatible-mode/", "dashscope"),
    ("/inference/v1/", "fireworks"),
)
"""What stands in no other service's paths."""

BEGINNINGS: tuple[tuple[str, Variant], ...] = (("/openai/", "groq"), ("/api/v1/", "openrouter"))

MODELS: tuple[tuple[re.Pattern[str], Variant], ...] = (
    (re.compile(r"(?:^|/)grok-"), "xai"),
    (re.compile(r"(?:^|/)sonar(?:-|$)"), "perplexity"),
    (re.compile(r"(mi|mini|magi|pix|code|dev)stral"), "mistral"),
)


def variant_at(path: str) -> Variant | None:
    """The service that a path names: by the service's own path, or its name at the beginning.

    Example:
        >>> variant_at("/moonshot/v1/chat/completions"), variant_at("/v1/chat/completions")
        ('moonshot', None)
    """
    first = path.lstrip("/").partition("/")[0]
    if first in NAMES and first != "openai":
        return cast("Variant", first)
    for beginning, variant in BEGINNINGS:
        if path.startswith(beginning):
            return variant
    return next((variant for mark, variant in MARKS if mark in path), None)


def variant_of_model(model: str) -> Variant:
    """The service whose model this is, by its name; OpenAI for all others."""
    return next((variant for name, variant in MODELS if name.search(model)), "openai")
