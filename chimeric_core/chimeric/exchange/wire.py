"""A unified request made into the exact bytes to send."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from chimeric._version import __version__
from chimeric.errors import ConfigurationError, TranslationError, TranslationWarning
from chimeric.schema.type_guards import is_mapping
from chimeric.values.context import Context
from chimeric.values.messages import Message
from chimeric.values.requests import HTTPRequest, Request
from chimeric.values.secrets import header_fault, is_credential
from chimeric.values.transport import WireRequest, WireTimeout

from .call import Call, Route

if TYPE_CHECKING:
    from chimeric.masking import Masker

__all__ = ["authenticate", "build", "masker", "request_id"]


def build(call: Call, route: Route, request: Request) -> HTTPRequest:
    """Let the provider translate the request; report what it could not translate.

    Raises:
        TranslationError: with ``strict=True``, when something was dropped.
        PluginError: when the hook fails or returns something else.
    """
    hook = route.plugin.at("chimeric_build_request")
    plain = all(map(_is_plain, request.messages))
    if not plain and any(message.tool_calls for message in request.messages):
        from chimeric.values.messages.tool_results import settled

        request = request.replace(messages=settled(request.messages))
    http: Any = hook.run(route.plugin.build_request, request, route.config)
    if not isinstance(http, HTTPRequest):
        raise hook.wrong_return(http, "return an HTTPRequest")
    texts: tuple[Any, ...] = (http.method, *http.headers, *http.headers.values())
    if (
        not (http.body is None or isinstance(http.body, (bytes, Mapping)))
        or not all(isinstance(text, str) for text in texts)
        or not str(http.url).startswith(("http://", "https://"))
    ):
        from chimeric.faults import request_fault

        raise hook.fault(f"returned an HTTPRequest {request_fault(http.method, http.body)}")
    dropped = http.dropped
    if request.tools or not plain:
        # Dicts of the caller's may have had more keys.
        from chimeric.values.extras.unsent import unsent

        dropped = (*dropped, *unsent(request, http.body, http.reworded))
    if dropped and request.handled:
        nothing = Request(model="", messages=())
        plain_request = request.replace(**{n: getattr(nothing, n) for n in request.handled})
        silent = hook.run(route.plugin.build_request, plain_request, route.config).dropped
        dropped = tuple(sentence for sentence in dropped if sentence in silent)
    for sentence in dropped:
        text = f"{route.config.name}: {sentence}"
        if call.strict:
            raise TranslationError(f"{text} (strict=True)", provider=route.config.name)
        if text not in call.warned:
            call.warned |= {text}
            warnings.warn(TranslationWarning(text), stacklevel=2)
    return http


def _is_plain(message: Message) -> bool:
    return not (message.extra or message.tool_calls) and isinstance(message.content, str)


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
    if route.key_missing is not None:
        raise ConfigurationError(route.key_missing, provider=route.config.name)
    declared = route.config.declaration
    body = encode_body(http)
    headers = {
        "accept": "text/event-stream, application/json" if stream else "application/json",
        # A stream gains nothing from compression, and may be held up by it.
        "accept-encoding": "identity" if stream else "gzip, deflate",
        "user-agent": f"chimeric/{__version__}",
    }
    if body:
        plain = isinstance(http.body, bytes)
        headers["content-type"] = "application/octet-stream" if plain else "application/json"
    if idempotency_key is not None and declared.idempotency_header:
        headers[declared.idempotency_header] = idempotency_key
    for more in (declared.headers, http.headers, extra):
        for name, value in more.items():
            if not isinstance(name, str) or not isinstance(value, str):
                from chimeric.faults import header_texts

                name, value = header_texts(name, value)
            fault = header_fault(name, value)
            if fault is not None:
                raise ConfigurationError(f"header {name!r} {fault}")
            headers[name.lower()] = value
    if headers.get("content-length") not in (None, str(len(body))):
        raise ConfigurationError(
            f"the header content-length is not the body's length, {len(body)}; leave it out"
        )
    http = msgspec.structs.replace(http, headers=headers, url=_url(http.url, route.config.query))
    credentials, fault = _credentials(http, body, route)
    if fault is not None:
        raise ConfigurationError(f"the credentials of {route.config.name!r}: {fault}")
    if route.on_plain_http is not None and (credentials or _carries_key(headers, declared.headers)):
        route.on_plain_http()
    headers.update(credentials)
    return WireRequest(
        method=http.method,
        url=http.url,
        headers=headers,
        body=body,
        timeout=timeout,
        context=context,
        direct=declared.service is not None and _is_embedded(http.url),
    )


def _url(url: str, query: str) -> str:
    """A URL with the base URL's query, which every request keeps."""
    return f"{url}{'&' if '?' in url else '?'}{query}" if query else url


def _carries_key(headers: Mapping[str, str], declared: Mapping[str, str]) -> bool:
    """Whether the caller's own headers hold a key."""
    return any(is_credential(name) and declared.get(name) != headers[name] for name in headers)


def _is_embedded(url: str) -> bool:
    from chimeric.plugins.services import is_embedded  # few providers bring one

    return is_embedded(url)


def encode_body(http: HTTPRequest) -> bytes:
    if http.body is None:
        return b""
    if isinstance(http.body, bytes):
        return http.body
    try:
        body = msgspec.json.encode(http.body)
    except UnicodeEncodeError as error:
        place = f"{error.object[error.start]!a} at character {error.start}"
        raise ConfigurationError(
            f"a text has a lone surrogate ({place}): decode it with errors='replace'"
        ) from error
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"the request cannot be written as JSON: {error}") from error
    if b"null" in body:
        from chimeric.faults import is_finite  # few requests hold a null

        if not is_finite(http.body):  # of which msgspec makes null: another request
            raise ConfigurationError("the request holds nan or inf, which JSON cannot represent")
    return body


def _credentials(
    http: HTTPRequest, body: bytes, route: Route
) -> tuple[Mapping[str, str], str | None]:
    """The headers that prove who asks, and what is wrong with them.

    Told, not raised: a traceback would show the values to whoever prints its variables.
    """
    plugin, config, brought = route.plugin, route.config, route.credentials
    declared, sign = config.declaration, plugin.sign_request
    added: Any = {}
    if sign is not None:
        fields: Mapping[str, str] = {} if brought is None else brought.fields
        hook = plugin.at("chimeric_sign_request")
        added = hook.run(sign, http, body, route.secret, config, fields)
    elif route.secret is not None and declared.auth_header not in map(str.lower, http.headers):
        scheme = f"{declared.auth_scheme} " if declared.auth_scheme else ""
        added = {declared.auth_header: scheme + route.secret.reveal()}
        if config.bearer:
            added = {"authorization": f"Bearer {route.secret.reveal()}"}
    if not is_mapping(added) or not all(
        isinstance(text, str) for item in added.items() for text in item
    ):
        wanted = "return a mapping of headers, all of them texts"
        raise plugin.at("chimeric_sign_request").wrong_return(added, wanted)
    if brought is not None:
        added = {**brought.headers, **added}
    for name, value in added.items():
        fault = header_fault(name, value, ascii_only=True)
        if fault is not None:
            return {}, f"header {name!r} {fault}"
    return {name.lower(): value for name, value in added.items()}, None


def request_id(route: Route, headers: Mapping[str, str]) -> str | None:
    """The provider's id of the request, from the headers that it declares."""
    names = route.config.declaration.request_id_headers
    told = next((headers[n] for n in names if headers.get(n)), None)
    if told is not None and route.secret is not None and route.secret.is_in(told):
        return route.secret.mask(told)
    return told


def masker(route: Route, *headers: Mapping[str, Any]) -> Masker:
    """What hides the secrets of a call: its key, and the credentials in its headers."""
    from chimeric.masking import Masker, credentials_in  # when something has gone wrong

    values = [str(v) for some in headers for n, v in some.items() if is_credential(str(n))]
    key = [] if route.secret is None else [route.secret.reveal()]
    brought = () if route.credentials is None else route.credentials.secrets()
    more = [secret.reveal() for secret in brought]
    return Masker([*key, *more, *credentials_in(values)])
