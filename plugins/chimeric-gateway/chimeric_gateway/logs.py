"""What is written of each call: one JSON object in one line, without what was said."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec

from chimeric import Usage

from .config.settings import Settings

__all__ = ["Record", "tell", "write_to"]

LOGGER = logging.getLogger("chimeric_gateway.calls")

LONGEST = 200
"""Characters of a name that a client chose."""


class Record(msgspec.Struct, kw_only=True):
    """What happened to one call.

    Attributes:
        client: name of the client; "" where none is set up.
        protocol: which one it speaks.
        model: what it asked for.
        upstream: what the core was asked for; "" where it did not come to that.
        provider: who answered.
        stream: whether it asked for a stream.
        status: HTTP status of the answer; 499 where the client left before there was one.
        seconds: from the request to the end of the answer.
        first_content: seconds to the first content.
        usage: tokens as the provider tells.
        error: kind of the error that ended it.
        left_out: fields of the request that could not be said to the provider.
        asked: the request's body, where content is logged.
        answer: the answer's text, where content is logged.
    """

    client: str = ""
    protocol: str = ""
    model: str = ""
    upstream: str = ""
    provider: str = ""
    stream: bool = False
    status: int = 0
    seconds: float = 0.0
    first_content: float | None = None
    usage: Usage | None = None
    error: str | None = None
    left_out: tuple[str, ...] = ()
    asked: Mapping[str, Any] | None = None
    answer: str | None = None


def tell(record: Record) -> None:
    """Write the line of a call; an error that ended it makes it a warning."""
    level = logging.WARNING if record.error else logging.INFO
    if LOGGER.isEnabledFor(level):
        LOGGER.log(level, "%s", line_of(record))


def line_of(record: Record) -> str:
    """A call as one line of JSON.

    Example:
        >>> record = Record(client="app", model="fast", status=200, seconds=1.5)
        >>> json.loads(line_of(record))["seconds"]
        1.5
    """
    told: dict[str, Any] = {
        "time": datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds"),
        "client": record.client,
        "protocol": record.protocol,
        "model": record.model[:LONGEST],
        "upstream": record.upstream[:LONGEST],
        "provider": record.provider,
        "stream": record.stream,
        "status": record.status,
        "seconds": round(record.seconds, 4),
    }
    if record.first_content is not None:
        told["first_content"] = round(record.first_content, 4)
    if record.usage is not None:
        told["prompt_tokens"] = record.usage.prompt_tokens
        told["completion_tokens"] = record.usage.completion_tokens
        told["cached_tokens"] = record.usage.cached_tokens
    if record.error:
        told["error"] = record.error
    if record.left_out:
        told["left_out"] = [name[:LONGEST] for name in record.left_out[:LONGEST]]
    if record.asked is not None:
        told["asked"] = record.asked
    if record.answer is not None:
        told["answer"] = record.answer
    return json.dumps(told, ensure_ascii=False, default=str)


class _Lines(logging.StreamHandler[TextIO]):
    """Writes lines as long as somebody takes them."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Nobody reads the lines any more: calls go on."""


def write_to(stream: TextIO | None, settings: Settings) -> None:
    """Let lines of calls go to a stream; None: standard output. Other handlers stay as they are.

    An application that mounts the gateway leaves this out, and sets up ``chimeric_gateway.calls``
    of ``logging`` as it likes.
    """
    handler = _Lines(stream or sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    LOGGER.handlers = [handler]
    LOGGER.propagate = False
    LOGGER.setLevel(logging.INFO if settings.log else logging.CRITICAL)
