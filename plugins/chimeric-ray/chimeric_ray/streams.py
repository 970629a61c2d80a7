"""One client and many streams, on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeAlias

from chimeric_batch import BatchResult, agenerate_many

from .job import MakeClient

__all__ = ["Asked", "Request", "Result", "Streams"]

CLOSING = 5.0
"""Seconds that the streams and the client have to close."""


class Request(NamedTuple):
    """What is asked for a row: messages, or why there are none."""

    row: int
    messages: Any = None
    error: Exception | None = None


class Result(NamedTuple):
    """What became of it."""

    row: int
    result: BatchResult


Asked: TypeAlias = "SimpleQueue[Result | BaseException]"
"""Results as they come; an exception where none will come any more."""


class Streams:
    """Answers requests of several threads with one client.

    Args:
        make_client: called in the thread of the loop.
        most: how many requests are under way. While there are rows, so many are: a slow one holds
            up its own block only.
        arguments: for every request.
    """

    def __init__(self, make_client: MakeClient, most: int, arguments: dict[str, Any]) -> None:
        self._make_client = make_client
        self._most = most
        self._arguments = arguments
        self._loop = asyncio.new_event_loop()
        self._waiting: asyncio.Queue[tuple[Iterator[Request], Asked]] = asyncio.Queue()
        self._under_way: dict[int, tuple[int, Asked]] = {}
        self._open: set[Asked] = set()
        self._failure: BaseException | None = None
        self._lock = threading.Lock()
        self._main: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="chimeric-ray", daemon=True)
        self._thread.start()

    def ask(self, requests: Iterator[Request]) -> Asked:
        """Ask for some rows. They are read as there is room for them, in the thread of the loop."""
        asked: Asked = SimpleQueue()
        with self._lock:
            self._open.add(asked)
            failure = self._failure
        if failure is not None:
            asked.put(failure)
        else:
            self._loop.call_soon_threadsafe(self._waiting.put_nowait, (requests, asked))
        return asked

    def done(self, asked: Asked) -> None:
        """All results were taken, or nobody wants them any more."""
        with self._lock:
            self._open.discard(asked)

    def close(self) -> None:
        """End what is under way, and close the client."""
        main = self._main
        if main is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # it ends at this moment
                self._loop.call_soon_threadsafe(main.cancel)
        if threading.current_thread() is not self._thread:
            self._thread.join(CLOSING)

    # --- in the thread of the loop ---------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._main = self._loop.create_task(self._answer())
        try:
            with contextlib.suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._main)
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()

    async def _answer(self) -> None:
        try:
            async with (
                self._make_client() as client,
                agenerate_many(
                    client, self._requests(), concurrency=self._most, give_up_after=None
                ) as results,
            ):
                async for result in results:
                    row, asked = self._under_way.pop(result.index)
                    asked.put(Result(row, result))
        except BaseException as error:
            self._fail(error)
            raise

    async def _requests(self) -> AsyncIterator[dict[str, Any]]:
        index = 0
        while True:
            requests, asked = await self._waiting.get()
            for request in requests:
                if request.error is not None:
                    failed = BatchResult(id=request.row, index=request.row, error=request.error)
                    asked.put(Result(request.row, failed))
                    continue
                self._under_way[index] = request.row, asked
                index += 1
                yield {**self._arguments, "messages": request.messages}

    def _fail(self, error: BaseException) -> None:
        """Nothing is answered any more: let nobody wait."""
        with self._lock:
            self._failure = error
            waiting = list(self._open)
        for asked in waiting:
            asked.put(error)
