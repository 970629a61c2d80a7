"""Which key of the environment belongs to which resource, where it names several.

SDKs read their endpoint and their key from variables of one name; a key is of one resource, and no
other one takes it. Source: ``openai.AzureOpenAI``, LiteLLM and ``anthropic.AnthropicFoundry``.
"""

from __future__ import annotations

import os
from typing import Final
from urllib.parse import urlsplit

from chimeric import ProviderConfig

__all__ = ["PAIRS", "owner_of", "variable_of"]

PAIRS: Final = {
    "AZURE_OPENAI_API_KEY": "AZURE_OPENAI_ENDPOINT",
    "AZURE_API_KEY": "AZURE_API_BASE",
    "AZURE_AI_API_KEY": "AZURE_AI_API_BASE",
    "ANTHROPIC_FOUNDRY_API_KEY": "ANTHROPIC_FOUNDRY_BASE_URL",
}
"""A key's variable, and that of its endpoint."""


def variable_of(provider: ProviderConfig) -> str | None:
    """The variable of the key that goes with the base URL's resource; None where none is told."""
    host = urlsplit(provider.base_url).netloc
    return next((name for name in PAIRS if _of_environment(name) and _host(name) == host), None)


def owner_of(provider: ProviderConfig) -> str | None:
    """Where the key that was found belongs, if the environment says that it is elsewhere."""
    host = _host(provider.key_source)
    return host if host != urlsplit(provider.base_url).netloc else None


def _host(name: str) -> str | None:
    return urlsplit(_of_environment(PAIRS.get(name, ""))).netloc or None


def _of_environment(name: str) -> str:
    return os.environ.get(name, "").strip()
