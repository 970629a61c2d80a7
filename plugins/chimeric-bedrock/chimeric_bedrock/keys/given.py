"""Credentials that the caller gives: keys, an object of botocore's, or a callable of either."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from chimeric import ChimericError, ConfigurationError, Secret, run
from chimeric import Credentials as Brought
from chimeric_bedrock.credentials import Credentials

from .found import brought

if TYPE_CHECKING:
    from chimeric import Asking

__all__ = ["expiry_of", "of_given", "until"]

WANTED: Final = (
    "bedrock_credentials must be a mapping with access_key_id, secret_access_key and (for "
    "temporary ones) session_token, a session or credentials of boto3 or botocore, or a callable "
    "that returns one of these, or a bearer key"
)

KEPT: Final = 60.0
"""Seconds that credentials are kept whose end nobody tells."""

MARGIN: Final = 30.0
"""Seconds before their end from which on the core does not use credentials again."""


def of_given(given: Any) -> Brought | Asking[Brought | None]:
    """What to sign with, out of what the caller gave.

    Raises:
        ConfigurationError: for what is of no such form.
    """
    if isinstance(given, Mapping):
        return brought(_of_mapping(cast("Mapping[str, Any]", given)))
    return _asked(given)


def _asked(given: Any) -> Asking[Brought | None]:
    value: Any = given
    called = callable(given) and not _is_object(given)
    try:
        if called:
            value = yield from run(cast("Callable[[], Any]", given))
        if hasattr(value, "get_credentials"):
            value = yield from run(value.get_credentials)
        if hasattr(value, "get_frozen_credentials"):
            kept: Any = value
            frozen: Any = yield from run(kept.get_frozen_credentials)
            return brought(of_frozen(frozen, until(kept, frozen)))
    except ChimericError:
        raise
    except Exception as error:
        failed = _failed(error)
    else:
        return _made(value, called=called)
    raise failed  # out here it has no context, whose words may hold keys


def _is_object(given: Any) -> bool:
    return hasattr(given, "get_credentials") or hasattr(given, "get_frozen_credentials")


def _failed(error: Exception) -> ChimericError:
    from .failures import typed

    return typed(error, None) or ConfigurationError(
        f"bedrock_credentials raised {type(error).__name__}", provider="bedrock"
    )


def _made(value: Any, *, called: bool) -> Brought:
    """Out of a value. What a callable returns without an end is asked for at each request."""
    soon = time.time() + 1.0 if called else None
    if isinstance(value, Brought):
        return value
    if called and isinstance(value, (str, Secret)) and value:
        return Brought(value, expires_at=soon)
    if isinstance(value, Mapping):
        found = _of_mapping(value)  # pyright: ignore[reportUnknownArgumentType]
    elif all(getattr(value, name, None) for name in ("access_key", "secret_key")):
        found = of_frozen(value, None)
    else:
        raise ConfigurationError(f"{WANTED}, not {type(value).__name__}", provider="bedrock")
    made = brought(found)
    return made if made.expires_at else msgspec.structs.replace(made, expires_at=soon)


def of_frozen(frozen: Any, expires_at: float | None) -> Credentials:
    """Credentials as botocore freezes them."""
    return Credentials(frozen.access_key, frozen.secret_key, frozen.token, expires_at)


def until(credentials: Any, frozen: Any) -> float | None:
    """When credentials of botocore end; soon, where they are temporary and do not tell."""
    end = expiry_of(credentials)
    if end is None and getattr(frozen, "token", None) and hasattr(credentials, "refresh_needed"):
        return time.time() + KEPT + MARGIN
    return end


def expiry_of(credentials: Any) -> float | None:
    """``time.time()`` at which they end, as ``RefreshableCredentials`` of botocore know it."""
    end = getattr(credentials, "_expiry_time", None)
    return end.timestamp() if isinstance(end, datetime) else None


_NAMES: Final = {
    "accesskeyid": "key",
    "accesskey": "key",
    "secretaccesskey": "secret",
    "secretkey": "secret",
    "sessiontoken": "token",
    "securitytoken": "token",
    "token": "token",
    "expiration": "end",
    "expirytime": "end",
    "expiresat": "end",
}
"""Names of boto3's arguments, of what STS answers, and of profiles, without case and marks."""


def _of_mapping(given: Mapping[str, Any]) -> Credentials:
    told: dict[str, Any] = {}
    for name, value in given.items():
        plain = str(name).lower().replace("_", "").replace("-", "").removeprefix("aws")
        if plain in _NAMES and value is not None:
            told[_NAMES[plain]] = value.reveal() if isinstance(value, Secret) else value
    key, secret, token = told.get("key"), told.get("secret"), told.get("token")
    if not (isinstance(key, str) and isinstance(secret, str) and key.strip() and secret.strip()):
        raise ConfigurationError(WANTED, provider="bedrock")
    return Credentials(key, secret, str(token) if token else None, _end(told.get("end")))


def _end(value: Any) -> float | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ConfigurationError(
                "the expiration of bedrock_credentials is not a time: write 2026-11-22T12:00:00Z",
                provider="bedrock",
            ) from None
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    return float(value) if isinstance(value, (int, float)) else None
