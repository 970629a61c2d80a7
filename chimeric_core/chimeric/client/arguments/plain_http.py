"""Keys over plain http to another machine: told once, or refused."""

from __future__ import annotations

import os
import warnings

from chimeric.client.base_urls import BaseURL
from chimeric.errors import ConfigurationError, InsecureTransportWarning

__all__ = ["tell_plain_http"]

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
