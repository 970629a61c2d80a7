"""Work for a client that is given up when the client leaves, or the gateway goes down."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from chimeric_gateway.refusal import Refusal

from .closing import Closing
from .connection import ClientLeftError, Connection

__all__ = ["while_there"]

T = TypeVar("T")


class _Work:
    """What is to be given up when the gateway goes down."""

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self._task = task

    def end(self) -> None:
        self._task.cancel()


async def while_there(connection: Connection, closing: Closing, work: Coroutine[Any, Any, T]) -> T:
    """What comes of some work, which ends with its client.

    Raises:
        ClientLeftError: when the client leaves.
        Refusal: 503 when the gateway goes down.
    """
    task, left = asyncio.create_task(work), asyncio.create_task(connection.left())
    ending = _Work(task)
    closing.add(ending)
    try:
        await asyncio.wait((task, left), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientLeftError
        if task.cancelled():
            raise Refusal(503, "the gateway is going down")
        return task.result()
    finally:
        closing.discard(ending)
        left.cancel()
        task.cancel()
        await asyncio.wait((task, left))
