"""Where a request goes: the surfaces of a resource, told by its base URL and API version.

Source: the URLs that ``openai.AzureOpenAI``, ``openai.OpenAI`` and ``anthropic.AnthropicFoundry``
make, and Microsoft's reference of the v1 API.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qs, urlsplit

import msgspec

from chimeric import ConfigurationError, ProviderConfig, quote_segment

__all__ = ["SERVERLESS", "VERSIONS", "Api", "Surface", "surface_of", "version_told"]

Api: TypeAlias = Literal["chat_completions", "responses", "messages"]

Kind: TypeAlias = Literal["v1", "dated", "deployment", "inference", "messages"]

VERSIONS = ("OPENAI_API_VERSION", "AZURE_API_VERSION")
"""Variables of the API version; they count where a URL does not tell that it is of v1."""

INFERENCE_VERSION = "2024-05-01-preview"
"""What ``azure-ai-inference`` sends to ``/models``."""

SERVERLESS = ".models.ai.azure.com"
"""The hosts of serverless deployments, which know no ``api-key``."""

DATE = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")
FIRST_RESPONSES = "2025-03-01"
DEPLOYMENTS = "/openai/deployments/"


class Surface(msgspec.Struct, frozen=True):
    """One way to reach models of a resource.

    Attributes:
        base: URL that its paths are appended to.
        kind: ``v1``; ``dated``, with the deployment in the path; ``deployment``, whose base URL
            names that already; ``inference`` (``/models``); ``messages`` (Claude).
        version: API version to send, or "" where none is to be added.
    """

    base: str
    kind: Kind
    version: str = ""

    def url(self, path: str, deployment: str | None = None) -> str:
        """The URL of a path; ``deployment`` for those that stand below one.

        Raises:
            ConfigurationError: for a deployment that would leave its place in the path.
        """
        below = ""
        if self.kind == "dated" and deployment is not None:
            below = f"/deployments/{quote_segment(deployment)}"
        query = f"?api-version={self.version}" if self.version else ""
        return f"{self.base}{below}{path}{query}"

    @property
    def named(self) -> str | None:
        """The deployment that the base URL names, or None."""
        if self.kind != "deployment":
            return None
        return self.base.partition(DEPLOYMENTS)[2].partition("/")[0]


def surface_of(provider: ProviderConfig, options: Mapping[str, Any], api: Api) -> Surface:
    """Where the requests of an API go.

    Raises:
        ConfigurationError: where the base URL, the API and the version do not go together; the
            text says what to change.
    """
    found = _told(provider, options)
    if api == "messages":
        return found if found.kind == "messages" else _claude(provider.base_url)
    if found.kind == "messages":
        raise ConfigurationError(
            f"{provider.base_url} speaks Messages: pass api='messages', or leave /anthropic out "
            "of the base URL",
            provider=provider.name,
        )
    if api == "responses":
        return _responses(found, provider)
    return found


def _told(provider: ProviderConfig, options: Mapping[str, Any]) -> Surface:
    """What base URL and version tell of themselves."""
    base = provider.base_url
    split = urlsplit(base)
    path = split.path
    asked = _asked(options)
    version, sent = asked or _in_query(provider), bool(_in_query(provider))
    if (split.hostname or "").endswith(SERVERLESS):
        return Surface(base if path else f"{base}/v1", "v1")
    if path.endswith(("/anthropic", "/anthropic/v1")):
        return Surface(f"{base.removesuffix('/v1')}/v1", "messages")
    if DEPLOYMENTS in f"{path}/":
        return Surface(base, "deployment", _needed(version, sent, provider))
    if path.endswith("/models"):
        return Surface(base, "inference", "" if sent else version or INFERENCE_VERSION)
    if path.endswith("/v1"):
        if DATE.fullmatch(asked or ""):
            raise ConfigurationError(
                f"{base} takes no dated api_version ({asked}): leave it out, or give the base URL "
                "without /openai/v1",
                provider=provider.name,
            )
        return Surface(base, "v1", "" if sent else asked or "")
    root = base.removesuffix("/openai")
    version = version or _of_environment()
    if version is not None and DATE.fullmatch(version):
        return Surface(f"{root}/openai", "dated", "" if sent else version)
    return Surface(f"{root}/openai/v1", "v1", "" if sent else version or "")


def version_told(provider: ProviderConfig) -> str | None:
    """The API version that options, base URL or environment tell, or None."""
    asked = _asked(provider.options) or _in_query(provider)
    return asked or (None if provider.base_url.endswith("/v1") else _of_environment())


def _asked(options: Mapping[str, Any]) -> str | None:
    """The version that was asked for.

    Raises:
        ConfigurationError: for one that there cannot be.
    """
    told = options.get("api_version")
    if told is None or told == "":
        return None
    version = str(told).strip()
    if version in ("v1", "preview", "latest") or DATE.fullmatch(version):
        return version
    raise ConfigurationError(
        f"azure has no api_version {version!r}; leave it out (the v1 API), or write a date as in "
        "'2024-10-21' or '2025-04-01-preview'",
        provider="azure",
    )


def _in_query(provider: ProviderConfig) -> str | None:
    """The version in the base URL's own query, which the core adds to every request."""
    return next(iter(parse_qs(provider.query).get("api-version", ())), None)


def _of_environment() -> str | None:
    told = (os.environ.get(name, "").strip() for name in VERSIONS)
    return next((version for version in told if version), None)


def _needed(version: str | None, sent: bool, provider: ProviderConfig) -> str:
    version = version or _of_environment()
    if version is None:
        raise ConfigurationError(
            f"{provider.base_url} needs an API version: pass azure_api_version='2024-10-21', set "
            f"{VERSIONS[0]}, or give the base URL without /deployments/... for the v1 API",
            provider=provider.name,
        )
    return "" if sent else version


def _root(base: str) -> str:
    """A base URL without what stands for one surface of the resource."""
    root = base.partition(DEPLOYMENTS)[0] if DEPLOYMENTS in base else base
    for end in ("/models", "/v1", "/openai"):
        root = root.removesuffix(end)
    return root


def _claude(base: str) -> Surface:
    host = urlsplit(base).hostname or ""
    if host.endswith(".openai.azure.com"):
        other = host.replace(".openai.", ".services.ai.")
        raise ConfigurationError(
            f"{host} does not serve Claude: give the base URL of the same resource at "
            f"https://{other}",
            provider="azure",
        )
    return Surface(f"{_root(base)}/anthropic/v1", "messages")


def _responses(found: Surface, provider: ProviderConfig) -> Surface:
    """Responses stand beside the deployments. A dated version without them answers 404."""
    if found.kind == "inference":
        raise ConfigurationError(
            f"{provider.base_url} has no Responses API: give the base URL without /models",
            provider=provider.name,
        )
    if found.kind == "v1":
        return found
    version = found.version or _in_query(provider) or ""
    if not version.endswith("-preview") or version < FIRST_RESPONSES:
        raise ConfigurationError(
            f"the Responses API is not in api_version {version}: use {FIRST_RESPONSES}-preview or "
            "later, or the v1 API (no api_version, no OPENAI_API_VERSION)",
            provider=provider.name,
        )
    return Surface(f"{_root(found.base)}/openai", "dated", found.version)
