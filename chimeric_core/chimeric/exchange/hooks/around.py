"""``chimeric_attempt``: plugins stand around each attempt, the first one outermost."""

from __future__ import annotations

import gc
import os
import threading
import time
from typing import Any

from chimeric.errors import ChimericError, warn_of_plugin
from chimeric.exchange.attempt import Attempt
from chimeric.exchange.call import Call
from chimeric.exchange.effects import GRACE, Flow
from chimeric.schema.type_guards import is_generator
from chimeric.values.hooks.outcome import Outcome
from chimeric.values.hooks.wants import SEND
from chimeric.values.requests import Request

from .asking import ENDED, Asker

__all__ = ["Around"]

WANTED = "ask with `yield from wait(...)`, fetch or run, and `yield SEND` once"


class Around:
    """The hooks around one attempt, from before it is sent to after its end."""

    def __init__(self, call: Call, request: Request) -> None:
        self._call = call
        self._request = request
        self._sent: list[Asker] = []
        self._began = 0.0
        self._pid = os.getpid()

    def begin(self) -> Flow:
        """Let each hook run up to its ``yield SEND``.

        Raises:
            PluginError: for one that yields something else.
            ChimericError: as a hook raises it; those before it are to be ended.
        """
        call = self._call
        for link in call.hooks.of("chimeric_attempt"):
            out = link.guarded(self._request, call.context)
            if out is None:
                continue
            if not is_generator(out):
                raise link.wrong_return(out, f"return None, or write a generator: {WANTED}")
            hook = Asker(call, link, out)
            item = yield from hook.advance()
            if item is SEND:
                self._sent.append(hook)
                _collector.watch(1)
            elif item is not ENDED:
                raise hook.wrong_yield(item, WANTED)
        self._began = time.monotonic()

    def end(self, attempt: Attempt | None, error: Exception | None) -> Flow:
        """Tell the outcome, the last hook first.

        Raises:
            ChimericError: what a hook raises, when the attempt itself went well; else it is told.
        """
        deadline = self._call.deadline
        yield from self._finish(attempt, error, None if deadline is None else deadline + GRACE)

    def leave(self, attempt: Attempt | None, *, performed: bool) -> Flow:
        """The caller has left: what is asked for is performed for a second, or not at all."""
        if self._pid != os.getpid():
            self._forget()  # what was begun is the parent's to end
            return
        performed = performed and not _collector.is_here()
        until = time.monotonic() + GRACE if performed else 0.0
        yield from self._finish(attempt, None, until, left=True)

    def _finish(
        self,
        attempt: Attempt | None,
        error: Exception | None,
        until: float | None,
        *,
        left: bool = False,
    ) -> Flow:
        outcome = self._outcome(attempt, error)
        fault: ChimericError | None = None
        while self._sent:
            hook = self._sent.pop()
            _collector.watch(-1)
            hook.until, hook.ending = until, True
            hook.late = _LateError
            try:
                item = yield from hook.advance(outcome)
                if item is not ENDED:
                    raise hook.wrong_yield(item, WANTED)
            except _LateError:
                if until:  # nobody waited for a stream that was dropped
                    warn_of_plugin(
                        f"plugin {hook.link.plugin!r} was given up in {hook.link.hook}: it still "
                        f"asked for something {GRACE:g} s after the end of the call"
                    )
            except ChimericError as raised:
                if error is None and fault is None and not left:
                    fault = raised
                    outcome = self._outcome(attempt, fault)
                else:
                    warn_of_plugin(raised.message)
        if fault is not None:
            raise fault

    def _forget(self) -> None:
        while self._sent:
            self._sent.pop().close()
            _collector.watch(-1)

    def _outcome(self, attempt: Attempt | None, error: Exception | None) -> Outcome:
        seconds = time.monotonic() - self._began if self._began else 0.0
        if attempt is None:
            return Outcome(error=error, seconds=seconds)
        return Outcome(
            status=attempt.status or None,
            headers=attempt.masker().value(attempt.headers),
            usage=attempt.turn.usage,
            error=error,
            seconds=seconds,
        )


class _LateError(ChimericError):
    """The second is over."""

    def __init__(self) -> None:
        super().__init__("")


class _Collector:
    """Knows whether the garbage collector runs, while there are hooks that it may find."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hooks = 0
        self._thread: int | None = None

    def watch(self, hooks: int) -> None:
        """There are so many hooks more."""
        with self._lock:
            before, self._hooks = self._hooks, self._hooks + hooks
            if not before and hooks:
                self._thread = None
                gc.callbacks.append(self._told)
            elif before and not self._hooks:
                gc.callbacks.remove(self._told)

    def is_here(self) -> bool:
        """Whether this code runs because the garbage collector found something."""
        return self._thread == threading.get_ident()

    def _told(self, phase: str, info: dict[str, Any]) -> None:
        self._thread = threading.get_ident() if phase == "start" else None


_collector = _Collector()
