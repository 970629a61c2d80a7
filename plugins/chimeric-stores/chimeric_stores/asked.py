"""A question to a store, which may be given up before it is answered."""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Generic, TypeVar

__all__ = ["Asked"]

T = TypeVar("T")


class Asked(Generic[T]):
    """A call of a function that blocks, in a daemon thread, since nothing can break it off.

    Args:
        function: what to call, with the context variables of the caller.
        late: called in a thread with what the function returns after it was given up: what it has
            taken can be given back.

    Example:
        >>> Asked(lambda: 5).answer(2.0)
        5
    """

    def __init__(
        self, function: Callable[[], T], late: Callable[[T], object] | None = None
    ) -> None:
        self._function = function
        self._late = late
        self._results: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._result: tuple[bool, Any] | None = None
        self._given_up = False
        _in_thread(self._work)

    def answer(self, seconds: float) -> T:
        """What the function returns.

        Raises:
            TimeoutError: when it does not in so many seconds. It goes on in its thread.
            Exception: whatever it raises.
        """
        try:
            well, value = self._results.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError(f"the store did not answer within {seconds:g} s") from None
        if not well:
            raise value
        told: T = value
        return told

    def give_up(self) -> None:
        """Nobody wants the answer any more."""
        with self._lock:
            self._given_up = True
            result = self._result
        if result is not None:
            # Not here: what is late may block, and this may be an event loop.
            _in_thread(partial(self._come_late, result))

    def _work(self) -> None:
        try:
            result: tuple[bool, Any] = (True, self._function())
        except BaseException as error:  # it is raised where it is waited for
            result = (False, error)
        with self._lock:
            self._result = result
            given_up = self._given_up
        if given_up:
            self._come_late(result)
        else:
            self._results.put(result)

    def _come_late(self, result: tuple[bool, Any]) -> None:
        well, value = result
        if well and self._late is not None:
            self._late(value)


def _in_thread(work: Callable[[], None]) -> None:
    run = contextvars.copy_context().run
    threading.Thread(target=run, args=(work,), name="chimeric-store", daemon=True).start()
