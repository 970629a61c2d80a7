"""What a hook asks for, performed on an event loop (asyncio or trio)."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import anyio

from chimeric.exchange.effects import Fetch, Join
from chimeric.schema.type_guards import is_coroutine_function
from chimeric.transport.daemon_thread import in_daemon_thread
from chimeric.transport.event_loop import current_waker, to_its_end
from chimeric.values.hooks.wants import RunWant, WaitWant

if TYPE_CHECKING:
    from chimeric.transport.transports import Transports

__all__ = ["perform"]


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
