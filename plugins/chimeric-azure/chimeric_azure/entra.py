"""Tokens of Microsoft Entra ID: from ``azure-identity``, or from whatever the caller brings."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Mapping
from functools import lru_cache
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from chimeric import (
    Asking,
    AuthenticationError,
    ChimericError,
    ConfigurationError,
    Credentials,
    ProviderConfig,
    Secret,
    run,
)

from .keys import PAIRS, owner_of, variable_of

__all__ = ["SCOPE", "TOKEN", "ask", "is_token", "scope_of", "whose"]

SCOPE = "https://cognitiveservices.azure.com/.default"
"""What a token is asked for: it serves every surface, Claude too."""

TOKEN = "token"  # noqa: S105 -- the name of a field
"""The field of ``Credentials`` which says that they are a token, not a key."""

MISSING = (
    "azure found no key and no token: set AZURE_OPENAI_API_KEY, pass azure_api_key=, or use Entra "
    'ID: pip install "chimeric-azure[entra]" (DefaultAzureCredential is used then), or pass '
    "azure_credential="
)

LOGIN = (
    "sign in (az login), set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or give a "
    "key: azure_api_key= or AZURE_OPENAI_API_KEY"
)

MOST = 1500
"""Characters of a credential's own words that are repeated."""

_numbers: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
_next = count(1)


def scope_of(options: Mapping[str, Any]) -> str:
    """The scope of tokens: the option, ``AZURE_SCOPE``, or the usual one."""
    return str(options.get("scope") or os.environ.get("AZURE_SCOPE") or SCOPE)


def whose(provider: ProviderConfig) -> str:
    """What tokens belong to: a credential and a scope."""
    credential = provider.options.get("credential")
    scope = scope_of(provider.options)
    return scope if credential is None else f"{_number(credential)} {scope}"


def ask(provider: ProviderConfig) -> Credentials | Asking[Credentials | None] | None:
    """A token where one is wanted: of the credential that was given, else the default one's.

    The default credential is asked only where there is no key, and never for another origin than
    the client's own. Of several keys of the environment, the one of the resource is brought.

    Raises:
        ConfigurationError: where there is neither key nor credential.
    """
    credential = provider.options.get("credential")
    if credential is None:
        if not provider.own_origin:
            return None
        if provider.has_key and (provider.bearer or provider.key_source not in PAIRS):
            return None
        if (name := variable_of(provider)) not in (None, provider.key_source):
            return Credentials(os.environ[name].strip())
        owner = owner_of(provider)
        if provider.has_key and owner is None:
            return None
        credential = _default(f"{provider.key_source} is of {owner}; " if owner else "")
    elif not (callable(credential) or hasattr(credential, "get_token")):
        raise ConfigurationError(
            "azure_credential must be a credential of azure-identity or a callable that returns a "
            f"token, not {type(credential).__name__}",
            provider="azure",
        )
    return _asked(credential, scope_of(provider.options))


def _asked(credential: Any, scope: str) -> Asking[Credentials | None]:
    try:
        if hasattr(credential, "get_token"):
            token = yield from run(credential.get_token, scope)
        else:
            token = yield from run(credential)
    except ChimericError:
        raise
    except Exception as error:
        raise _failed(error, scope) from error
    return _credentials(token)


def _credentials(token: Any) -> Credentials:
    """What a credential returned: an access token of azure-core, or its text alone.

    Raises:
        ConfigurationError: for anything else.
    """
    if isinstance(token, Credentials):
        return msgspec.structs.replace(token, fields={TOKEN: token.key().reveal()})
    expires_at: float | None = getattr(token, "expires_on", None)
    text = getattr(token, "token", token)
    if isinstance(text, Secret):
        text = text.reveal()
    if not isinstance(text, str) or not text.strip():
        raise ConfigurationError(
            f"azure_credential must return a token, not {type(token).__name__}", provider="azure"
        )
    if expires_at is None:
        # A credential that does not tell is asked again for the next request.
        expires_at = _expiry(text) or time.time() + 1.0
    if expires_at <= time.time():
        raise AuthenticationError(
            f"the token of Entra ID has expired already: renew it, or {LOGIN}",
            status_code=401,
            provider="azure",
        )
    return Credentials(text, fields={TOKEN: text.strip()}, expires_at=float(expires_at))


def is_token(secret: str) -> bool:
    """Whether a secret is a token of Entra ID (a JWT); keys have no dots."""
    return secret.startswith("eyJ") and secret.count(".") == 2


def _expiry(token: str) -> float | None:
    """When a JWT ends, as it says itself."""
    if not is_token(token):
        return None
    middle = token.split(".")[1]
    try:
        claims: Any = msgspec.json.decode(
            base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))
        )
        return float(claims["exp"])
    except (ValueError, KeyError, TypeError):
        return None


def _default(why: str = "") -> Any:
    try:
        return _chain()
    except ImportError:
        raise ConfigurationError(f"{why}{MISSING}", provider="azure") from None


@lru_cache(maxsize=1)
def _chain() -> Any:
    """That of azure-identity: environment, workload, managed identity, Azure CLI, ..."""
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential()


def _failed(error: Exception, scope: str) -> ChimericError:
    """The error for a credential that brought no token; azure-core is not imported to tell."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    told = " ".join(str(error).split())  # the default chain tells of each of its credentials
    said = f"{type(error).__name__}: {told[:MOST]}"
    status = getattr(error, "status_code", None)
    if "ClientAuthenticationError" in kinds and not isinstance(status, int):
        # Nobody was asked, or none of a chain could answer: there is nothing to be refused.
        return ConfigurationError(f"azure found no credentials ({said}); {LOGIN}", provider="azure")
    return AuthenticationError(
        f"Entra ID gave no token for {scope} ({said}); {LOGIN}",
        status_code=status if isinstance(status, int) else 401,
        provider="azure",
    )


def _number(credential: object) -> int:
    """A number for a credential, no other one's while it lives."""
    try:
        return _numbers.setdefault(credential, next(_next))
    except TypeError:  # it cannot be referred to weakly: its client keeps it
        return id(credential)
