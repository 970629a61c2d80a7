"""What a hook asks for, performed on an event loop (asyncio or trio)."""

from __future__ import annotations

import functools
import inspect
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio

from chimeric.exchange.effects import GRACE, Fetch, Join
from chimeric.schema.type_guards import is_coroutine_function
from chimeric.transport.daemon_thread import in_daemon_thread
from chimeric.transport.event_loop import current_waker, to_its_end, unhurried
from chimeric.transport.transports import Transports
from chimeric.values.hooks.wants import RunWant, WaitWant

__all__ = ["Finishing", "perform"]

T = TypeVar("T")


async def perform(
    work: WaitWant | RunWant | Fetch | Join, transports: Transports
) -> tuple[Any, BaseException | None]:
    """The value and the error of it, one of which is None. Cancel it to break it off."""
    try:
        match work:
            case WaitWant(seconds=seconds):
                await anyio.sleep(max(0.0, seconds))
                return None, None
            case RunWant(function=function, args=args):
                return await _run(function, args), None
            case Join(joined=joined):
                landed, wake = anyio.Event(), current_waker()
                if joined.join(lambda: wake(landed.set)):
                    await landed.wait()
                return None, None
            case Fetch():
                return await _fetch(work, transports), None
    except Exception as error:
        return None, error


class Finishing:
    """What hooks ask for at the end of an attempt is done although the call ends meanwhile.

    Attributes:
        cancelled: the cancellation that came meanwhile; it goes on when the hooks are done.
    """

    def __init__(self) -> None:
        self.cancelled: BaseException | None = None
        self._end = math.inf
        self._ahead = anyio.current_time() - time.monotonic()  # no callback can ask for it
        self._scope = anyio.CancelScope()

    def hurry(self) -> None:
        """The call has ended: there is a moment left."""
        self._end = min(self._end, time.monotonic() + GRACE)
        self._scope.deadline = min(self._scope.deadline, self._end + self._ahead)

    def waker(self) -> Callable[[], None]:
        """``hurry``, for other threads."""
        wake = current_waker()
        return lambda: wake(self.hurry)

    async def perform(
        self, work: Callable[[], Awaitable[T]], until: float | None, *, left: bool
    ) -> T | None:
        """Await something until it is done, or late (None); ``left`` if the call has ended."""
        scope = anyio.CancelScope(deadline=min(self._end, until or math.inf) + self._ahead)
        self._scope = scope
        reply: T | None = None

        async def bounded() -> None:
            nonlocal reply
            with scope:
                reply = await work()

        if left:
            self.hurry()
        try:
            await unhurried(bounded, self.hurry)
        except BaseException as cancelled:
            self.cancelled = cancelled
        return reply


async def _run(function: Any, args: tuple[Any, ...]) -> Any:
    if is_coroutine_function(function):
        return await function(*args)
    value = await in_daemon_thread(functools.partial(function, *args))
    return await value if inspect.isawaitable(value) else value


async def _fetch(fetch: Fetch, transports: Transports) -> Any:
    transport = transports.asynchronous(recorded=fetch.recorded)
    response = await transport.open(fetch.request, _unheard)
    try:
        while data := await response.read():
            fetch.take(data)
    finally:
        await to_its_end(response.aclose)
    return response.status, response.headers


def _unheard(abort: Any) -> None:
    """A cancellation ends it, wherever it stands."""
