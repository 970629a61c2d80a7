"""Tokens through ``google-auth``: blocking, with a limit on each request that it sends."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping
from datetime import UTC
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from chimeric import (
    AuthenticationError,
    ChimericError,
    ConfigurationError,
    ConnectionFailedError,
)

from .files import adc_file, read
from .metadata import metadata_host, metadata_token

KINDS: Final = (
    *("service_account", "authorized_user", "external_account", "gdch_service_account"),
    *("external_account_authorized_user", "impersonated_service_account"),
)
"""What ``type`` a file of Google credentials has."""

AWS: Final = "urn:ietf:params:aws:token-type:aws4_request"

TOKEN_URI: Final = "https://oauth2.googleapis.com/token"  # noqa: S105 - a place, no secret

SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"

PATIENCE: Final = 10.0
"""Seconds that one request for a token may take."""

INSTALL: Final = (
    "Google credentials need google-auth: pip install 'chimeric-vertex[auth]'; or pass "
    "vertex_auth_token=, a token or a callable that returns one"
)
NONE_FOUND: Final = (
    "vertex found no Google credentials: run `gcloud auth application-default login`, set "
    "GOOGLE_APPLICATION_CREDENTIALS to a key file, or pass vertex_credentials= or "
    "vertex_auth_token=. (Outside of Google Cloud NO_GCE_CHECK=true spares the search for a "
    "metadata server.)"
)

_CODE: Final = re.compile(
    r"\b(invalid_grant|invalid_client|invalid_request|invalid_scope|invalid_target|"
    r"unauthorized_client|access_denied|invalid_rapt|unsupported_grant_type)\b"
)

_lock = threading.Lock()
_given: dict[int, tuple[Any, str]] = {}


class Token(msgspec.Struct, frozen=True):
    """An access token, until when it is good (``time.time()``), and the project that pays."""

    value: str
    expires_at: float | None
    quota_project: str | None


def fetch_token(given: Any) -> Token:
    """A new token of given credentials (a file, its content, an object), or of the default ones.

    Raises:
        ConfigurationError: without google-auth, without credentials, or for unusable ones.
        AuthenticationError: when they are refused.
        ConnectionFailedError: when the token server cannot be reached.
    """
    host = metadata_host() if given is None and adc_file() is None else None
    if host is not None:
        return Token(*metadata_token(host), None)
    try:
        exceptions, transport = _google("auth.exceptions"), _google("auth.transport.requests")
    except ImportError:
        raise ConfigurationError(INSTALL, provider="vertex") from None
    request = _bounded(transport.Request())
    try:
        if given is None or isinstance(given, (str, os.PathLike, Mapping)):
            credentials = _loaded(given, request)
            credentials.refresh(request)
            return _token(credentials)
        # An object of the caller's: google-auth wants one refresh at a time.
        with _lock:
            return _of_object(given, request)
    except exceptions.GoogleAuthError as error:
        failed = _typed(error)
    raise failed  # out here it has no context, whose words may hold keys


def _google(name: str) -> Any:
    """A module of google-auth, which is an extra, and is typed in parts only."""
    return import_module(f"google.{name}")


def _loaded(given: Any, request: Any) -> Any:
    """The credentials of a file or its content, or the default ones."""
    auth, exceptions = _google("auth"), _google("auth.exceptions")
    path = adc_file() if given is None else None if isinstance(given, Mapping) else Path(given)
    if path is None and given is None:
        try:
            return auth.default(scopes=[SCOPE], request=request)[0]
        except exceptions.DefaultCredentialsError:
            raise ConfigurationError(NONE_FOUND, provider="vertex") from None
    said = cast("Mapping[str, Any]", given)
    content = dict(said) if path is None else read(path.expanduser())
    where = "vertex_credentials" if path is None else str(path)
    kind = content.get("type")
    if kind not in KINDS:
        raise ConfigurationError(f"{where}: its type is none of {', '.join(KINDS)}")
    try:
        return _of_content(kind, content)
    except (exceptions.GoogleAuthError, ValueError, TypeError, KeyError):
        text = f"{where}: it lacks a field of a {kind} file, or holds an unusable one"
        raise ConfigurationError(text, provider="vertex") from None


def _of_content(kind: str, content: dict[str, Any]) -> Any:
    """The credentials of a file's content; google-auth's own reader asks for projects, too."""
    if kind == "service_account":
        kinds = _google("oauth2.service_account")
        return _paid(kinds.Credentials.from_service_account_info(content, scopes=[SCOPE]))
    if kind == "authorized_user":
        # Its own reader takes no other token server than Google's.
        return _paid(
            _google("oauth2.credentials").Credentials(
                None,
                refresh_token=content["refresh_token"],
                token_uri=content.get("token_uri") or TOKEN_URI,
                client_id=content["client_id"],
                client_secret=content["client_secret"],
                quota_project_id=content.get("quota_project_id"),
            )
        )
    if kind == "external_account":
        return _of_other_cloud(content)
    if kind == "external_account_authorized_user":
        module = _google("auth.external_account_authorized_user")
        return _paid(module.Credentials.from_info(content))
    if kind == "impersonated_service_account":
        kinds = _google("auth.impersonated_credentials").Credentials
        return _paid(kinds.from_impersonated_service_account_info(content, scopes=[SCOPE]))
    kinds = _google("oauth2.gdch_credentials").ServiceAccountCredentials
    return kinds.from_service_account_info(content)


def _of_other_cloud(content: dict[str, Any]) -> Any:
    """A workload's identity: of AWS, of a program that is run, or of a file or URL."""
    source = content["credential_source"]
    if content.get("subject_token_type") == AWS:
        module = "auth.aws"
    else:
        module = "auth.pluggable" if source.get("executable") else "auth.identity_pool"
    return _paid(_google(module).Credentials.from_info(content, scopes=[SCOPE]))


def _paid(credentials: Any) -> Any:
    """Credentials with the project that the environment says is to pay."""
    project = os.environ.get("GOOGLE_CLOUD_QUOTA_PROJECT")
    return credentials.with_quota_project(project) if project else credentials


def _of_object(credentials: Any, request: Any) -> Token:
    """A token of the caller's object: the one that it has, unless that was given out before."""
    if not callable(getattr(credentials, "refresh", None)):
        raise ConfigurationError(
            "vertex_credentials must be a key file, its content, or credentials of google-auth, "
            f"not {type(credentials).__name__}",
            provider="vertex",
        )
    if getattr(credentials, "requires_scopes", False):
        credentials = _scoped(credentials)
    before = _given.get(id(credentials))
    used = before is not None and before[0] is credentials and before[1] == credentials.token
    if used or not credentials.token or credentials.expired:
        credentials.refresh(request)
    _given[id(credentials)] = (credentials, credentials.token)
    return _token(credentials)


_scoped_of: dict[int, tuple[Any, Any]] = {}


def _scoped(credentials: Any) -> Any:
    """The same credentials with the scope that they need, one object for each."""
    kept = _scoped_of.get(id(credentials))
    if kept is None or kept[0] is not credentials:
        kept = _scoped_of[id(credentials)] = (credentials, credentials.with_scopes([SCOPE]))
    return kept[1]


def _token(credentials: Any) -> Token:
    expiry = credentials.expiry  # naive, in UTC
    until = None if expiry is None else expiry.replace(tzinfo=UTC).timestamp()
    return Token(credentials.token, until, getattr(credentials, "quota_project_id", None))


def _bounded(request: Any) -> Any:
    def bounded(*args: Any, timeout: float | None = None, **named: Any) -> Any:
        return request(*args, timeout=min(timeout or PATIENCE, PATIENCE), **named)

    bounded.session = getattr(request, "session", None)  # type: ignore[attr-defined]
    return bounded


def _typed(error: Exception) -> ChimericError:
    """Our error for one of google-auth's, whose own words may hold parts of keys."""
    refused = isinstance(error, _google("auth.exceptions").RefreshError)
    if refused and not (getattr(error, "retryable", False) or _unreachable(error)):
        code = _code(error)
        return AuthenticationError(
            f"Google gave no token for these credentials{code}: they are expired, revoked or of "
            "no such account; run `gcloud auth application-default login`, or use another key file",
            status_code=401,
            provider="vertex",
        )
    failed = ConnectionFailedError(
        f"no token: {_server(error)} cannot be reached, or does not answer; is this machine in "
        "Google Cloud (GCE_METADATA_HOST), or behind a proxy? A key file "
        "(GOOGLE_APPLICATION_CREDENTIALS) needs no metadata server",
        provider="vertex",
    )
    failed.retryable = False  # google-auth has tried it several times
    return failed


def _unreachable(error: Exception) -> bool:
    """Whether the metadata server failed to answer: that, too, comes as a refusal."""
    failed = _google("auth.exceptions").TransportError
    inner = [error.__cause__, error.__context__, *error.args]
    return any(isinstance(cause, failed) for cause in inner)


def _server(error: Exception) -> str:
    return "the metadata server" if "metadata" in str(error).lower() else "the token server"


def _code(error: Exception) -> str:
    found = _CODE.search(str(error))
    return f" ({found[1]})" if found else ""
