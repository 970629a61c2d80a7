"""Our errors as LangChain's too: each is caught by either name."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from langchain_core import exceptions as framework

import chimeric
from chimeric import ChimericError

__all__ = ["mapped", "translated"]


class AuthenticationError(chimeric.AuthenticationError, framework.ModelAuthenticationError):
    """401."""


class PermissionDeniedError(chimeric.PermissionDeniedError, framework.ModelPermissionDeniedError):
    """403."""


class NotFoundError(chimeric.NotFoundError, framework.ModelNotFoundError):
    """404."""


class BadRequestError(chimeric.BadRequestError, framework.ModelInvalidRequestError):
    """400 and other 4xx."""


class TooLongError(chimeric.BadRequestError, framework.ContextOverflowError):
    """The request is longer than the model's context."""


class RateLimitError(chimeric.RateLimitError, framework.ModelRateLimitError):
    """429."""


class ServerError(chimeric.ServerError, framework.ModelAPIError):
    """5xx, or an error inside a stream."""


class ProviderError(chimeric.ProviderError, framework.ModelError):
    """The provider answered with another error."""


class ConnectionFailedError(chimeric.ConnectionFailedError, framework.ModelConnectionError):
    """No connection could be made."""


class RequestTimeoutError(chimeric.RequestTimeoutError, framework.ModelTimeoutError):
    """A time limit passed."""


class TransportError(chimeric.TransportError, framework.ModelConnectionError):
    """The network failed."""


class StreamInterruptedError(chimeric.StreamInterruptedError, framework.ModelConnectionError):
    """The stream broke off."""


class ProtocolError(chimeric.ProtocolError, framework.ModelAPIError):
    """The bytes are not what the protocol says."""

    is_retryable = False


class StreamError(chimeric.StreamError, framework.ModelError):
    """The answer went wrong in another way."""


class RefusedError(chimeric.RefusedError, framework.ModelError):
    """Middleware refused the request."""


PAIRS: tuple[tuple[type[ChimericError], type[ChimericError]], ...] = (
    (chimeric.AuthenticationError, AuthenticationError),
    (chimeric.PermissionDeniedError, PermissionDeniedError),
    (chimeric.NotFoundError, NotFoundError),
    (chimeric.BadRequestError, BadRequestError),
    (chimeric.RateLimitError, RateLimitError),
    (chimeric.ServerError, ServerError),
    (chimeric.ProviderError, ProviderError),
    (chimeric.ConnectionFailedError, ConnectionFailedError),
    (chimeric.RequestTimeoutError, RequestTimeoutError),
    (chimeric.TransportError, TransportError),
    (chimeric.StreamInterruptedError, StreamInterruptedError),
    (chimeric.ProtocolError, ProtocolError),
    (chimeric.StreamError, StreamError),
    (chimeric.RefusedError, RefusedError),
)
"""The most special first."""


@contextmanager
def translated() -> Generator[None]:
    """Raise what comes of a call as an error that is LangChain's too; ours is its cause.

    A wrong set-up (``ConfigurationError``) stays what it is: LangChain has no name for it.
    """
    try:
        yield
    except ChimericError as error:
        made = mapped(error)
        if made is error:
            raise
        raise made from error


def mapped(error: ChimericError) -> ChimericError:
    """An error of the same state that is LangChain's too; the same one where there is none."""
    if isinstance(error, framework.LangChainException):
        return error
    for ours, both in PAIRS:
        if isinstance(error, ours):
            if getattr(error, "code", None) == "context_length_exceeded":
                both = TooLongError
            made = both.__new__(both, error.message)
            made.__dict__.update(error.__dict__)
            return made
    return error
