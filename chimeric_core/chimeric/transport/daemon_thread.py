"""Functions that may never return, in daemon threads: they keep neither caller nor process.

The worker threads of event loops are no daemons: one function that hangs keeps the interpreter
from ending, long after everybody has given it up.
"""

from __future__ import annotations

import contextvars
import queue
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

from .event_loop import is_trio

__all__ = ["Outcome", "begin", "in_daemon_thread", "wait_for_daemon_thread"]

T = TypeVar("T")

Outcome: TypeAlias = "tuple[Any, BaseException | None]"
"""What a function returned, or what it raised."""


def begin(
    function: Callable[[], Any],
    report: Callable[[Outcome], None],
    name: str = "chimeric-thread",
) -> None:
    """Call a function in a daemon thread of its own, with the caller's context variables.

    ``report`` is called in that thread with what came of it.

    Example:
        >>> done: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        >>> begin(lambda: 7, done.put)
        >>> done.get()
        (7, None)
    """
    context = contextvars.copy_context()
    sniffio: Any = sys.modules.get("sniffio")
    if sniffio is not None:  # no loop runs there: the function may start one
        context.run(sniffio.current_async_library_cvar.set, None)

    def work() -> None:
        try:
            outcome: Outcome = (function(), None)
        except BaseException as error:
            outcome = (None, error)
        report(outcome)

    threading.Thread(target=context.run, args=(work,), name=name, daemon=True).start()


def wait_for_daemon_thread(
    function: Callable[[], T],
    until: float | None = None,
    done: queue.SimpleQueue[Outcome] | None = None,
) -> T:
    """Call a function in a daemon thread and wait for it, blocking.

    Args:
        function: what to call.
        until: a monotonic time at which to give it up, or None.
        done: where its outcome goes; another outcome that is put there first ends the waiting.

    Raises:
        TimeoutError: when ``until`` passes. What the function does later is dropped, as it is
            when an outcome from elsewhere came first.
        BaseException: as the function raised it.
    """
    done = queue.SimpleQueue() if done is None else done
    begin(function, done.put)
    try:
        timeout = None if until is None else max(0.0, until - time.monotonic())
        value, error = done.get(timeout=timeout)
    except queue.Empty:
        raise TimeoutError("the function was still running when the time was over") from None
    if error is not None:
        raise error
    return cast("T", value)


async def in_daemon_thread(function: Callable[[], T]) -> T:
    """Call a function in a daemon thread and await it, on asyncio, uvloop or trio.

    On cancellation it is given up: it goes on, and what it returns is dropped.

    Raises:
        BaseException: as the function raised it.
    """
    value, error = await (_on_trio(function) if is_trio() else _on_asyncio(function))
    if error is not None:
        raise error
    return cast("T", value)


async def _on_asyncio(function: Callable[[], Any]) -> Outcome:
    asyncio: Any = sys.modules["asyncio"]
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def arrived(outcome: Outcome) -> None:
        if not future.done():
            future.set_result(outcome)

    def report(outcome: Outcome) -> None:
        try:
            loop.call_soon_threadsafe(arrived, outcome)
        except RuntimeError:
            return  # the loop is closed, and nobody waits any more

    begin(function, report)
    return cast("Outcome", await future)


async def _on_trio(function: Callable[[], Any]) -> Outcome:
    trio: Any = sys.modules["trio"]
    token = trio.lowlevel.current_trio_token()
    ended = trio.Event()
    outcomes: list[Outcome] = []

    def report(outcome: Outcome) -> None:
        outcomes.append(outcome)
        try:
            token.run_sync_soon(ended.set)
        except trio.RunFinishedError:
            return  # nobody waits any more

    begin(function, report)
    await ended.wait()
    return outcomes[0]
