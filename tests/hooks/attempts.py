"""Middleware around attempts that notes what happens, and a caller who leaves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import anyio

from chimeric import SEND, Chimeric, Context, Outcome, Request, hookimpl, run, wait

from .modes import run_on


class Around:
    """Notes what happens; asks before and after."""

    def __init__(
        self, name: str = "a", seconds: float = 0.01, log: list[str] | None = None
    ) -> None:
        self._name, self._seconds = name, seconds
        self.log: list[str] = [] if log is None else log
        self.outcomes: list[Outcome] = []
        self.early: list[bool] = []
        self.done = threading.Event()

    @hookimpl
    def chimeric_attempt(self, request: Request, context: Context) -> Iterator[Any]:
        self.log.append(f"{self._name} before {context.attempt}")
        yield from wait(0.01)
        outcome = yield SEND
        self.outcomes.append(outcome)
        self.early.append(context.closed_early)
        self.log.append(f"{self._name} after")
        yield from wait(self._seconds)
        yield from run(self.log.append, f"{self._name} done")
        self.done.set()


def left_by_break(client: Chimeric, mode: str, then: Callable[[], Any]) -> Any:
    """Break out of a ``for`` or ``async for`` after two chunks; what ``then`` makes of it."""
    ask: dict[str, Any] = {"model": "acme-silent", "messages": "Hi", "stream": True}
    if mode == "sync":
        with client:
            for _ in client.generate(**ask):
                break
            return then()

    async def main() -> Any:
        async with client:
            async for _ in await client.agenerate(**ask):
                break
            until = time.monotonic() + 3
            while not (done := then()) and time.monotonic() < until:
                await anyio.sleep(0.02)
            return done

    return run_on(mode, main)
