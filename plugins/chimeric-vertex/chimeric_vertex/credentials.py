"""Tokens of Google credentials, brought to the provider ``vertex`` when a request needs one.

``google-auth`` fetches them; it is imported when the first is needed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from chimeric import ConfigurationError, Credentials, run

from .places import is_express

if TYPE_CHECKING:
    from chimeric import Asking, ProviderConfig

_quotas: dict[str, str] = {}
"""The project that pays, for each set of credentials that names one."""


def scope_of(provider: ProviderConfig) -> str | None:
    """What tokens belong to: the credentials that they are made of."""
    return None if is_express(provider) else source_of(provider)


def ask(provider: ProviderConfig) -> Asking[Credentials | None] | None:
    """A token of the given credentials, else of the Application Default Credentials.

    None for an express key and a token of the environment.

    Raises:
        ConfigurationError: when there are no credentials, or they may not go to the base URL.
        AuthenticationError: when Google refuses them.
        ConnectionFailedError: when who gives tokens cannot be reached.
    """
    if is_express(provider) or provider.bearer:
        return None
    if not provider.own_origin and provider.options.get("credentials") is None:
        raise ConfigurationError(
            f"credentials from the environment are sent to vertex's own base URL only, and "
            f"{provider.base_url} is elsewhere: give the endpoint or the call a key or a token "
            "(api_key=), or credentials of its own",
            provider="vertex",
        )
    return _fetched(provider)


def _fetched(provider: ProviderConfig) -> Asking[Credentials]:
    from .tokens import fetch_token

    token = yield from run(fetch_token, provider.options.get("credentials"))
    if token.quota_project:
        _quotas[source_of(provider)] = token.quota_project
    return Credentials(token.value, expires_at=token.expires_at)


def quota_project(provider: ProviderConfig) -> dict[str, str]:
    """The header that says which project pays, where the credentials of a request tell one."""
    project = _quotas.get(source_of(provider))
    return {"x-goog-user-project": project} if project else {}


def source_of(provider: ProviderConfig) -> str:
    """Tells one set of credentials from another; nothing secret can be read out of it."""
    given = provider.options.get("credentials")
    if given is None:
        names = ("GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG", "GCE_METADATA_HOST")
        return "\n".join(os.environ.get(name, "") for name in names)
    if isinstance(given, (str, os.PathLike)):
        return f"file {os.fspath(given)}"
    if isinstance(given, Mapping):
        content = repr(sorted(cast("Mapping[str, Any]", given).items()))
        return hashlib.sha256(content.encode()).hexdigest()
    return f"object {id(given)}"
