"""A unified request made into the exact bytes to send, and answers read into errors."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chimeric._version import __version__
from chimeric.errors import (
    AuthenticationError,
    BadRequestError,
    ChimericError,
    ConfigurationError,
    NotFoundError,
    PermissionDeniedError,
    PluginError,
    ProviderError,
    RateLimitError,
    ServerError,
    TranslationError,
    TranslationWarning,
)
from chimeric.schema.type_guards import is_object
from chimeric.values.deltas import ErrorInfo
from chimeric.values.requests import HTTPRequest, HTTPResponse, Request
from chimeric.values.secrets import Secret, check_header
from chimeric.values.transport import WireRequest, WireTimeout

from .call import Call, Route
from .retry import retry_after, retryable_status

__all__ = ["authenticate", "build", "error_from_info", "error_from_response"]

KINDS: dict[str, type[ProviderError]] = {
    "auth": AuthenticationError,
    "permission": PermissionDeniedError,
    "not_found": NotFoundError,
    "bad_request": BadRequestError,
    "rate_limit": RateLimitError,
    "server": ServerError,
}
STATUSES: dict[int, type[ProviderError]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    429: RateLimitError,
}


def build(call: Call, route: Route, request: Request) -> HTTPRequest:
    """Let the provider translate the request; report what it could not translate.

    Raises:
        TranslationError: with ``strict=True``, when something was dropped.
        PluginError: when the hook fails or returns something else.
    """
    http: Any = _guarded(route, "chimeric_build_request", route.plugin.build_request, request)
    if not isinstance(http, HTTPRequest):
        raise PluginError(
            f"plugin {route.plugin.name!r} returned {type(http).__name__} from "
            "chimeric_build_request; return an HTTPRequest",
            plugin=route.plugin.name,
            distribution=route.plugin.distribution,
            hook="chimeric_build_request",
        )
    for sentence in http.dropped:
        text = f"{route.config.name}: {sentence}"
        if call.strict:
            raise TranslationError(f"{text} (strict=True)", provider=route.config.name)
        if text not in call.warned:
            call.warned |= {text}
            warnings.warn(TranslationWarning(text), stacklevel=2)
    return http


def _guarded(route: Route, hook: str, call: Callable[..., Any], *args: Any) -> Any:
    """Call a provider's hook; what it raises becomes a ``PluginError`` that names it."""
    try:
        return call(*args, route.config)
    except ChimericError:
        raise
    except Exception as error:
        text = masker(route.secret)(f"{type(error).__name__}: {error}")
        raise PluginError(
            f"plugin {route.plugin.name!r} failed in {hook}: {text}",
            plugin=route.plugin.name,
            distribution=route.plugin.distribution,
            hook=hook,
        ) from error


def authenticate(
    http: HTTPRequest,
    route: Route,
    *,
    extra: Mapping[str, str],
    timeout: WireTimeout,
    stream: bool,
    idempotency_key: str | None = None,
) -> WireRequest:
    """The exact request: body bytes, all headers, credentials.

    Raises:
        ConfigurationError: for a body that is not JSON, or a header that HTTP cannot carry; a
            key is never repeated.
    """
    declared = route.config.declaration
    body = _encode(http)
    headers = {
        "accept": "text/event-stream, application/json" if stream else "application/json",
        # A stream gains nothing from compression, and may be held up by it.
        "accept-encoding": "identity" if stream else "gzip, deflate",
        "user-agent": f"chimeric/{__version__}",
    }
    if body:
        headers["content-type"] = "application/json"
    if idempotency_key is not None and declared.idempotency_header:
        headers[declared.idempotency_header] = idempotency_key
    for more in (declared.headers, http.headers, extra):
        headers.update({name.lower(): str(value) for name, value in more.items()})
    for name, value in headers.items():
        check_header(name, value)
    if headers.get("content-length") not in (None, str(len(body))):
        raise ConfigurationError(
            f"the header content-length is not the body's length, {len(body)}; leave it out"
        )
    http = msgspec.structs.replace(http, headers=headers)
    for name, value in _credentials(http, body, route).items():
        check_header(name, value, secret=True)
        headers[name.lower()] = value
    return WireRequest(
        method=http.method, url=http.url, headers=headers, body=body, timeout=timeout
    )


def idempotency_key() -> str:
    """A key for one request; retries of it carry the same one."""
    return f"chimeric-{uuid.uuid4()}"


def _encode(http: HTTPRequest) -> bytes:
    if http.body is None:
        return b""
    try:
        return msgspec.json.encode(http.body)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"the request cannot be written as JSON: {error}") from error


def _credentials(http: HTTPRequest, body: bytes, route: Route) -> Mapping[str, str]:
    sign = route.plugin.sign_request
    if sign is not None:
        signed: Mapping[str, str] = _guarded(
            route, "chimeric_sign_request", sign, http, body, route.secret
        )
        return signed
    declared = route.config.declaration
    if route.secret is None or any(n.lower() == declared.auth_header for n in http.headers):
        return {}
    scheme = f"{declared.auth_scheme} " if declared.auth_scheme else ""
    return {declared.auth_header: scheme + route.secret.reveal()}


def error_from_response(route: Route, response: HTTPResponse) -> ProviderError:
    """The typed error for an answer with an error status."""
    info = _read_error(route, response) or plain_error(response)
    error = error_from_info(route, info, response)
    if info.retryable is None:
        error.retryable = retryable_status(response.status, response.headers)
    return error


def error_from_info(route: Route, info: ErrorInfo, response: HTTPResponse) -> ProviderError:
    """The typed error for what the provider told, as a status or inside a stream."""
    status = info.status or (response.status if response.status >= 400 else None)
    if status is None and info.kind is None:
        from .error_words import status_of

        status = status_of((info.code, info.type), info.message)
    status = status or 500
    cls = KINDS[info.kind] if info.kind else _class_of(status)
    wait = info.retry_after if info.retry_after is not None else retry_after(response.headers)
    body = response.body.decode("utf-8", "replace")
    mask = masker(route.secret)
    error = cls(
        mask(info.message),
        status_code=response.status,
        body=mask(body),
        retry_after=wait,
        type=info.type,
        code=info.code,
        provider=route.config.name,
        model=route.model,
        request_id=info.request_id or request_id(route, response.headers),
    )
    if info.retryable is not None:
        error.retryable = info.retryable
    return error


def _class_of(status: int) -> type[ProviderError]:
    return STATUSES.get(status) or (ServerError if status >= 500 else BadRequestError)


def _read_error(route: Route, response: HTTPResponse) -> ErrorInfo | None:
    parse = route.plugin.parse_error
    if parse is None:
        return None
    try:
        info: Any = parse(response, route.config)
    except Exception:
        # A proxy's page is not the provider's error; its status still tells what it is.
        return None
    return info if isinstance(info, ErrorInfo) else None


def plain_error(response: HTTPResponse) -> ErrorInfo:
    """An error read without knowing the provider: the shapes that most servers use."""
    data = response.json()
    message: Any = None
    kind: Any = None
    code: Any = None
    if is_object(data):
        inner: Any = data.get("error") or data.get("detail") or data
        if is_object(inner):
            message = inner.get("message") or inner.get("error")
            kind, code = inner.get("type"), inner.get("code")
        else:
            message = inner
    if not isinstance(message, str) or not message:
        text = " ".join(response.body[:200].decode("utf-8", "replace").split())
        what = "an HTML page" if text.startswith("<") else repr(text) if text else "an empty body"
        message = f"the server answered with status {response.status} and {what}"
    return ErrorInfo(message=message, type=kind if isinstance(kind, str) else None, code=code)


def request_id(route: Route, headers: Mapping[str, str]) -> str | None:
    """The provider's id of the request, from the headers that it declares."""
    names = route.config.declaration.request_id_headers
    return next((headers[n] for n in names if headers.get(n)), None)


def masker(secret: Secret | None) -> Any:
    """A function that hides the key in a text."""
    return secret.mask if secret is not None else str
