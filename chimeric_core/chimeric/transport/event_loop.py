"""Which event loop runs, and how to start a task on it from a finalizer."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias, TypeVar, cast

__all__ = [
    "LATE",
    "Spawner",
    "Waker",
    "current_loop",
    "current_spawner",
    "current_waker",
    "is_trio",
    "loop_is_closed",
    "start_task",
    "to_its_end",
    "unhurried",
    "within",
]

LATE = 0.002
"""Seconds by which a timer is set late: uvloop's count in milliseconds, and may ring too early."""

Spawner: TypeAlias = Callable[[Callable[[], Awaitable[None]]], None]
Waker: TypeAlias = Callable[[Callable[[], object]], None]
T = TypeVar("T")


def current_loop() -> object | None:
    """A hashable token of the running event loop, asyncio's or trio's, or None."""
    asyncio = sys.modules.get("asyncio")
    loop: object | None = asyncio._get_running_loop() if asyncio is not None else None
    if loop is None and "trio" in sys.modules:
        trio: Any = sys.modules["trio"]
        try:
            return cast("object", trio.lowlevel.current_trio_token())
        except RuntimeError:
            return None
    return loop


def is_trio() -> bool:
    """Whether trio runs this code."""
    return "trio" in sys.modules and type(current_loop()).__name__ == "TrioToken"


def loop_is_closed(loop: Any) -> bool:
    """Whether a loop of ``current_loop`` is closed, or a run of trio has ended."""
    if hasattr(loop, "run_sync_soon"):
        trio: Any = sys.modules["trio"]
        try:
            loop.run_sync_soon(bool, idempotent=True)  # the only way to ask
        except trio.RunFinishedError:
            return True
        return False
    return bool(getattr(loop, "is_closed", bool)())


async def within(
    seconds: float, work: Callable[[], Awaitable[T]], break_off: Callable[[], None]
) -> T | None:
    """Await a coroutine function for so many seconds, by the timers of the loop.

    On asyncio ``break_off`` is called when they have passed, and has to end the work; trio cancels
    it, which gives None.
    """
    loop: Any = current_loop()
    if hasattr(loop, "call_later"):
        timer = loop.call_later(max(0.0, seconds) + LATE, break_off)
        try:
            return await work()
        finally:
            timer.cancel()
    trio: Any = sys.modules["trio"]
    with trio.move_on_after(max(0.0, seconds) + LATE):
        return await work()
    return None


async def to_its_end(work: Callable[[], Awaitable[None]]) -> None:
    """Run a coroutine function to its end, even if the caller is cancelled meanwhile."""
    if is_trio():
        trio: Any = sys.modules["trio"]
        with trio.CancelScope(shield=True):
            await work()
    else:
        asyncio: Any = sys.modules["asyncio"]
        await asyncio.shield(asyncio.ensure_future(work()))


async def unhurried(work: Callable[[], Awaitable[None]], hurry: Callable[[], None]) -> None:
    """Run a coroutine function to its end, though cancel scopes or one ``task.cancel()`` end us.

    ``hurry`` is called then; the cancellation goes on when the work has ended.
    """
    import anyio

    ended = anyio.Event()

    async def whole() -> None:
        try:
            await work()
        finally:
            ended.set()

    spawner = current_spawner()
    assert spawner is not None  # a loop runs this
    spawner(whole)
    try:
        await ended.wait()
    except BaseException:
        hurry()
        with anyio.CancelScope(shield=True):
            await ended.wait()
        raise


def current_waker() -> Waker:
    """A function that calls a function on the running loop, asyncio's or trio's, from any thread.

    When the loop has ended, it does nothing.
    """
    return functools.partial(_wake, current_loop())


def _wake(loop: Any, function: Callable[[], object]) -> None:
    soon = getattr(loop, "call_soon_threadsafe", None) or loop.run_sync_soon
    with contextlib.suppress(RuntimeError):  # trio's RunFinishedError is one
        soon(function)


def current_spawner() -> Spawner | None:
    """A function that starts a coroutine function on the running loop, asyncio's or trio's.

    It may be called from any thread and from a finalizer, and waits for nothing; when the loop has
    ended, it does nothing.

    Returns:
        None where no event loop runs.

    Example:
        .. code-block:: python

            spawn = current_spawner()
            weakref.finalize(self, spawn, connection.aclose)
    """
    loop = current_loop()
    return None if loop is None else functools.partial(_spawn, loop, os.getpid())


def _spawn(loop: Any, pid: int, work: Callable[[], Awaitable[None]]) -> None:
    if pid == os.getpid() and getattr(loop, "is_running", lambda: True)():  # trio's cannot tell
        on_asyncio = hasattr(loop, "create_task")
        start = functools.partial(_start_on_asyncio, loop) if on_asyncio else _start_on_trio
        _wake(loop, functools.partial(start, work))


def start_task(work: Callable[[], Awaitable[None]]) -> None:
    """Start a coroutine function on the running loop, with the caller's context variables.

    Nobody awaits it: it must not raise.
    """
    if is_trio():
        trio: Any = sys.modules["trio"]
        trio.lowlevel.spawn_system_task(work, context=contextvars.copy_context())
    else:
        _start_on_asyncio(current_loop(), work)


_tasks: set[Any] = set()
"""What was spawned on asyncio and has not ended."""


def _start_on_asyncio(loop: Any, work: Callable[[], Awaitable[None]]) -> None:
    task = loop.create_task(cast("Coroutine[Any, Any, None]", work()))
    _tasks.add(task)  # the loop keeps only a weak reference
    task.add_done_callback(_tasks.discard)


def _start_on_trio(work: Callable[[], Awaitable[None]]) -> None:
    trio: Any = sys.modules["trio"]
    with contextlib.suppress(RuntimeError):  # the run is ending, and trio ends what there is
        trio.lowlevel.spawn_system_task(work)
