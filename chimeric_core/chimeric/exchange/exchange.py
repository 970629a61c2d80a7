"""The whole call as one plain generator: turns, attempts, tools, errors.

It yields effects (``Send``, ``Read``, ``Emit``, ``Sleep``, ``RunTools``) for a driver to perform,
and does no I/O itself. Every rule of a call stands here, in ``attempt`` or in
``tool_loop``: once, for sync and async, streaming and not.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from chimeric.errors import ChimericError, PluginError, ProtocolError, StructuredOutputError
from chimeric.stream.answer import Turn
from chimeric.stream.framing import FRAMINGS
from chimeric.values.chunks import Source, StreamChunk
from chimeric.values.requests import Request
from chimeric.values.transport import Framer

from .attempt import Attempt
from .call import Call
from .effects import RELEASE, Effect, Emit, Ending, Flow, Sleep
from .wire import build, idempotency_key

if TYPE_CHECKING:
    from chimeric.values.hooks.finished_turn import FinishedTurn

    from .hooks.around import Around

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
            request = yield from _prepared(call)
            if not (yield from _answered(call, request)):
                yield from attempts.made(request)
            turn = answer.turn
            seen = _seen(call, turn) if call.keeps_deltas and turn is not None else None
            calls = answer.end_turn(attempts.attempt_api())
            if seen is not None:
                from .hooks.finishing import gone_on

                if (yield from gone_on(call, seen)):
                    continue
            if not calls:
                break
            from .tool_loop import calls_to_run, run_calls  # most calls of a model need none

            runnable = calls_to_run(call, calls)
            if runnable is None:
                break
            yield RELEASE
            yield from run_calls(call, runnable)
        _complete(call)
    except (GeneratorExit, Ending) as left:
        context.closed_early = True
        for _ in attempts.flushed():
            pass  # what was held back still joins the response
        try:
            yield from attempts.left(performed=isinstance(left, Ending))
        finally:
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

    __slots__ = (
        "_around",
        "_count",
        "_renewed",
        "attempt",
        "call",
        "idempotency_key",
        "recovered",
        "request",
        "route",
    )

    def __init__(self, call: Call) -> None:
        self.call = call
        self.request = call.request
        self.attempt: Attempt | None = None
        self.recovered = False
        self.idempotency_key = ""
        self._around: Around | None = None
        self._count = 0
        self._renewed = False

    def made(self, request: Request) -> Flow:
        """Try until an attempt has gone well.

        Raises:
            ChimericError: of the last one, when there is to be no other.
        """
        self.attempt = None
        self.begin(request)
        while True:
            try:
                yield from self._once()
                return
            except ChimericError as error:
                wait = self.wait_after(error)
                if wait is None:
                    yield from self.after_failure(error)
                    if not self.recovered:
                        raise
            yield RELEASE
            if wait:
                yield Sleep(wait)

    def _once(self) -> Flow:
        """One attempt, and the hooks around it."""
        if not self.call.hooks.of("chimeric_attempt"):
            yield from self._send_and_read()
            return
        from .hooks.around import Around

        self.call.context.attempt = self._count
        self._around = around = Around(self.call, self.request)
        before = self.attempt
        try:
            yield from around.begin()
            yield from self._send_and_read()
        except ChimericError as error:
            yield RELEASE
            self.explain(error)
            yield from around.end(None if self.attempt is before else self.attempt, error)
            raise
        yield RELEASE
        yield from around.end(self.attempt, None)
        self._around = None

    def _send_and_read(self) -> Flow:
        attempt = self.next()
        route = attempt.route
        if route.ask_key is not None or (
            not route.key_given and self.call.hooks.of("chimeric_credentials")
        ):
            from .hooks.credentials import keyed

            self.route = attempt.route = yield from keyed(self.call, route)
        elif route.key_missing is not None:
            raise route.key_missing
        yield from attempt.open(self.idempotency_key)
        if self.request.stream:
            yield from attempt.stream(_framer(attempt))
        else:
            yield from attempt.whole()

    def left(self, *, performed: bool) -> Flow:
        """The caller has left: let the hooks around the attempt finish."""
        if self._around is not None:
            yield from self._around.leave(self.attempt, performed=performed)

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
        self._renewed = False
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
        if self._renewable(error):
            return 0.0
        wait = call.retry.delay(error, self._count - 1)
        if wait is None or call.deadline is None:
            return wait
        return wait if time.monotonic() + wait < call.deadline else None

    def _renewable(self, error: ChimericError) -> bool:
        """Whether a refused key can be asked for again: once for each request."""
        route = self.route
        asked = route.ask_key is not None or route.credentials is not None
        if self._renewed or not asked or getattr(error, "status_code", None) != 401:
            return False
        self._renewed = True
        if route.credentials is not None:
            from .hooks.credentials import forget

            forget(self.call, route)
        self.route = msgspec.structs.replace(route, credentials=None)
        return True

    def after_failure(self, error: ChimericError) -> Flow:
        """The attempts are used up: take a plugin's offer, or give out what was held back."""
        call = self.call
        self.explain(error)
        offered: Request | None = None
        if call.hooks.of("chimeric_recover"):
            from .hooks.verdicts import recovered

            offered = yield from recovered(call, error)
        self.recovered = offered is not None
        if offered is None:
            yield Emit(list(self.flushed()))
            return
        failed = f"{self.route.config.name}:{self.route.model}"
        had_content = self.attempt is not None and self.attempt.has_content
        self.begin(offered)
        if not had_content:
            return
        # The caller has seen text of an answer that will not be completed: say so.
        answer = call.answer
        answer.drop_calls()
        notice = {"restarted": True, "failed": failed, "reason": error.message}
        source, place = Source(answer.log), answer.log.size
        yield Emit([StreamChunk(None, call.context.turn, source, place, _metadata=notice)])

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
            if route.secret is not None:
                error.message = route.secret.mask(error.message)
                error.args = (error.message,)
                if isinstance(error, ProtocolError):
                    error.raw = route.secret.mask_bytes(error.raw)
        error.request_id = error.request_id or call.context.request_id
        if call.context.turn > 0 or (attempt is not None and attempt.began):
            error.partial = call.answer.response()


def _prepared(call: Call) -> Generator[Effect, Any, Request]:
    """The request of this turn: the conversation so far, through the middleware."""
    request = call.request
    if call.context.turn > 0:
        request = request.replace(messages=tuple(call.answer.history))
        if request.tool_choice != "none":
            # A forced call was made in the first turn: forced again, the model could never answer.
            request = request.replace(tool_choice=None)
    if call.hooks.of("chimeric_prepare_request"):
        from .hooks.verdicts import prepared

        request = yield from prepared(call, request)
    return request


def _answered(call: Call, request: Request) -> Generator[Effect, Any, bool]:
    """Whether a plugin has answered the turn."""
    if not call.hooks.of("chimeric_answer"):
        return False
    from .hooks.answering import answered

    return (yield from answered(call, request))


def _seen(call: Call, turn: Turn) -> FinishedTurn:
    from .hooks.finishing import seen

    return seen(call, turn)


def _framer(attempt: Attempt) -> Framer:
    name = attempt.framing
    factory = attempt.route.plugin.framings.get(name) or FRAMINGS.get(name)
    if factory is None:
        raise PluginError(
            f"provider {attempt.route.config.name!r} declares the framing {name!r}, which no "
            "plugin brings; return it from chimeric_framings",
            plugin=attempt.route.config.name,
        )
    return factory(attempt.call.limits.event_size)


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
