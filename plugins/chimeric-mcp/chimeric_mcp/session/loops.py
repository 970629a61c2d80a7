"""The event loop that runs, asyncio's or trio's: its token, tasks of their own, waking it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias, cast

import anyio.lowlevel

__all__ = ["Token", "current", "spawn", "wake"]

Token: TypeAlias = object
"""What stands for a loop: an asyncio loop, or trio's token. Hashable."""

_tasks: set[asyncio.Task[None]] = set()
"""A loop keeps only weak references to its tasks."""


def current() -> Token:
    """The token of the loop that runs this code."""
    token: Token = anyio.lowlevel.current_token().native_token
    return token


def spawn(work: Callable[[], Awaitable[None]]) -> None:
    """Start a coroutine function on the running loop; nobody awaits it, and it must not raise."""
    loop = current()
    if isinstance(loop, asyncio.AbstractEventLoop):
        task = loop.create_task(cast("Coroutine[Any, Any, None]", work()))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)
    else:
        trio: Any = sys.modules["trio"]
        trio.lowlevel.spawn_system_task(work)


def wake(loop: Token, function: Callable[[], object]) -> bool:
    """Call a function in a loop, from any thread; False when that loop has ended."""
    soon: Any = getattr(loop, "call_soon_threadsafe", None) or getattr(loop, "run_sync_soon", None)
    try:
        soon(function)
    except RuntimeError:  # trio's RunFinishedError is one
        return False
    return True
