"""Where a request goes: project, location, host; and whether an express key is used."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, Final

from chimeric import ConfigurationError, ProviderConfig, quote_segment

HOME: Final = "https://aiplatform.googleapis.com"
"""The declared base URL: it stands for the host of the location in use."""

PROJECT_ENV: Final = ("GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT")
LOCATION_ENV: Final = ("GOOGLE_CLOUD_LOCATION",)
CLAUDE_PROJECT_ENV: Final = ("ANTHROPIC_VERTEX_PROJECT_ID", *PROJECT_ENV)
CLAUDE_LOCATION_ENV: Final = ("CLOUD_ML_REGION", *LOCATION_ENV)
"""What ``AnthropicVertex`` reads comes first for Claude."""

_LOCATION = re.compile(r"[a-z][a-z0-9-]*")
_VERSIONED = re.compile(r"/v\d+(?:(?:alpha|beta)\d*)?$")


def is_express(provider: ProviderConfig) -> bool:
    """Whether requests go the way of express keys, which knows no project.

    The rule of ``google-genai``: a project or location that is said makes keys of the environment
    count for nothing, and so does one of the environment; a key that is said wins over the
    environment's project. A callable returns tokens.
    """
    if provider.bearer or _said(provider.options) or provider.key_source == "callable":
        return False
    if provider.key_source == "argument":
        return provider.has_key
    return provider.has_key and not (_of_env(PROJECT_ENV) or _of_env(LOCATION_ENV))


def server(provider: ProviderConfig, version: str, location: str = "global") -> str:
    """Host and version, without a slash at the end: a base URL that was given as it is.

    Hosts: the regional one, that of the multi-regions ``us`` and ``eu``, and the global one
    (``google-genai`` and ``anthropic``).

    Raises:
        ConfigurationError: for a location that cannot be one.
    """
    base = provider.base_url
    if base != HOME:
        return base if _VERSIONED.search(base) else f"{base}/{version}"
    if location in ("us", "eu"):
        return f"https://aiplatform.{location}.rep.googleapis.com/{version}"
    if location == "global":
        return f"{HOME}/{version}"
    return f"https://{location}-aiplatform.googleapis.com/{version}"


def scope(provider: ProviderConfig, version: str, *, claude: bool = False) -> str:
    """The URL of a project's location: ``.../projects/P/locations/L``.

    Raises:
        ConfigurationError: without a project, or for a location that cannot be one.
    """
    location = location_of(provider.options, claude=claude)
    project = project_of(provider, claude=claude)
    where = f"projects/{quote_segment(project, ':')}/locations/{location}"
    return f"{server(provider, version, location)}/{where}"


def location_of(options: Mapping[str, Any], *, claude: bool = False) -> str:
    """The location: the option's, the environment's, else ``global``.

    Raises:
        ConfigurationError: for what is none. It becomes part of a host name, which a slash or a
            dot would change, and the token with it.
    """
    named = CLAUDE_LOCATION_ENV if claude else LOCATION_ENV
    location = options.get("location") or _of_env(named) or "global"
    if not isinstance(location, str) or _LOCATION.fullmatch(location) is None:
        raise ConfigurationError(f"{location!r} is not a Vertex AI location")
    return location


def project_of(provider: ProviderConfig, *, claude: bool = False) -> str:
    """The project: the option's, the environment's, or that of the credentials.

    For the default credentials that is the one of their file, of gcloud, or of the machine, in the
    order of google-auth.

    Raises:
        ConfigurationError: where nobody tells one.
    """
    options = provider.options
    told = options.get("project") or _of_env(CLAUDE_PROJECT_ENV if claude else PROJECT_ENV)
    if told := told or _of_credentials(provider):
        return str(told)
    raise ConfigurationError(
        "vertex needs a project: set GOOGLE_CLOUD_PROJECT, or pass vertex_project=; without one, "
        "an express key for Gemini: VERTEX_API_KEY, or vertex_api_key=",
        provider=provider.name,
    )


def _of_credentials(provider: ProviderConfig) -> str | None:
    """The project that credentials name; a token or a key names none."""
    from .files import project_of_file, project_of_gcloud  # most say it

    given = provider.options.get("credentials")
    if (told := project_of_file(given)) or given is not None or provider.has_key:
        return told
    from .metadata import metadata_project

    return project_of_gcloud() or metadata_project()


def _said(options: Mapping[str, Any]) -> bool:
    return any(options.get(name) for name in ("project", "location", "credentials"))


def _of_env(names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := os.environ.get(name, "").strip())), None)
