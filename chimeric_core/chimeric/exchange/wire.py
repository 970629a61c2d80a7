"""A unified request made into the exact bytes to send."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chimeric._version import __version__
from chimeric.errors import (
    ChimericError,
    ConfigurationError,
    PluginError,
    TranslationError,
    TranslationWarning,
)
from chimeric.values.context import Context
from chimeric.values.requests import HTTPRequest, Request
from chimeric.values.secrets import Secret, check_header
from chimeric.values.transport import WireRequest, WireTimeout

from .call import Call, Route

__all__ = ["authenticate", "build", "idempotency_key", "masker", "request_id"]


def build(call: Call, route: Route, request: Request) -> HTTPRequest:
    """Let the provider translate the request; report what it could not translate.

    Raises:
        TranslationError: with ``strict=True``, when something was dropped.
        PluginError: when the hook fails or returns something else.
    """
    http: Any = _guarded(
        route, "chimeric_build_request", route.plugin.build_request, request, route.config
    )
    if not isinstance(http, HTTPRequest):
        raise PluginError.wrong_return(
            route.plugin.name,
            "chimeric_build_request",
            http,
            "return an HTTPRequest",
            route.plugin.distribution,
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
        return call(*args)
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
    context: Context | None = None,
) -> WireRequest:
    """The exact request: body bytes, all headers, credentials.

    Raises:
        ConfigurationError: for a body that is not JSON, or a header that HTTP cannot carry; a
            key is never repeated.
    """
    declared = route.config.declaration
    body = encode_body(http)
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
        method=http.method,
        url=http.url,
        headers=headers,
        body=body,
        timeout=timeout,
        context=context,
        direct=declared.service is not None and _is_embedded(http.url),
    )


def _is_embedded(url: str) -> bool:
    from chimeric.plugins.services import is_embedded  # few providers bring one

    return is_embedded(url)


def idempotency_key() -> str:
    """A key for one request; retries of it carry the same one."""
    return f"chimeric-{uuid.uuid4()}"


def encode_body(http: HTTPRequest) -> bytes:
    if http.body is None:
        return b""
    if isinstance(http.body, bytes):
        return http.body
    try:
        return msgspec.json.encode(http.body)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"the request cannot be written as JSON: {error}") from error


def _credentials(http: HTTPRequest, body: bytes, route: Route) -> Mapping[str, str]:
    sign, brought = route.plugin.sign_request, route.credentials
    more = {} if brought is None else brought.headers
    if sign is not None:
        signed: Mapping[str, str] = _guarded(
            route,
            "chimeric_sign_request",
            sign,
            http,
            body,
            route.secret,
            route.config,
            {} if brought is None else brought.fields,
        )
        return {**more, **signed}
    declared = route.config.declaration
    if route.secret is None or any(n.lower() == declared.auth_header for n in http.headers):
        return more
    scheme = f"{declared.auth_scheme} " if declared.auth_scheme else ""
    return {**more, declared.auth_header: scheme + route.secret.reveal()}


def request_id(route: Route, headers: Mapping[str, str]) -> str | None:
    """The provider's id of the request, from the headers that it declares."""
    names = route.config.declaration.request_id_headers
    return next((headers[n] for n in names if headers.get(n)), None)


def masker(secret: Secret | None) -> Any:
    """A function that hides the key in a text."""
    return secret.mask if secret is not None else str
