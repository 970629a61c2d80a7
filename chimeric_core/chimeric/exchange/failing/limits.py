"""Which limit it was that passed, and what broke: the errors of reading a body."""

from __future__ import annotations

from collections.abc import Generator

from chimeric.errors import (
    ChimericError,
    ProtocolError,
    RequestTimeoutError,
    StreamInterruptedError,
    TimeoutPhase,
    TransportError,
)
from chimeric.exchange.body import Body
from chimeric.exchange.effects import Read

__all__ = ["beginning", "broken", "limit_passed", "timed_out", "timeout_error", "too_large"]


def beginning(body: Body, limit: int) -> Generator[Read, bytes, bytes]:
    """As much of an error's body as comes: its status has told what it is already."""
    begun = b""
    try:
        while len(begun) < limit and (data := (yield from body.read())):
            for piece in body.pieces(data):
                begun += piece[: limit - len(begun)]
    except (ProtocolError, StreamInterruptedError, TransportError) as error:
        if isinstance(error, StreamInterruptedError) and not error.retryable:
            raise  # the caller has closed the stream
    return begun


def broken(body: Body, error: TransportError, waited: float) -> ChimericError:
    """What a transport's error means once the answer has begun."""
    if isinstance(error, RequestTimeoutError):
        return timed_out(body, error, waited)
    return StreamInterruptedError(f"the connection broke: {error.message}")


def timed_out(body: Body, error: RequestTimeoutError, waited: float) -> RequestTimeoutError:
    """Which limit it was that the transport kept for us."""
    timeout = body._call.timeout
    left = body.time_left()
    if left is not None and left <= 0:
        return timeout_error("total", timeout.total)
    if error.phase == "connect":
        return timeout_error("connect", timeout.connect)
    first, read = timeout.first, timeout.read
    if first is not None and not body._call.answer.has_content() and waited >= first:
        if read is None or first < read:
            return timeout_error("first", first)
    return timeout_error("read", timeout.read)


def limit_passed(body: Body, now: float) -> RequestTimeoutError:
    """The error for the limit that was there for a read."""
    call, left = body._call, body.time_left(now)
    if left is not None and left <= 0:
        return timeout_error("total", call.timeout.total)
    if call.answer.has_content():
        return timeout_error("gap", call.timeout.gap)
    return timeout_error("first", call.timeout.first)


WHAT: dict[TimeoutPhase, str] = {
    "connect": "no connection was made",
    "read": "no byte came",
    "first": "no content came",
    "gap": "no further content came",
    "total": "the call did not end",
}


def timeout_error(phase: TimeoutPhase, seconds: float | None) -> RequestTimeoutError:
    """The error for a limit that passed."""
    return RequestTimeoutError(
        f"{WHAT[phase]} within {seconds:g} s; raise Timeout.{phase} to wait longer"
        if seconds is not None
        else f"{WHAT[phase]} in time",
        phase=phase,
    )


def too_large(limit: int, piece: bytes) -> ProtocolError:
    """The error for a body of too many bytes."""
    return ProtocolError(
        f"the response is larger than {limit} bytes; raise Limits.response_size if that is "
        "expected",
        raw=piece,
        limit="response_size",
    )
