"""The loop of blocking callers: one daemon thread for all servers, while any is in use."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

__all__ = ["Background", "background"]

T = TypeVar("T")

STOPPING = 5.0
"""Seconds that the thread has to end, once nobody uses it."""


class Background:
    """A thread that runs an asyncio loop from the first ``use`` to the last ``release``."""

    def __init__(self) -> None:
        # Finalizers release too, and may run in a thread that holds the lock.
        self._lock = threading.RLock()
        self._users = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()

    def use(self) -> None:
        """Have it run until ``release``."""
        with self._lock:
            if self._pid != os.getpid():  # a fork has no thread of its parent's
                self._users, self._loop, self._pid = 0, None, os.getpid()
            self._users += 1
            if self._loop is None:
                started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
                self._thread = threading.Thread(
                    target=asyncio.run, args=(_serve(started),), name="chimeric-mcp", daemon=True
                )
                self._thread.start()
                self._loop, self._stopping = started.result()

    def release(self) -> None:
        """Give it up; the last user ends it."""
        with self._lock:
            if self._pid != os.getpid() or self._users == 0:
                return
            self._users -= 1
            if self._users:
                return
            loop, self._loop = self._loop, None
            thread, stopping = self._thread, self._stopping
        if loop is not None and thread is not None and stopping is not None:
            with contextlib.suppress(RuntimeError):  # it has ended
                loop.call_soon_threadsafe(stopping.set)
            if thread is not threading.current_thread():
                thread.join(STOPPING)

    def runs_here(self) -> bool:
        """Whether this code runs in the thread."""
        return threading.current_thread() is self._thread

    def submit(self, work: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
        """Run a coroutine function in the loop; cancelling the future cancels it."""
        with self._lock:
            if self._loop is None:
                raise RuntimeError("the loop of blocking callers does not run")
            return asyncio.run_coroutine_threadsafe(work(), self._loop)


async def _serve(started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]) -> None:
    stopping = asyncio.Event()
    started.set_result((asyncio.get_running_loop(), stopping))
    await stopping.wait()


background = Background()
"""The one of this process."""
