"""What a hub keeps of a stream: its chunks, and then its end or its error, each as JSON.

An event is what ``chimeric.to_json`` writes, with its number of the form, ``"v"``: a chunk; a
response as the last event of a good end; an error as that of a bad one. Of these two, only that is
kept which a browser may know.
"""

from __future__ import annotations

import copy
from typing import Any, Final

from chimeric import ChimericError, CompletionResponse, StreamChunk, from_json, to_json
from chimeric_serving.events import told_of

from .errors import HubError, StreamFailedError

__all__ = ["Value", "chunk_event", "end_event", "error_event", "value_of"]

Value = StreamChunk | CompletionResponse[Any] | ChimericError

TOLD: Final = (
    *("usage", "model", "finish_reason", "metadata", "pending", "parsed", "timing", "refusal"),
)
"""Fields of a response that its last event has. The text is in the chunks; the messages hold what
the application said to the model, and the headers what the provider said of the account."""

KEPT: Final = {
    *("message", "provider", "model", "status_code", "retry_after", "type", "code"),
    *("phase", "limit", "retryable"),
}
"""Fields of an error that are kept."""


def chunk_event(chunk: StreamChunk) -> bytes:
    """A chunk, but for ``raw``, ``native`` and ``content``."""
    return to_json(chunk).encode()


def end_event(response: CompletionResponse[Any]) -> bytes:
    """A good end."""
    told = {name: getattr(response, name) for name in TOLD}
    return to_json(CompletionResponse[Any](**told)).encode()


def error_event(error: BaseException) -> bytes:
    """A bad end.

    Example:
        >>> value_of(error_event(ValueError("postgres://admin:hunter2@db is down")))
        StreamFailedError('internal error')
    """
    told = told_of(error)
    if told is None or not isinstance(error, ChimericError) or isinstance(error, HubError):
        return to_json(StreamFailedError()).encode()
    kept = copy.copy(error)
    for name in vars(kept).keys() - KEPT:
        setattr(kept, name, {} if name == "headers" else b"" if name == "raw" else None)
    kept.message = told["message"]
    return to_json(kept).encode()


def value_of(event: bytes) -> Any:
    """What an event says.

    Raises:
        ConfigurationError: for one that a later version wrote, or that is none.
    """
    return from_json(event)
