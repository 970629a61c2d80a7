"""The names under which providers keep the items of their answers."""

from __future__ import annotations

from typing import Final

__all__ = ["api_of"]

NAMES: Final = {"grok": "xai.responses"}
"""Those that are not the provider's own name."""


def api_of(provider: str) -> str:
    """Whose items those of a provider of Responses are.

    Example:
        >>> api_of("openai"), api_of("grok")
        ('openai.responses', 'xai.responses')
    """
    return NAMES.get(provider, f"{provider}.responses")
