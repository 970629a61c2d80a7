"""Events that come at once are written at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

__all__ = ["Burst"]

MOST = 65_536
"""Bytes that wait for the next turn of the loop at most."""


class Burst:
    """Writes the first data of each turn of the event loop, and what follows in it as one.

    An upstream's packet may hold many events, of which each would else cost a write of its own:
    more than all that is done to it besides. Data that comes alone waits for nothing.

    Args:
        write: writes, and waits while the client takes nothing.
        first: what stands before all else. Nothing is written until ``begin``.
    """

    def __init__(self, write: Callable[[bytes], Awaitable[None]], first: bytes) -> None:
        self._write = write
        self._loop = asyncio.get_running_loop()
        self._held = [first]
        self._size = 0
        self._begun = False
        self._turning = True
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Write what is held, and go on."""
        self._begun, self._turning = True, False
        await self._flush()

    async def write(self, data: bytes) -> None:
        """Write now, or in the next turn. It waits where too much is held."""
        if not self._turning:
            self._turning = True
            self._loop.call_soon(self._turn)
            if not self._held and not self._writing.locked():
                await self._write(data)
                return
        self._held.append(data)
        self._size += len(data)
        if self._size >= MOST and self._begun:
            await self._flush()

    async def end(self) -> bytes:
        """What is held still, once all that came before it is written."""
        async with self._writing:
            return self._taken()

    def close(self) -> None:
        """Write nothing more."""
        self._held.clear()
        if self._task is not None:
            self._task.cancel()

    def _turn(self) -> None:
        self._turning = False
        if self._held and (self._task is None or self._task.done()):
            self._task = self._loop.create_task(self._flush())

    async def _flush(self) -> None:
        with suppress(OSError):  # the client is gone
            async with self._writing:
                while self._held:
                    await self._write(self._taken())

    def _taken(self) -> bytes:
        data = b"".join(self._held)
        self._held.clear()
        self._size = 0
        return data
