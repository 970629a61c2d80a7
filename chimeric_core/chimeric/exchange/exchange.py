"""The whole call as one plain generator: turns, attempts, tools, errors.

It yields effects (``Send``, ``Read``, ``Emit``, ``Sleep``, ``RunTools``) for a driver to perform,
and does no I/O itself. Every rule of a call stands here, in ``attempt`` or in
``tool_loop``: once, for sync and async, streaming and not.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from chimeric.errors import ChimericError, PluginError, StructuredOutputError
from chimeric.stream.framing import FRAMINGS
from chimeric.values.chunks import Source, StreamChunk
from chimeric.values.requests import Request
from chimeric.values.transport import Framer

from .attempt import Attempt
from .call import Call
from .effects import RELEASE, Emit, Flow, Sleep
from .wire import build, idempotency_key, masker

__all__ = ["exchange"]


def exchange(call: Call) -> Flow:
    """Run a call to its end. The accumulated state is in ``call.answer`` at every step.

    Raises:
        ChimericError: with ``partial`` set once the answer has begun. Whatever else a driver
            throws in passes through.
    """
    context, answer = call.context, call.answer
    attempts = Attempts(call)
    try:
        while True:
            attempts.begin(_prepare(call))
            while True:
                try:
                    attempt = attempts.next()
                    framer = _framer(attempt) if attempts.request.stream else None
                    yield from attempt.open(attempts.idempotency_key)
                    if framer is not None:
                        yield from attempt.stream(framer)
                    else:
                        yield from attempt.whole()
                    break
                except Exception as raised:
                    error = call.hooks.typed(raised)
                    wait = attempts.wait_after(error)
                    if wait is None:
                        yield Emit(attempts.after_failure(error))
                        if not attempts.recovered:
                            raise error from error.__cause__
                yield RELEASE
                if wait:
                    yield Sleep(wait)
            calls = answer.end_turn(attempts.attempt_api())
            if not calls:
                break
            from .tool_loop import calls_to_run, run_calls  # most calls of a model need none

            runnable = calls_to_run(call, calls)
            if runnable is None:
                break
            yield RELEASE
            yield from run_calls(call, runnable)
        _complete(call)
    except GeneratorExit:
        context.closed_early = True
        for _ in attempts.flushed():
            pass  # what was held back still joins the response
        call.hooks.observe("chimeric_stream_finished", context, answer.response())
        raise
    except BaseException as error:
        if isinstance(error, ChimericError):
            attempts.explain(error)
        call.hooks.observe("chimeric_stream_failed", context, error)
        raise
    call.hooks.observe("chimeric_stream_finished", context, answer.response())


class Attempts:
    """The attempts of one turn's request: which comes next, and what a failure leads to."""

    __slots__ = ("_count", "attempt", "call", "idempotency_key", "recovered", "request", "route")

    def __init__(self, call: Call) -> None:
        self.call = call
        self.request = call.request
        self.attempt: Attempt | None = None
        self.recovered = False
        self.idempotency_key = ""
        self._count = 0

    def begin(self, request: Request) -> None:
        """Take a request: a new turn's, or the one that a plugin offered instead."""
        context = self.call.context
        self.route = self.call.route(request)
        config = self.route.config
        own = self.route.plugin.declaration.options
        self.request = request.replace(
            model=self.route.model,
            provider=config.name,
            extra={name: value for name, value in request.extra.items() if name not in own},
            options=config.options,  # the client's too: a parser's state is made of the request
        )
        self.idempotency_key = idempotency_key()
        self._count = 0
        context.request = self.request
        context.provider = config.name
        context.base_url = config.base_url

    def next(self) -> Attempt:
        """The next try."""
        call = self.call
        call.context.attempt = self._count
        if self.attempt is not None and (self._count or self.recovered):
            self.attempt.pipeline.discard()
        self.recovered = False
        self._count += 1
        http = build(call, self.route, self.request)
        self.attempt = Attempt(call, self.route, self.request, http)
        return self.attempt

    def attempt_api(self) -> str | None:
        """The protocol whose opaque items the last answer brought."""
        return None if self.attempt is None else getattr(self.attempt.state, "api", None)

    def wait_after(self, error: ChimericError) -> float | None:
        """Seconds to wait before the next try, or None when there is to be none."""
        call = self.call
        if self.attempt is None or self.attempt.has_content:
            return None
        wait = call.retry.delay(error, self._count - 1)
        if wait is None or call.deadline is None:
            return wait
        return wait if time.monotonic() + wait < call.deadline else None

    def after_failure(self, error: ChimericError) -> Iterable[StreamChunk]:
        """The attempts are used up: take a plugin's offer, or give out what was held back."""
        call = self.call
        self.explain(error)
        offered = call.hooks.recover(error, call.context)
        self.recovered = offered is not None
        if offered is None:
            return list(self.flushed())
        failed = f"{self.route.config.name}:{self.route.model}"
        had_content = self.attempt is not None and self.attempt.has_content
        self.begin(offered)
        if not had_content:
            return ()
        # The caller has seen text of an answer that will not be completed: say so.
        answer = call.answer
        answer.drop_calls()
        notice = {"restarted": True, "failed": failed, "reason": error.message}
        source, place = Source(answer.log), answer.log.size
        return [StreamChunk(None, call.context.turn, source, place, _metadata=notice)]

    def flushed(self) -> Iterable[StreamChunk]:
        """What middleware held back. A second failure does not hide the first."""
        try:
            return self.attempt.pipeline.flush() if self.attempt is not None else ()
        except ChimericError:
            return ()

    def explain(self, error: ChimericError) -> None:
        """Complete an error with what is known of the call, and with no key in it."""
        call, attempt = self.call, self.attempt
        route = getattr(self, "route", None)
        if route is not None:
            error.provider = error.provider or route.config.name
            error.model = error.model or route.model
        error.request_id = error.request_id or call.context.request_id
        if route is not None:
            mask = masker(route.secret, call.headers, self.request.extra_headers)
            if attempt is not None:
                mask = attempt.masker()
                attempt.turn.request_id = mask.value(attempt.turn.request_id)
            call.context.request_id = mask.value(call.context.request_id)
            mask.error(error)
        if call.context.turn > 0 or (attempt is not None and attempt.began):
            error.partial = call.answer.response()


def _prepare(call: Call) -> Request:
    """The request of this turn: the conversation so far, through the middleware."""
    request = call.request
    if call.context.turn > 0:
        request = request.replace(messages=tuple(call.answer.history))
        if request.tool_choice != "none":
            # A forced call was made in the first turn: forced again, the model could never answer.
            request = request.replace(tool_choice=None)
    return call.hooks.prepare(request, call.context)


def _framer(attempt: Attempt) -> Framer:
    """What cuts the answer up; found before anything is sent."""
    name, plugin, limit = attempt.framing, attempt.route.plugin, attempt.call.limits.event_size
    if name in plugin.framings:
        from chimeric.stream.guarded_framer import guarded_framer  # of use to these alone

        return guarded_framer(plugin.framings[name], limit, plugin.name, plugin.distribution)
    if name not in FRAMINGS:
        raise PluginError(
            f"provider {attempt.route.config.name!r} asks for the framing {name!r}, which no "
            "plugin brings; return it from chimeric_framings",
            plugin=plugin.name,
            distribution=plugin.distribution,
        )
    return FRAMINGS[name](limit)


def _complete(call: Call) -> None:
    """The call ended well: convert a structured answer.

    Raises:
        StructuredOutputError: when the answer does not fit.
    """
    answer, wanted = call.answer, call.request.response_format
    if wanted is None or wanted.kind == "text" or answer.finish_reason not in ("stop", "length"):
        return
    from .structured_output import parse_structured

    try:
        answer.parsed = parse_structured(answer.turn_text(), wanted)
    except ValueError as error:
        raise StructuredOutputError(
            f"the answer does not fit the response_format: {error}"
        ) from error
