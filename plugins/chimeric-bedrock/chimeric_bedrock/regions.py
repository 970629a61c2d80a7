"""Endpoints: which host serves which region, and which region a request is signed for."""

from __future__ import annotations

import re
from typing import Final

from chimeric import ConfigurationError, ProviderConfig

from .credentials import find_region

HOME: Final = "https://bedrock-runtime.us-east-1.amazonaws.com"
"""The declared base URL: it stands for "the endpoint of the region in use"."""

_HOST = re.compile(r"//bedrock(?:-runtime)?(?:-fips)?\.([a-z0-9-]+)\.")
_ARN = re.compile(r"arn:aws[a-z-]*:bedrock:([a-z0-9-]+):")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


def region_of(provider: ProviderConfig, url: str = "", model: str = "") -> str:
    """The region to use.

    Looked up in the option ``region``, the host of ``url``, an ARN, the environment, and the
    profile; ``us-east-1`` where none of them tells.
    """
    option = provider.options.get("region")
    if option:
        return str(option)
    for pattern, text in ((_HOST, url), (_ARN, model)):
        if found := pattern.search(text):
            return found[1]
    return find_region(provider.options.get("profile")) or "us-east-1"


def runtime_url(provider: ProviderConfig, model: str = "") -> str:
    """The base URL of model calls: a given one as it is, else that of the region.

    Raises:
        ConfigurationError: for a region that cannot be one.
    """
    if provider.base_url != HOME:
        return provider.base_url
    region = region_of(provider, model=model)
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    if not _REGION.fullmatch(region):
        # It becomes part of a host name, which a slash or a dot would change.
        raise ConfigurationError(f"{region!r} is no AWS region")
    return f"https://bedrock-runtime.{region}.{domain}"


def control_url(provider: ProviderConfig) -> str:
    """The base URL of the model list."""
    return runtime_url(provider).replace("//bedrock-runtime", "//bedrock", 1)
