"""Which credentials a request is signed with, and what they belong to."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast
from weakref import WeakKeyDictionary

from chimeric import Credentials as Brought
from chimeric import run
from chimeric_bedrock.credentials import config_files, find_region, of_environment

from .found import brought

if TYPE_CHECKING:
    from chimeric import Asking, ProviderConfig

__all__ = ["ask", "whose"]

NAMES: Final = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"),
    *("AWS_CREDENTIAL_EXPIRATION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN"),
    *("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
)
"""Variables that say which credentials are meant."""

_numbers: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
_next = count(1)


def ask(provider: ProviderConfig) -> Brought | Asking[Brought | None] | None:
    """The credentials to sign with; None where a bearer key is sent, or where there are none.

    Those that the call, the endpoint or the client were given come first, or those of the profile
    that they name; then a bearer key of the environment; then what AWS tools would find (the order
    of ``openai`` and ``anthropic``).

    Raises:
        ConfigurationError: for settings that cannot be used.
        AuthenticationError: when whoever gives credentials refuses, or they have expired.
        ConnectionFailedError: when whoever gives them cannot be reached.
    """
    given, profile = provider.options.get("credentials"), provider.options.get("profile")
    if given is not None:
        from .given import of_given

        return of_given(given)
    if not provider.own_origin or (provider.has_key and profile is None):
        return None
    if profile is None and (own := of_environment()) is not None:
        return brought(own)
    return _found(profile, provider.options.get("region"))


def _found(profile: str | None, region: str | None) -> Asking[Brought | None]:
    from .chain import find

    found = yield from run(find, profile, region or find_region(profile))
    return None if found is None else brought(found)


def whose(provider: ProviderConfig) -> str | None:
    """Tells one set of credentials from another; nothing secret can be read out of it.

    Files and variables that have changed are others.
    """
    given, profile = provider.options.get("credentials"), provider.options.get("profile")
    if given is not None:
        return _digest(given) if isinstance(given, Mapping) else f"object {_number(given)}"
    if not provider.own_origin or (provider.has_key and profile is None):
        return None
    told = [f"{name}={os.environ[name]}" for name in NAMES if name in os.environ]
    told += [f"profile={profile}", *map(_changed, config_files())]
    return hashlib.sha256("\n".join(told).encode("utf-8", "surrogateescape")).hexdigest()


def _digest(given: Any) -> str:
    content = repr(sorted(cast("Mapping[str, Any]", given).items()))
    return hashlib.sha256(content.encode()).hexdigest()


def _changed(path: Path) -> str:
    try:
        return f"{path} {path.stat().st_mtime_ns}"
    except OSError:
        return f"{path}"


def _number(given: object) -> int:
    """A number for an object, no other one's while it lives."""
    try:
        return _numbers.setdefault(given, next(_next))
    except TypeError:  # it cannot be referred to weakly: its client keeps it
        return id(given)
