"""Where rows are kept: the protocol that every store has, and a limit of time around it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, TypeVarTuple, runtime_checkable

__all__ = ["Store", "within"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


@runtime_checkable
class Store(Protocol):
    """Keeps bytes under a key. It may block, and is called from any thread.

    Example:
        >>> class InMemory:
        ...     def __init__(self):
        ...         self.rows = {}
        ...     def get(self, key):
        ...         return self.rows.get(key)
        ...     def put(self, key, value):
        ...         self.rows[key] = value
        >>> isinstance(InMemory(), Store)
        True
    """

    def get(self, key: str) -> bytes | None:
        """What is kept under the key, or None."""
        ...

    def put(self, key: str, value: bytes) -> None:
        """Keep it, in the place of what was there."""
        ...


def within(seconds: float, function: Callable[[*Ts], T], *args: *Ts) -> T:
    """What a blocking function returns, if it does in time. It runs in a daemon thread.

    Raises:
        TimeoutError: when it does not.
        Exception: whatever it raises.
    """
    done: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()

    def work() -> None:
        try:
            done.put((True, function(*args)))
        except BaseException as error:  # it is raised where it is waited for
            done.put((False, error))

    threading.Thread(target=work, name="chimeric-cache", daemon=True).start()
    try:
        well, result = done.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"the store did not answer within {seconds:g} s") from None
    if not well:
        raise result
    told: T = result
    return told
