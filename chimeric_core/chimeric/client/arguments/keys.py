"""What to tell of a key: that it is missing, or would go in clear text."""

from __future__ import annotations

import os
import warnings

from chimeric.client.base_urls import BaseURL
from chimeric.errors import ConfigurationError, InsecureTransportWarning
from chimeric.plugins.provider_plugin import ProviderPlugin

__all__ = ["missing_key", "tell_plain_http"]

TRUE = ("1", "true", "yes", "on")


def tell_plain_http(
    told: set[tuple[str, str, int]], url: BaseURL, provider: str, strict: bool
) -> None:
    """A key is about to go to ``url``; ``told`` are the hosts of which it was told before.

    Raises:
        ConfigurationError: under ``strict`` or ``CHIMERIC_REQUIRE_TLS=1``.
    """
    where = f"{url.origin[0]}://{url.origin[1]}"
    text = f"the key of {provider} would go to {where} in clear text; use https://"
    if strict:
        raise ConfigurationError(f"{text} (strict=True)", provider=provider)
    if os.environ.get("CHIMERIC_REQUIRE_TLS", "").strip().lower() in TRUE:
        raise ConfigurationError(f"{text} (CHIMERIC_REQUIRE_TLS is set)", provider=provider)
    if url.origin not in told:
        told.add(url.origin)
        text = f"the key of {provider} goes to {where} in clear text; use https://"
        warnings.warn(InsecureTransportWarning(text), stacklevel=2)


def missing_key(plugin: ProviderPlugin, endpoint: str, elsewhere: str | None, url: str) -> str:
    """The text of the error.

    Args:
        plugin: the provider that needs a key.
        endpoint: the endpoint that was asked, or "".
        elsewhere: a variable that holds a key which may not go to ``url``, or None.
        url: where the request would go.
    """
    if elsewhere is not None:
        return (
            f"the key in {elsewhere} goes to {plugin.name}'s own base URL alone, and {url} is "
            "elsewhere: give it a key of its own, api_key="
        )
    names = " or ".join(plugin.declaration.key_env) or "no variable"
    if endpoint:
        return (
            f"the endpoint {endpoint!r} of {plugin.name} needs an API key: set {names}, or pass "
            "Endpoint(api_key=...)"
        )
    keyword = f"{plugin.name.replace('-', '_')}_api_key="
    return f"{plugin.name} needs an API key: set {names}, or pass {keyword} to Chimeric()"
