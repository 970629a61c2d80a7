"""Many requests at once on an event loop, asyncio's or trio's."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from types import TracebackType
from typing import Any

import anyio

from chimeric import AsyncStream, Chimeric, CompletionResponse, current_spawner

from .jobs import GRACE, BatchRequest, BatchResult, Job, as_count
from .ledger import GIVE_UP_AFTER, Ledger, OnProgress, Results

__all__ = ["AsyncBatch", "agenerate_many"]


def agenerate_many(
    client: Chimeric,
    /,
    requests: Iterable[BatchRequest] | AsyncIterable[BatchRequest],
    *,
    concurrency: int = 8,
    results: Results | None = None,
    progress: bool | OnProgress = False,
    total: int | None = None,
    system: str | None = None,
    give_up_after: int | None = GIVE_UP_AFTER,
    **defaults: Any,
) -> AsyncBatch:
    """The same as ``generate_many``, asynchronous: iterate it with ``async for``.

    It takes the same arguments; ``requests`` may be an async iterable, too.

    Raises:
        ConfigurationError: as ``generate_many``.
        OSError: as ``generate_many``.

    Example:
        .. code-block:: python

            async for result in agenerate_many(client, ["Hi", "Hello"], model="sim:echo"):
                print(result.index, result.error or result.response)
    """
    size = as_count("concurrency", concurrency)
    ledger = Ledger(
        requests,
        defaults,
        system=system,
        results=results,
        progress=progress,
        total=total,
        give_up_after=give_up_after,
    )
    return AsyncBatch(client.agenerate, requests, size, ledger)


class AsyncBatch:
    """Results as they finish, on asyncio and trio: an async iterator with ``aclose()``.

    Leaving the ``async for`` early ends what is under way; ``async with`` does so at a known
    moment.

    Example:
        .. code-block:: python

            async with agenerate_many(client, prompts, model="gpt-4o") as results:
                async for result in results:
                    print(result.id, result.error or result.response)
    """

    def __init__(
        self,
        generate: Callable[..., Awaitable[Any]],
        requests: Iterable[Any] | AsyncIterable[Any],
        concurrency: int,
        ledger: Ledger,
    ) -> None:
        self._tasks = _Tasks(generate, requests, concurrency, ledger)

    def __aiter__(self) -> AsyncIterator[BatchResult]:
        return self

    async def __anext__(self) -> BatchResult:
        return await self._tasks.next()

    async def aclose(self) -> None:
        """End everything that is under way. Idempotent."""
        await self._tasks.stop()

    async def __aenter__(self) -> AsyncBatch:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __del__(self) -> None:
        tasks = getattr(self, "_tasks", None)
        if tasks is not None:
            tasks.abandon()


class _Tasks:
    """The tasks of one batch. They refer to this, not to the iterator: that may be forgotten."""

    def __init__(
        self,
        generate: Callable[..., Awaitable[Any]],
        requests: Iterable[Any] | AsyncIterable[Any],
        concurrency: int,
        ledger: Ledger,
    ) -> None:
        self._generate = generate
        self._requests = requests
        self._free = concurrency
        self._ledger = ledger
        self._spawn: Callable[[Callable[[], Awaitable[None]]], None] | None = None
        self._results: deque[BatchResult] = deque()
        self._failure: Exception | None = None
        self._reading = True
        self._stopped = False
        self._under_way = 0
        self._scopes: set[anyio.CancelScope] = set()
        self._changed: anyio.Event | None = None

    async def next(self) -> BatchResult:
        if self._spawn is None and not self._stopped:
            self._spawn = current_spawner()
            self._start(self._read)
        while not self._results:
            if self._stopped or not (self._reading or self._under_way):
                self._end()
                failure, self._failure = self._failure, None
                raise failure or StopAsyncIteration
            await self._change()
        self._free += 1
        self._notify()
        try:
            return self._ledger.settle(self._results.popleft())
        except BaseException:
            await self.stop()
            raise

    def _end(self) -> None:
        """All is done: let the results file go."""
        if not self._stopped:
            self._stopped = True
            self._ledger.end()
            self._ledger.close()

    async def stop(self) -> None:
        self._stopped = True
        for scope in list(self._scopes):
            scope.cancel()
        self._notify()
        with anyio.move_on_after(GRACE, shield=True):
            while self._scopes:
                await self._change()
        self._ledger.close()

    def abandon(self) -> None:
        """Stop without waiting, for finalizers."""
        self._stopped = True
        if self._spawn is not None and self._scopes:
            self._spawn(self.stop)
        else:
            self._ledger.close()

    # --- the tasks -------------------------------------------------------------------------------

    def _start(self, work: Callable[[], Awaitable[None]]) -> None:
        async def task() -> None:
            with anyio.CancelScope() as scope:
                self._scopes.add(scope)
                try:
                    if not self._stopped:
                        await work()
                finally:
                    self._scopes.discard(scope)
                    self._notify()

        assert self._spawn is not None
        self._spawn(task)

    async def _read(self) -> None:
        """Read requests, one for each free place."""
        index = 0
        try:
            read = _reader(self._requests)
            while True:
                while not self._free:
                    await self._change()
                job = self._ledger.admit(index, await read())
                index += 1
                if job is not None:
                    self._free -= 1
                    self._under_way += 1
                    self._begin(job)
                elif index % 100 == 0:
                    await anyio.lowlevel.checkpoint()  # so many passed over: others have their turn
        except StopAsyncIteration:
            pass
        except Exception as error:
            self._failure = error
        finally:
            self._reading = False

    def _begin(self, job: Job) -> None:
        async def work() -> None:
            try:
                self._results.append(await self._answer(job))
            finally:
                self._under_way -= 1

        self._start(work)

    async def _answer(self, job: Job) -> BatchResult:
        if job.error is not None:
            return job.failed(job.error)
        try:
            answer: CompletionResponse | AsyncStream[Any] = await self._generate(**job.arguments)
            if isinstance(answer, AsyncStream):
                answer = await answer.collect()
            return job.answered(answer)
        except Exception as error:  # one bad request must not take the others down
            return job.failed(error)

    async def _change(self) -> None:
        """Wait for anything to change."""
        if self._changed is None:
            self._changed = anyio.Event()
        await self._changed.wait()

    def _notify(self) -> None:
        changed, self._changed = self._changed, None
        if changed is not None:
            changed.set()


def _reader(requests: Iterable[Any] | AsyncIterable[Any]) -> Callable[[], Awaitable[Any]]:
    """A function that reads the next request, whatever kind of iterable they are in."""
    if isinstance(requests, AsyncIterable):
        return aiter(requests).__anext__
    source = iter(requests)

    async def read() -> Any:
        try:
            return next(source)
        except StopIteration:
            raise StopAsyncIteration from None

    return read
