"""The typed error for what a provider told, as a status or inside an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chimeric.errors import (
    RAW_LIMIT,
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    PluginError,
    ProviderError,
    RateLimitError,
    ServerError,
)
from chimeric.schema.type_guards import is_object
from chimeric.values.deltas import ErrorInfo
from chimeric.values.requests import HTTPResponse
from chimeric.values.transport import WireRequest

from .call import Route
from .error_words import status_of
from .failing.waits import retry_after, retryable_status
from .wire import masker, request_id

if TYPE_CHECKING:
    from chimeric.masking import Masker

__all__ = ["error_from_answer", "error_from_info", "error_from_response"]

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


def error_from_response(
    route: Route,
    response: HTTPResponse,
    mask: Masker | None = None,
    wire: WireRequest | None = None,
) -> ProviderError:
    """The typed error for an answer with an error status; a 404 names the URL that was asked.

    What of it a server cannot have meant to be read (a key) is hidden before anything is cut off.
    """
    mask = masker(route) if mask is None else mask
    response = msgspec.structs.replace(response, body=mask.data(response.body))
    info, fault = _read_error(route, response)
    error = error_from_info(route, info or plain_error(response), response, mask)
    if info is None or info.retryable is None:
        error.retryable = retryable_status(response.status, response.headers)
    error.__cause__ = fault
    if response.status == 404 and wire is not None:
        url, _, query = wire.url.partition("?")
        asked = mask.text(f"{wire.method} {url}{'?***' if query else ''}")
        error.message = f"{error.message} ({asked})"
        error.args = (error.message,)
    return error


def error_from_info(
    route: Route, info: ErrorInfo, response: HTTPResponse, mask: Masker | None = None
) -> ProviderError:
    """The typed error for what the provider told, as a status or inside a stream."""
    mask = masker(route) if mask is None else mask
    shown = msgspec.structs.replace(
        info,
        message=mask.text(info.message),
        type=mask.value(info.type),
        code=mask.value(info.code),
        request_id=mask.value(info.request_id or request_id(route, response.headers)),
    )
    status = info.status or (response.status if response.status >= 400 else None)
    if status is None and info.kind is None:
        status = status_of((info.code, info.type), info.message)
    error = _made(shown, status or 500, response.status)
    error.body = mask.data(response.body)[:RAW_LIMIT].decode("utf-8", "replace")
    if error.retry_after is None:
        error.retry_after = retry_after(response.headers)
    error.provider, error.model = route.config.name, route.model
    return error


def error_from_answer(info: ErrorInfo) -> ProviderError:
    """The typed error for one that a plugin's own answer tells."""
    status = info.status or status_of((info.code, info.type), info.message) or 500
    return _made(info, status, status)


def _made(info: ErrorInfo, status: int, told: int) -> ProviderError:
    other = ServerError if status >= 500 else BadRequestError
    cls = KINDS[info.kind] if info.kind else STATUSES.get(status, other)
    error = cls(
        info.message,
        status_code=told,
        body="",
        retry_after=info.retry_after,
        type=info.type,
        code=info.code,
        request_id=info.request_id,
    )
    if info.retryable is not None:
        error.retryable = info.retryable
    return error


def _read_error(
    route: Route, response: HTTPResponse
) -> tuple[ErrorInfo | None, PluginError | None]:
    """What the plugin reads, or why it could not: the status tells what it is anyway.

    A proxy's page is not the provider's error, so a plugin that cannot read it is not at fault.
    """
    plugin, hook = route.plugin, route.plugin.at("chimeric_parse_error")
    if plugin.parse_error is None:
        return None, None
    try:
        info: Any = plugin.parse_error(response, route.config)
    except Exception as error:
        fault = hook.raised(error)
        fault.__cause__ = error
        return None, fault
    if info is None or isinstance(info, ErrorInfo):
        return info, None
    return None, hook.wrong_return(info, "return an ErrorInfo or None")


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
