"""Our errors as those that pydantic-ai's users, retries and fallbacks know."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from pydantic_ai.exceptions import (
    AgentRunError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelOverloadedError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelServerError,
    ModelTimeoutError,
    ModelUnavailableError,
    UserError,
)

import chimeric
from chimeric import ChimericError, ProviderError

__all__ = ["mapped", "translated"]

Category = type[
    ModelRateLimitError
    | ModelQuotaExceededError
    | ModelUnavailableError
    | ModelServerError
    | ModelRequestRejectedError
]

SPENT = ("insufficient_quota", "billing_hard_limit_reached", "billing_error")
TOO_LONG = "context_length_exceeded"

CLASSES: tuple[tuple[type[ProviderError], Category], ...] = (
    (chimeric.AuthenticationError, ModelAuthenticationError),
    (chimeric.PermissionDeniedError, ModelAuthenticationError),
    (chimeric.NotFoundError, ModelNotFoundError),
    (chimeric.RateLimitError, ModelRateLimitError),
    (chimeric.BadRequestError, ModelRequestRejectedError),
)


@contextmanager
def translated(model: str) -> Generator[None]:
    """Raise what comes of a call as the framework's error; ours is its ``__cause__``."""
    try:
        yield
    except ChimericError as error:
        raise mapped(error, model) from error


def mapped(error: ChimericError, model: str) -> AgentRunError | UserError:
    """The framework's error for one of ours.

    A wrong set-up is a ``UserError``; everything else is a ``ModelAPIError``, which
    ``FallbackModel`` goes on after.
    """
    said = str(error)
    match error:
        case ProviderError():
            return _of_provider(error, model, said)
        case chimeric.RequestTimeoutError():
            phase: Any = error.phase if error.phase in ("connect", "read") else None
            return ModelTimeoutError(model, said, phase=phase)
        case chimeric.ConnectionFailedError():
            return ModelConnectionError(model, said)
        case chimeric.StreamInterruptedError():
            return ModelConnectionError(model, said, phase="read", in_stream=True)
        case chimeric.ConfigurationError() | chimeric.ToolRegistrationError():
            return UserError(said)
        case chimeric.RefusedError():
            return ModelAPIError(model, said, retry_after=error.retry_after)
        case _:
            began = isinstance(error, chimeric.StreamError)
            return ModelAPIError(model, said, in_stream=began)


def _of_provider(error: ProviderError, model: str, said: str) -> ModelAPIError:
    told: dict[str, Any] = {
        "body": error.body if error.body is not None else said,
        "provider_error_code": None if error.code is None else str(error.code),
        "provider_error_type": error.type,
        "retry_after": error.retry_after,
        # An error with the status 200 came in an answer that had begun.
        "in_stream": error.partial is not None or (error.status_code or 500) < 400,
    }
    category = _category(error)
    status = error.status_code
    if status is None or status < 400:
        return category(model, said, **told)
    headers = dict(error.headers)
    return ModelHTTPError.for_category(
        category, status_code=status, model_name=model, headers=headers, hint=said, **told
    )


def _category(error: ProviderError) -> Category:
    words = {str(error.code), str(error.type)}
    if error.status_code == 402 or words.intersection(SPENT):
        return ModelQuotaExceededError
    if TOO_LONG in words:
        return ModelContextWindowExceededError
    for kind, category in CLASSES:
        if isinstance(error, kind):
            return category
    if error.status_code == 529 or any("overloaded" in word for word in words):
        return ModelOverloadedError
    return ModelUnavailableError if error.status_code == 503 else ModelServerError
