"""Endpoints: which host serves which region, and which region a request is signed for."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote, urlsplit

from chimeric import ConfigurationError, ProviderConfig

from .credentials import find_region

HOME: Final = "https://bedrock-runtime.us-east-1.amazonaws.com"
"""The declared base URL: it stands for "the endpoint of the region in use"."""

SUFFIXES: Final = (
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-iso-", "c2s.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("us-isof-", "csp.hci.ic.gov"),
)
"""Domains of partitions, by how their regions begin; of all others ``amazonaws.com`` (``openai``'s
client for Bedrock)."""

_HOST = re.compile(r"(?://|\.)bedrock(?:-runtime|-mantle)?(?:-fips)?\.([a-z0-9-]+)\.")
_ARN = re.compile(r"arn:aws[a-z-]*:(?:bedrock|sagemaker):([a-z0-9-]+):")
_REGION = re.compile(r"[a-z]{2,8}(-[a-z0-9]+)+-\d+")


def region_of(provider: ProviderConfig, url: str = "", model: str = "") -> str:
    """The region to use.

    Looked up in the option ``region``, the host of ``url``, an ARN, the environment, and the
    profile; ``us-east-1`` where none of them tells.
    """
    option = provider.options.get("region")
    if option:
        return str(option)
    if url and (at_host := _HOST.search(url)):
        return at_host[1]
    if in_model := _ARN.search(model or unquote(url)):
        return in_model[1]
    return find_region(provider.options.get("profile")) or "us-east-1"


def runtime_url(provider: ProviderConfig, model: str = "") -> str:
    """The base URL of model calls: a given one as it is, else that of the region.

    Raises:
        ConfigurationError: for a region that cannot be one, or is not that of the model's ARN.
    """
    if provider.base_url != HOME:
        return provider.base_url
    return _runtime(checked_region(provider, model))


@lru_cache(64)
def _runtime(region: str) -> str:
    domain = next((end for start, end in SUFFIXES if region.startswith(start)), "amazonaws.com")
    return f"https://bedrock-runtime.{region}.{domain}"


def mantle_url(provider: ProviderConfig) -> str:
    """The base URL of the Mantle service, which has one domain: a given one as it is.

    Raises:
        ConfigurationError: for a region that cannot be one.
    """
    if provider.base_url != HOME:
        return provider.base_url
    return f"https://bedrock-mantle.{checked_region(provider)}.api.aws"


def checked_region(provider: ProviderConfig, model: str = "") -> str:
    """The region, which becomes part of a host name.

    Raises:
        ConfigurationError: for one that cannot be, or is not that of the model's ARN.
    """
    region = region_of(provider, model=model)
    if not _REGION.fullmatch(region):
        # A slash or a dot would change the host.
        raise ConfigurationError(f"{region!r} is not an AWS region")
    if (of_model := _ARN.search(model)) and of_model[1] != region:
        raise ConfigurationError(
            f"the model's ARN is of {of_model[1]}, and bedrock_region says {region}: a model is "
            "called in its own region; leave the region out"
        )
    return region


def service_of(provider: ProviderConfig, url: str) -> str:
    """The service that a request is signed for.

    ``bedrock-mantle`` at Mantle (``openai`` and ``anthropic``), else ``bedrock``.
    """
    host = urlsplit(url).hostname or ""
    at_mantle = host.startswith("bedrock-mantle.") or bool(provider.options.get("mantle"))
    return "bedrock-mantle" if at_mantle else "bedrock"


def control_url(provider: ProviderConfig) -> str:
    """The base URL of the model list."""
    return runtime_url(provider).replace("//bedrock-runtime", "//bedrock", 1)
