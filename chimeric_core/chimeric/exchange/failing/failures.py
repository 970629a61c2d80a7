"""What the failure of an attempt leads to: another one, another request, or an error."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import msgspec

from chimeric.errors import AuthenticationError, ChimericError, StreamInterruptedError
from chimeric.exchange.attempt import emitted
from chimeric.exchange.effects import Emit, Flow
from chimeric.exchange.exchange import Attempts
from chimeric.exchange.wire import masker
from chimeric.values.chunks import Source, StreamChunk
from chimeric.values.context import Continuation
from chimeric.values.forms.headers import Headers
from chimeric.values.requests import HTTPRequest, Request

__all__ = ["after_failure", "explain", "wait_after"]


def wait_after(attempts: Attempts, error: ChimericError) -> float | None:
    """Seconds to wait before the next try, or None when there is to be none."""
    call = attempts.call
    if attempts.attempt is None or attempts.attempt.has_content:
        return None
    if call.hooks.of("chimeric_recover") and rest_of(attempts) is not None:
        return None  # a retry would be a second answer, and both are charged
    if _renewable(attempts, error):
        return 0.0
    wait = call.retry.delay(error, attempts._count - 1)
    if wait is None or call.deadline is None:
        return wait
    return wait if time.monotonic() + wait < call.deadline else None


def _renewable(attempts: Attempts, error: ChimericError) -> bool:
    """Whether a refused key can be asked for again: once for each request."""
    route = attempts.route
    asked = route.ask_key is not None or route.credentials is not None
    if attempts._renewed or not asked or not isinstance(error, AuthenticationError):
        return False
    attempts._renewed = True
    if route.credentials is not None:
        from chimeric.exchange.hooks.credentials import forget

        forget(attempts.call, route)
    attempts.route = msgspec.structs.replace(route, credentials=None)
    return True


def after_failure(attempts: Attempts, error: ChimericError) -> Flow:
    """The attempts are used up: take a plugin's offer, or give out what was held back."""
    call = attempts.call
    attempts.explain(error)
    offered: Request | Continuation | None = None
    closed = isinstance(error, StreamInterruptedError) and error.closed
    if not closed and call.hooks.of("chimeric_recover"):
        from chimeric.exchange.hooks.verdicts import recovered

        call.context.rest = partial(rest_of, attempts)
        offered = yield from recovered(call, error)
    attempts.recovered = offered is not None
    if offered is None:
        yield Emit(attempts.flushed())
        return
    route, attempt = attempts.route, attempts.attempt
    failed = f"{route.config.endpoint or route.config.name}:{route.model}"
    had_content = attempt is not None and attempt.has_content
    attempts.rest = offered if isinstance(offered, Continuation) else None
    request = offered.request if isinstance(offered, Continuation) else offered
    if isinstance(request, Request):
        attempts.begin(request)
    if not had_content:
        return
    answer, word = call.answer, "continued"
    if attempts.rest is None:
        # The caller has seen text of an answer that will not be completed: say so.
        word, before = "restarted", answer._calls_before
        del answer.tool_calls[before:]  # they are nobody's
        answer.order = [told for told in answer.order if told[0] != "call" or told[2] < before]
    blank = StreamChunk(None, call.context.turn, Source(answer.log), answer.log.size)
    chunk = blank.replace(metadata={word: True, "failed": failed, "reason": error.message})
    delivery = call.delivery
    if delivery is None:
        yield from emitted(call, [chunk])
    else:
        yield from emitted(call, delivery.emitted(delivery.noticed(chunk, word)))


def rest_of(attempts: Attempts) -> HTTPRequest | None:
    """What the provider's plugin asks for the rest of the last attempt's stream with."""
    attempt = attempts.attempt
    ask = None if attempt is None else attempt.route.plugin.resume_request
    if attempt is None or ask is None:
        return None
    hook, config = attempt.route.plugin.at("chimeric_resume_request"), attempt.route.config
    http: Any = hook.run(ask, attempt.request, attempt.state, config)
    if http is not None and not isinstance(http, HTTPRequest):
        raise hook.wrong_return(http, "return an HTTPRequest or None")
    return http


def explain(attempts: Attempts, error: ChimericError) -> None:
    """Complete an error with what is known of the call, and with no key in it."""
    call, attempt = attempts.call, attempts.attempt
    route = getattr(attempts, "route", None)
    if route is not None:
        error.provider = error.provider or route.config.name
        error.endpoint = error.endpoint or route.config.endpoint or None
        error.model = error.model or route.model
    error.request_id = error.request_id or call.context.request_id
    if route is not None:
        mask = masker(route, route.headers, attempts.request.extra_headers)
        if attempt is not None:
            mask = attempt.masker()
            attempt.turn.request_id = mask.value(attempt.turn.request_id)
        call.context.request_id = mask.value(call.context.request_id)
        mask.error(error)
        if attempt is not None and attempt.headers:
            error.headers = Headers(attempt.headers, lambda: mask.text)
    if call.context.turn > 0 or (attempt is not None and (attempt.began or attempt.has_content)):
        if call.answer.withheld_by is not None:
            from chimeric.stream.withheld import conceal

            conceal(error)
        error.partial = call.broken_off()
