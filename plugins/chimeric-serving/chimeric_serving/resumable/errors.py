"""What is raised where a stream of the hub cannot be joined, or did not end well."""

from __future__ import annotations

from typing import Any, ClassVar

from chimeric import ChimericError, StreamInterruptedError

__all__ = [
    "HubError",
    "OffsetError",
    "StoreError",
    "StreamExistsError",
    "StreamFailedError",
    "StreamLostError",
    "StreamNotFoundError",
    "StreamStoppedError",
]


class HubError(ChimericError):
    """A stream cannot be started, joined or stopped.

    Attributes:
        status_code: the HTTP status that says so.

    Example:
        >>> StreamNotFoundError("there is no such stream").status_code
        404
    """

    kind = "hub"
    status_code: ClassVar[int] = 500


class StreamNotFoundError(HubError):
    """There is no stream of that id, or it has expired, or it is somebody else's.

    Which of these it is, is not told: ids of others cannot be tried out.
    """

    kind = "stream_not_found"
    status_code = 404


class OffsetError(HubError):
    """The offset is no number, or past the end of the stream."""

    kind = "offset"
    status_code = 400


class StreamExistsError(HubError):
    """A stream of that id is there already. Nothing was asked of the provider."""

    kind = "stream_exists"
    status_code = 409


class StoreError(HubError):
    """The store cannot be reached, is full, or does not answer."""

    kind = "store"
    status_code = 503
    retryable = True


class StreamStoppedError(StreamInterruptedError):
    """The stream was stopped on purpose: by ``stop``, or because nobody read it."""

    kind = "stopped"
    retryable = False


class StreamLostError(StreamInterruptedError):
    """The process that made the answer has ended, or can no longer write it."""

    kind = "lost"


class StreamFailedError(StreamInterruptedError):
    """The application that made the answer failed. What happened is in its log, not here."""

    kind = "internal"
    retryable = False

    def __init__(self, message: str = "internal error", **context: Any) -> None:
        super().__init__(message, **context)
