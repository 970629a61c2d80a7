"""The end of a gateway: it is learnt of, running answers have their time, then they are ended.

ASGI tells an application that the server goes down when the last answer is over, which for open
streams may be never. ``chimeric serve`` calls ``stop`` when a signal comes. Under another uvicorn
its ``Server`` handles the signals itself, and ``should_exit`` says that one came; the handler that
Python has for the signal leads to it. No handler is replaced.
"""

from __future__ import annotations

import asyncio
import signal
from typing import Any, Protocol

__all__ = ["Closing", "Ending", "hang_up"]

PERIOD = 0.1
"""Seconds between two looks at the server, while there is something to end."""

LAST_WORDS = 1.0
"""Seconds that a client has to take the last event."""


class Ending(Protocol):
    """What is to be ended."""

    def end(self) -> None:
        """The time is over. Returns at once."""
        ...


class Closing:
    """The running requests of one event loop, and when they have to end.

    Args:
        grace: seconds that they have when the gateway is told to stop.
    """

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._running: set[Ending] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looking: asyncio.TimerHandle | None = None
        self._until: float | None = None

    @property
    def over(self) -> bool:
        """Whether the time is over."""
        loop, until = self._loop, self._until
        return loop is not None and until is not None and loop.time() >= until

    def add(self, request: Ending) -> None:
        """A request begins."""
        self._running.add(request)
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        if self._looking is None and self._until is None:
            self._look()

    def discard(self, request: Ending) -> None:
        """A request is over."""
        self._running.discard(request)

    def stop(self) -> None:
        """The gateway goes down: whatever runs has its grace. From any thread or signal handler."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        if self._until is None and self._loop is not None:
            self._until = self._loop.time() + self._grace
            self._loop.call_at(self._until, self._end)

    def _end(self) -> None:
        for request in tuple(self._running):
            request.end()

    def _look(self) -> None:
        assert self._loop is not None
        self._looking = None
        server = _server()
        if server is None:
            return
        if server.should_exit:
            self._begin()
        elif self._running:
            self._looking = self._loop.call_later(PERIOD, self._look)


def _server() -> Any:
    """The server that handles this process's signals, if it is one that tells."""
    for number in (signal.SIGINT, signal.SIGTERM):
        server = getattr(signal.getsignal(number), "__self__", None)
        if isinstance(getattr(server, "should_exit", None), bool):
            return server
    return None


async def hang_up(scope: Any, seconds: float = LAST_WORDS) -> None:
    """Let a connection go whose client does not take what was sent: uvicorn waits for it for ever.

    Args:
        scope: of the request.
        seconds: how long the client has to take it.
    """
    transport = _transport(scope)
    if transport is None:
        return
    until = asyncio.get_running_loop().time() + seconds
    while transport.get_write_buffer_size():
        if asyncio.get_running_loop().time() >= until:
            transport.abort()
        await asyncio.sleep(0.02)


def _transport(scope: Any) -> Any:
    """The transport of a request's connection, where the server is uvicorn."""
    state = getattr(_server(), "server_state", None)
    for connection in tuple(getattr(state, "connections", ())):
        if getattr(getattr(connection, "cycle", None), "scope", None) is scope:
            transport = getattr(connection, "transport", None)
            return transport if hasattr(transport, "get_write_buffer_size") else None
    return None
