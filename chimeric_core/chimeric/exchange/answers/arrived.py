"""A call's answer so far, with its headers and with how long it took."""

from __future__ import annotations

import time

from chimeric.exchange.call import Call
from chimeric.stream.response import response_of
from chimeric.values.forms.headers import Headers
from chimeric.values.responses import CompletionResponse, ResponseTiming

__all__ = ["arrived"]

GAPS = "chimeric.timing"
"""Where the middleware that measures the gaps keeps them, in the state of a call's context."""


def arrived(call: Call) -> CompletionResponse:
    """What was delivered so far, as the caller's own copy."""
    response = response_of(call.answer)
    response._before = call.answer._marks[0]
    if call.heard is not None:
        headers, masker = call.heard
        response.headers = Headers(headers, lambda: masker().text)
    response.timing = timing_of(call, response.usage.completion_tokens)
    return response


def timing_of(call: Call, tokens: int | None) -> ResponseTiming:
    """How long the call took, or has been going on."""
    context = call.context
    ended = call.context.ended or time.monotonic()
    duration = ended - context._started
    first = context.first_content
    # A whole answer comes at its end: all of the time was spent on its tokens.
    spent = duration - first if context.streaming and first is not None else duration
    return ResponseTiming(
        first_content=first,
        duration=duration,
        tokens_per_second=tokens / spent if tokens and spent > 0 else None,
        gaps=tuple(context.state.get(GAPS, ())),
    )
