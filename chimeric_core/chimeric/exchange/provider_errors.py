"""The typed error for what a provider told, as a status or inside an answer."""

from __future__ import annotations

from typing import Any

from chimeric.errors import (
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    ServerError,
)
from chimeric.schema.type_guards import is_object
from chimeric.values.deltas import ErrorInfo
from chimeric.values.requests import HTTPResponse

from .call import Route
from .error_words import status_of
from .retry import retry_after, retryable_status
from .wire import masker, request_id

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


def error_from_answer(info: ErrorInfo) -> ProviderError:
    """The typed error for one that a plugin's own answer tells."""
    status = info.status or status_of((info.code, info.type), info.message) or 500
    cls = KINDS[info.kind] if info.kind else _class_of(status)
    error = cls(
        info.message,
        status_code=status,
        body="",
        retry_after=info.retry_after,
        type=info.type,
        code=info.code,
        request_id=info.request_id,
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
