"""Whether the server that runs this process is going down.

ASGI does not tell an application: ``lifespan.shutdown`` comes after the last response, and uvicorn
waits for responses as long as they take, so one open stream would keep it for minutes. uvicorn's
``Server`` handles the signals itself, and its ``should_exit`` says that one came; the handler that
Python has for the signal leads to it. Nothing is patched and no handler is replaced.
"""

from __future__ import annotations

import asyncio
import signal
import weakref
from typing import Any

import anyio

__all__ = ["closing_down", "hang_up"]

PERIOD = 0.1
"""Seconds between two looks."""

_watches: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Watch] = weakref.WeakKeyDictionary()


def _server() -> Any:
    """The server that handles this process's signals, if it is one that tells."""
    for number in (signal.SIGINT, signal.SIGTERM):
        server = getattr(signal.getsignal(number), "__self__", None)
        if isinstance(getattr(server, "should_exit", None), bool):
            return server
    return None


async def closing_down() -> None:
    """Wait until the server of this process goes down; for ever where it does not tell.

    Example:
        .. code-block:: python

            tasks.start_soon(closing_down)
    """
    server = _server()
    if server is None:
        await anyio.sleep_forever()
        return
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # trio
        while not server.should_exit:
            await anyio.sleep(PERIOD)
    else:
        watch = _watches.get(loop)
        if watch is None or watch.server is not server:
            watch = _watches[loop] = _Watch(server)
        await watch.wait(loop)


async def hang_up(scope: Any, seconds: float) -> None:
    """Let a connection go whose client does not take what was sent: uvicorn waits for it for ever.

    Args:
        scope: of the request.
        seconds: how long the client has to take it.
    """
    transport = _transport(scope)
    if transport is None:
        return
    with anyio.move_on_after(seconds):
        while transport.get_write_buffer_size():
            await anyio.sleep(0.02)
    if transport.get_write_buffer_size():
        transport.abort()
        await anyio.sleep(0.02)  # until the server knows


def _transport(scope: Any) -> Any:
    """The transport of a request's connection, where the server is uvicorn."""
    state = getattr(_server(), "server_state", None)
    for connection in tuple(getattr(state, "connections", ())):
        if getattr(getattr(connection, "cycle", None), "scope", None) is scope:
            transport = getattr(connection, "transport", None)
            return transport if hasattr(transport, "get_write_buffer_size") else None
    return None


class _Watch:
    """One timer for all streams of a loop: thousands of them that each look would be a load."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self._waiting: set[anyio.Event] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self, loop: asyncio.AbstractEventLoop) -> None:
        event = anyio.Event()
        self._waiting.add(event)
        if self._timer is None:
            self._look(loop)
        try:
            await event.wait()
        finally:
            self._waiting.discard(event)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        if self.server.should_exit:
            for event in self._waiting:
                event.set()
        elif self._waiting:
            self._timer = loop.call_later(PERIOD, self._look, loop)
