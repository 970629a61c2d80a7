"""What few calls ask for, done with blocking calls: hooks' wants, tools, waiting."""

from __future__ import annotations

import functools
import inspect
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from chimeric.errors import ChimericError, ConfigurationError
from chimeric.exchange.effects import GRACE, Effect, Fetch, Join, Perform, RunTools, Sleep
from chimeric.schema.type_guards import is_coroutine_function
from chimeric.transport import watchdog
from chimeric.transport.daemon_thread import begin
from chimeric.transport.driver import closed_stream
from chimeric.transport.sync_driver import SyncDriver
from chimeric.transport.transports import Transports
from chimeric.values.hooks.wants import RunWant, WaitWant

__all__ = ["run_errand"]

Reply: TypeAlias = tuple[Any, BaseException | None]
DONE: Final[Reply] = (None, None)


def run_errand(driver: SyncDriver, effect: Effect) -> Any:
    """Do what an effect asks for until it is done, or the driver is closed.

    Raises:
        StreamInterruptedError: when it is; a hook that is ending is not disturbed by that.
    """
    work: Callable[[], Any]
    cancel: Callable[[], None]
    match effect:
        case RunTools():
            from chimeric.transport.tool_threads import begun

            driver._tools = tools = begun(effect)
            if driver.closed:
                raise closed_stream()
            work, cancel = tools.next, functools.partial(tools.end, closed_stream())
        case Perform() | Sleep():
            effect = Perform(WaitWant(effect.seconds)) if isinstance(effect, Sleep) else effect
            performer = Performer(driver._transports, effect)
            work, cancel = performer.perform, performer.abort
        case _:
            return None  # the others are the loop's own
    driver._cancel = cancel
    if driver.closed:
        cancel()
    try:
        reply = work()
    finally:
        driver._cancel = None
    if driver.closed and not (isinstance(effect, Perform) and effect.ending):
        raise closed_stream()
    return reply


class Performer:
    """Performs one thing, which another thread may break off."""

    def __init__(self, transports: Transports, effect: Perform) -> None:
        self._transports = transports
        self._effect = effect
        self._until = effect.until
        self._replies: queue.SimpleQueue[Reply | None] = queue.SimpleQueue()
        self._cut: Callable[[], None] | None = None
        self._aborted = False

    def abort(self) -> None:
        """Break it off, from any thread; what may end by itself has a moment left for that."""
        self._aborted = True
        if self._effect.ending:
            end = time.monotonic() + GRACE
            self._until = end if self._until is None else min(self._until, end)
            watchdog.arm(self._until, self._cut_off)
        else:
            self._cut_off()
        self._replies.put(None)

    def perform(self) -> Reply | None:
        """The reply to the effect; None when its time passes first, or it was cut off."""
        match self._effect.work:
            case WaitWant(seconds=seconds):
                end = time.monotonic() + seconds
                self._reply(end)
                return DONE if self._until is None or end <= self._until else None
            case RunWant(function=function, args=args):
                if is_coroutine_function(function):
                    return None, _coroutine(function)
                begin(functools.partial(function, *args), self._replies.put)
                return _no_coroutine(function, self._reply())
            case Join(joined=joined):
                waits = joined.join(lambda: self._replies.put(DONE))
                return self._reply() if waits else DONE
            case Fetch() as fetch:
                return self._fetch(fetch)

    def _reply(self, end: float | None = None) -> Reply | None:
        """What another thread has to say; None when the time passes first."""
        while True:
            ends = [time_ for time_ in (end, self._until) if time_ is not None]
            left = min(ends) - time.monotonic() if ends else threading.TIMEOUT_MAX
            try:
                reply = self._replies.get(timeout=min(max(0.0, left), threading.TIMEOUT_MAX))
            except queue.Empty:
                return None
            if reply is not None or not self._effect.ending:
                return reply

    def _fetch(self, fetch: Fetch) -> Reply | None:
        transport = self._transports.sync(recorded=fetch.recorded)
        alarm = None if self._until is None else watchdog.arm(self._until, self._cut_off)
        try:
            response = transport.open(fetch.request, self._started)
            self._started(response.abort)
            try:
                while data := response.read():
                    fetch.take(data)
            finally:
                response.close()
        except Exception as error:
            return None if self._is_late() else (None, error)
        finally:
            if alarm is not None:
                alarm.cancel()
        if self._is_late():
            return None
        return (response.status, response.headers), None

    def _is_late(self) -> bool:
        return self._until is not None and time.monotonic() >= self._until

    def _started(self, abort: Callable[[], None]) -> None:
        self._cut = abort
        if self._is_late() or (self._aborted and not self._effect.ending):
            abort()

    def _cut_off(self) -> None:
        if self._cut is not None:
            self._cut()


def _no_coroutine(function: Any, reply: Reply | None) -> Reply | None:
    """A sync call cannot wait for what a function returns to be awaited."""
    if reply is None or not inspect.isawaitable(reply[0]):
        return reply
    if inspect.iscoroutine(reply[0]):
        reply[0].close()
    return None, _coroutine(function)


def _coroutine(function: Any) -> ChimericError:
    name = getattr(function, "__qualname__", None) or type(function).__name__
    return ConfigurationError(
        f"{name} is a coroutine function, and this is a sync call, which cannot await it: "
        "pass a plain function, or use agenerate"
    )
