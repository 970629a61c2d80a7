"""Functions that may never return, in daemon threads: they keep neither caller nor process.

The worker threads of event loops are no daemons: one function that hangs keeps the interpreter
from ending, long after everybody has given it up.
"""

from __future__ import annotations

import contextvars
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

from .event_loop import current_waker

__all__ = ["Outcome", "begin", "in_daemon_thread", "wait_for_daemon_thread"]

T = TypeVar("T")

Outcome: TypeAlias = "tuple[Any, BaseException | None]"
"""What a function returned, or what it raised."""


def begin(
    function: Callable[[], Any], report: Callable[[Outcome], None], name: str = "chimeric-thread"
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


def wait_for_daemon_thread(function: Callable[[], T]) -> T:
    """Call a function in a daemon thread and wait for it, blocking.

    Raises:
        BaseException: as the function raised it.
    """
    done: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
    begin(function, done.put)
    return cast("T", _came_of(done.get()))


async def in_daemon_thread(function: Callable[[], T]) -> T:
    """Call a function in a daemon thread and await it, on asyncio, uvloop or trio.

    On cancellation it is given up: it goes on, and what it returns is dropped.

    Raises:
        BaseException: as the function raised it.
    """
    import anyio

    ended, wake = anyio.Event(), current_waker()
    outcomes: list[Outcome] = []

    def report(outcome: Outcome) -> None:
        outcomes.append(outcome)
        wake(ended.set)

    begin(function, report)
    await ended.wait()
    return cast("T", _came_of(outcomes[0]))


def _came_of(outcome: Outcome) -> Any:
    value, error = outcome
    if error is not None:
        raise error
    return value
