"""Answers that are none: error statuses, redirects, streams without their end."""

from __future__ import annotations

from chimeric.errors import ChimericError, ProtocolError, StreamInterruptedError
from chimeric.exchange.attempt import Attempt
from chimeric.exchange.effects import Flow
from chimeric.exchange.provider_errors import error_from_info, error_from_response
from chimeric.values.transport import WireRequest

from .limits import beginning

__all__ = ["bad_end", "refused"]


def refused(attempt: Attempt, wire: WireRequest) -> Flow:
    """Read what a status without an answer comes with, and raise it."""
    if attempt.status == 204:
        raise StreamInterruptedError("the provider answered with status 204 and no content")
    if attempt.status < 400:
        raise ProtocolError(
            f"the server answered with a redirect (status {attempt.status}); redirects are not "
            "followed, so that no key is sent elsewhere: set the base URL to where "
            "the API is"
        )
    body = b""
    try:
        attempt.body.decompress(attempt.headers.get("content-encoding"))
    except ProtocolError:
        pass  # its bytes say nothing; the status does
    else:
        body = yield from beginning(attempt.body, attempt.call.limits.error_body)
    response = attempt.response(body)
    raise error_from_response(attempt.route, response, attempt.masker(), wire)


def bad_end(attempt: Attempt) -> ChimericError:
    """The error that an answer has told, or that its end is missing."""
    turn = attempt.turn
    if turn.error is not None:
        response = attempt.response(turn.error_raw)
        return error_from_info(attempt.route, turn.error, response, attempt.masker())
    size = attempt.body.size
    what = "the stream ended without its terminal signal" if size else "an empty body"
    return StreamInterruptedError(f"{what}: the answer is not complete")
