"""The connections of one server: one for each event loop that uses it, one for blocking callers."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

from . import loops
from .background import background
from .connection import CLOSING, Connection
from .faults import MCPServerError
from .setup import Setup

__all__ = ["Lease", "Pool"]

T = TypeVar("T")


class Pool:
    """Makes connections when they are needed and ends them when nobody needs them any more.

    A client that uses the server holds a lease until it closes. ``close`` ends all at once; so
    does the end of the process, and of the last object that knows the pool.
    """

    def __init__(self, label: str, setup: Setup) -> None:
        self.label = label
        self.setup = setup
        self._state = _State()
        weakref.finalize(self, self._state.close)

    async def connection(self) -> Connection:
        """The connection in the running loop, which may still be on its way."""
        return self._state.connection(lambda: Connection(self.label, self.setup))

    def kept(self) -> Connection | None:
        """The connection of blocking callers, if there is one that can be used."""
        return self._state.blocking()

    def submit(self, work: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
        """Run a coroutine function for a blocking caller; cancelling what it returns cancels it."""
        self.use_background()
        return background.submit(work)

    def use_background(self) -> None:
        """Have the thread of blocking callers run until this is closed."""
        self._state.use_background()

    def wait(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What a coroutine function returns, for a blocking caller.

        Raises:
            MCPServerError: when the server was closed meanwhile.
            Exception: as it raises.
        """
        future = self.submit(work)
        try:
            return future.result()
        except CancelledError:
            raise MCPServerError(f"the MCP server {self.label!r} was closed meanwhile") from None
        finally:
            future.cancel()

    def lease(self) -> Lease:
        """Something that keeps the connections until it is closed."""
        return Lease(self)

    def close(self) -> Callable[[], Coroutine[Any, Any, None]] | None:
        """End all connections; what it returns waits for those of the running loop."""
        return self._state.close()

    def hold(self, more: int) -> int:
        """Count one lease more or less; returns how many there are."""
        return self._state.hold(more)


class Lease:
    """What a client keeps of a server. The last one that is closed ends the connections."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        pool.hold(1)

    def close(self) -> Callable[[], Coroutine[Any, Any, None]] | None:
        """Called by the client, once."""
        return self._pool.close() if self._pool.hold(-1) == 0 else None


class _State:
    """What a pool knows. It refers to no pool, so that one can go."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a finalizer may run where it is held
        self._connections: dict[loops.Token, Connection] = {}
        self._background: loops.Token | None = None
        self._uses_background = False
        self._leases = 0
        self._pid = os.getpid()

    def hold(self, more: int) -> int:
        with self._lock:
            self._leases += more
            return self._leases

    def connection(self, make: Callable[[], Connection]) -> Connection:
        loop = loops.current()
        with self._lock:
            self._after_a_fork()
            found = self._connections.get(loop)
            if found is None or not found.usable:
                found = self._connections[loop] = make()
                if background.runs_here():
                    self._background = loop
            return found

    def blocking(self) -> Connection | None:
        with self._lock:
            self._after_a_fork()
            found = None if self._background is None else self._connections.get(self._background)
            return found if found is not None and found.usable else None

    def use_background(self) -> None:
        with self._lock:
            self._after_a_fork()
            if not self._uses_background:
                background.use()
                self._uses_background = True

    def close(self) -> Callable[[], Coroutine[Any, Any, None]] | None:
        """End all; connections of the blocking callers' loop have ended when it returns."""
        with self._lock:
            self._after_a_fork()
            blocking, self._background = self._background, None
            used, self._uses_background = self._uses_background, False
            stopped = [c for c in self._connections.values() if c.stop()]
            self._connections = {}
        if used:
            self._end_background([c for c in stopped if c.loop is blocking])
        others = [c for c in stopped if c.loop is not blocking]

        async def ended() -> None:
            here = loops.current()
            for connection in others:
                if connection.loop is here:
                    await connection.ended()

        return ended if others else None

    def _end_background(self, stopped: list[Connection]) -> None:
        if not background.runs_here():
            for connection in stopped:
                background.submit(connection.ended).result(CLOSING + 1.0)
        background.release()

    def _after_a_fork(self) -> None:
        """A fork leaves its parent's connections alone, and makes its own."""
        if self._pid != os.getpid():
            self._connections, self._background, self._uses_background = {}, None, False
            self._leases, self._pid = 0, os.getpid()
