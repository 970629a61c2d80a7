"""The whole call as one plain generator: turns, attempts, tools, errors.

It yields effects (``Send``, ``Read``, ``Emit``, ``Sleep``, ``RunTools``) for a driver to perform,
and does no I/O itself. Every rule of a call stands here, in ``attempt`` or in
``tool_loop``: once, for sync and async, streaming and not.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any

from chimeric.errors import ChimericError
from chimeric.values.chunks import StreamChunk
from chimeric.values.context import Continuation
from chimeric.values.requests import HTTPRequest, Request
from chimeric.values.transport import Framer

from .attempt import Attempt
from .call import Call
from .effects import RELEASE, Effect, Ending, Flow, Sleep
from .wire import build

if TYPE_CHECKING:
    from .hooks.around import Around

__all__ = ["Attempts", "exchange"]


def exchange(call: Call) -> Flow:
    """Run a call to its end. The accumulated state is in ``call.answer`` at every step.

    Raises:
        ChimericError: with ``partial`` set once the answer has begun. Whatever else a driver
            throws in passes through.
    """
    context, answer = call.context, call.answer
    attempts = Attempts(call)
    finished = _observers(call)
    try:
        while True:
            request = yield from _prepared(call)
            if not (yield from _answered(call, request)):
                yield from attempts.made(request)
            turn = answer.turn
            calls = answer.end_turn(attempts.attempt_api())
            if call.keeps_deltas and turn is not None:
                from .hooks.finishing import gone_on, seen

                if (yield from gone_on(call, seen(call, turn))):
                    continue
            if not calls:
                break
            from .tool_loop import calls_to_run, run_calls  # most calls of a model need none

            runnable = calls_to_run(call, calls)
            if runnable is None:
                break
            yield RELEASE
            if not (yield from run_calls(call, runnable)):
                break
        if call.request.response_format is not None:
            from .structured_output import complete

            complete(call.answer, call.request.response_format)
    except (GeneratorExit, Ending) as left:
        context.closed_early = True
        context.ended = time.monotonic()
        for _ in attempts.flushed():
            pass  # what was held back still joins the response
        try:
            yield from attempts.left(performed=isinstance(left, Ending))
        finally:
            finished()
        raise
    except BaseException as error:
        context.ended = time.monotonic()
        if isinstance(error, ChimericError):
            attempts.explain(error)
        call.hooks.observe("chimeric_stream_failed", context, error)
        raise
    context.ended = time.monotonic()
    finished()


class Attempts:
    """The attempts of one turn's request: which comes next, and what a failure leads to."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.request = call.request
        self.attempt: Attempt | None = None
        self.recovered = False
        self.rest: Continuation | None = None
        self.idempotency_key = ""
        self._around: Around | None = None
        self._count = 0
        self._renewed = False

    def made(self, request: Request) -> Flow:
        """Try until an attempt has gone well.

        Raises:
            ChimericError: of the last one, when there is to be no other.
        """
        self.attempt = self.rest = None
        self.begin(request)
        while True:
            try:
                yield from self.once()
                return
            except Exception as raised:
                from .failing.failures import wait_after

                error = self.call.hooks.typed(raised)
                if not isinstance(error, ChimericError):
                    raise
                wait = wait_after(self, error)
                if wait is None:
                    yield from self.after_failure(error)
                    if not self.recovered:
                        raise error from error.__cause__
            yield RELEASE
            if wait:
                yield Sleep(wait)

    def once(self) -> Flow:
        """One attempt, and the hooks around it."""
        if not self.call.hooks.of("chimeric_attempt"):
            yield from self.send_and_read()
            return
        from .hooks.around import Around

        self.call.context.attempt = self._count
        self._around = around = Around(self.call, self.request)
        before = self.attempt
        try:
            yield from around.begin()
            yield from self.send_and_read()
        except Exception as raised:
            error = self.call.hooks.typed(raised)
            yield RELEASE
            if isinstance(error, ChimericError):
                self.explain(error)
            yield from around.end(None if self.attempt is before else self.attempt, error)
            raise error from error.__cause__
        yield RELEASE
        yield from around.end(self.attempt, None)
        self._around = None

    def send_and_read(self) -> Flow:
        """One attempt."""
        attempt = self.next()
        route = attempt.route
        if route.ask_key is not None or (
            not route.key_given and self.call.hooks.with_own("chimeric_credentials", route.plugin)
        ):
            from .hooks.credentials import keyed

            self.route = attempt.route = yield from keyed(self.call, route)
        framer = attempt.framer() if self.request.stream else None
        yield from attempt.open(self.idempotency_key)
        yield from self.read(attempt, framer)

    def build(self) -> HTTPRequest:
        """What an attempt is to send."""
        return build(self.call, self.route, self.request)

    def read(self, attempt: Attempt, framer: Framer | None) -> Flow:
        """What an attempt does with an answer that has begun."""
        if framer is not None:
            yield from attempt.stream(framer)
        else:
            yield from attempt.whole()

    def left(self, *, performed: bool) -> Flow:
        """The caller has left: let the hooks around the attempt finish."""
        if self.attempt is not None and self.attempt.has_content:
            self.attempt.first_content_came()  # it is told at the next read, which does not come
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
            provider=config.endpoint or config.name,
            extra_headers=self.route.caller_headers(request.extra_headers),
            extra={name: value for name, value in request.extra.items() if name not in own},
            options=config.options,  # the client's too: a parser's state is made of the request
        )
        self.idempotency_key = f"chimeric-{os.urandom(16).hex()}"  # retries carry the same one
        self._count = 0
        self._renewed = False
        context.request = self.request
        context.provider = config.name
        context.endpoint = config.endpoint
        context.base_url = config.base_url

    def next(self) -> Attempt:
        """The next try."""
        call = self.call
        call.context.attempt = self._count
        call.heard = None
        rest = None if self.rest is None else self.rest.request
        cut = None if rest is None else self.attempt
        if cut is None and self.attempt is not None and (self._count or self.recovered):
            if call.delivery is not None:
                call.delivery.discard()
        self.recovered, self.rest = False, None
        self._count += 1
        http = rest if isinstance(rest, HTTPRequest) else self.build()
        self.attempt = Attempt(call, self.route, self.request, http, cut, joins=http is rest)
        return self.attempt

    def attempt_api(self) -> str | None:
        """The protocol whose opaque items the last answer brought."""
        attempt = self.attempt
        if attempt is None or attempt.turn.goes_on:  # its items are those of the rest alone
            return None
        return getattr(attempt.state, "api", None)

    def after_failure(self, error: ChimericError) -> Flow:
        """The attempts are used up: take a plugin's offer, or give out what was held back."""
        from .failing.failures import after_failure

        return after_failure(self, error)

    def flushed(self) -> Iterable[StreamChunk]:
        """What middleware held back. A second failure does not hide the first."""
        delivery = self.call.delivery
        return () if delivery is None or self.attempt is None else delivery.given_up()

    def explain(self, error: ChimericError) -> None:
        """Complete an error with what is known of the call, and with no key in it."""
        from .failing.failures import explain

        explain(self, error)


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
    if call.context.turn == 0 and any(message.approved for message in request.messages):
        from .tool_loop import run_approved  # few calls go on after a pause

        request = yield from run_approved(call, request)
    return request


def _answered(call: Call, request: Request) -> Generator[Effect, Any, bool]:
    """Whether a plugin has answered the turn."""
    if not call.hooks.of("chimeric_answer"):
        return False
    from .hooks.answering import answered

    return (yield from answered(call, request))


def _observers(call: Call) -> Callable[[], None]:
    """What tells the observers that the call has ended; each gets the answer. Most have none."""
    if not call.hooks.of("chimeric_stream_finished"):
        return lambda: None
    from .answers.arrived import arrived  # now: an interpreter that ends loads nothing

    def finished() -> None:
        call.hooks.observe("chimeric_stream_finished", call.context, arrived(call))

    return finished
