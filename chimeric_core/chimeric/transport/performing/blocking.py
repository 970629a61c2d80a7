"""What a hook asks for, performed with blocking calls."""

from __future__ import annotations

import functools
import inspect
import queue
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from chimeric.errors import ChimericError, ConfigurationError
from chimeric.exchange.effects import Fetch, Join, Perform
from chimeric.schema.type_guards import is_coroutine_function
from chimeric.transport import watchdog
from chimeric.transport.daemon_thread import begin
from chimeric.values.wants import RunWant, WaitWant

if TYPE_CHECKING:
    from chimeric.transport.transports import Transports

__all__ = ["Performer"]

Reply: TypeAlias = tuple[Any, BaseException | None]
DONE: Final[Reply] = (None, None)


class Performer:
    """Performs one thing, which another thread may break off."""

    def __init__(self, transports: Transports) -> None:
        self._transports = transports
        self._replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self._cut: Callable[[], None] | None = None
        self._aborted = False

    def abort(self) -> None:
        """Break it off, from any thread."""
        self._aborted = True
        self._replies.put(DONE)
        self._cut_off()

    def perform(self, effect: Perform) -> Reply | None:
        """The reply to an effect; None when its time passes first."""
        until = effect.until
        match effect.work:
            case WaitWant(seconds=seconds):
                if seconds > 0:
                    self._reply(time.monotonic() + seconds)
                return DONE
            case RunWant(function=function, args=args):
                if is_coroutine_function(function):
                    return None, _coroutine(function)
                begin(functools.partial(function, *args), self._replies.put)
                return _no_coroutine(function, self._reply(until))
            case Join(joined=joined):
                waits = joined.join(lambda: self._replies.put(DONE))
                return self._reply(until) if waits else DONE
            case Fetch():
                return self._fetch(effect.work, until)

    def _reply(self, until: float | None) -> Reply | None:
        """What another thread has to say; None when the time passes first."""
        left = threading.TIMEOUT_MAX if until is None else until - time.monotonic()
        try:
            return self._replies.get(timeout=min(max(0.0, left), threading.TIMEOUT_MAX))
        except queue.Empty:
            return None

    def _fetch(self, fetch: Fetch, until: float | None) -> Reply | None:
        transport = self._transports.sync(recorded=fetch.recorded)
        alarm = None if until is None else watchdog.arm(until, self._cut_off)
        try:
            response = transport.open(fetch.request, self._started)
            self._started(response.abort)
            try:
                while data := response.read():
                    fetch.take(data)
            finally:
                response.close()
        except Exception as error:
            return None if until is not None and time.monotonic() >= until else (None, error)
        finally:
            if alarm is not None:
                alarm.cancel()
        if until is not None and time.monotonic() >= until:
            return None
        return (response.status, response.headers), None

    def _started(self, abort: Callable[[], None]) -> None:
        self._cut = abort
        if self._aborted:
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
