"""Many requests at once: bounded, lazy, each failure a value.

Requests are read only when there is room for them: what is under way and what is finished but not
taken yet are together never more than ``concurrency``.
"""

from __future__ import annotations

import contextvars
import queue
import threading
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Generator, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import msgspec

from .errors import ConfigurationError
from .event_loop import Spawner, current_spawner
from .messages import Message
from .responses import CompletionResponse
from .streams import AsyncStream, Stream

if TYPE_CHECKING:
    import anyio

__all__ = ["AsyncBatch", "BatchRequest", "BatchResult", "run_many"]

BatchRequest: TypeAlias = str | Message | list[Any] | dict[str, Any]
"""A request of a batch: arguments of ``generate`` as a dict, or just the messages."""

GRACE = 1.0
"""Seconds that closing waits for what is under way to end; it is told to end at once."""


class BatchResult(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What became of one request: either ``response`` or ``error`` is set.

    Attributes:
        id: the request's own ``id``, or its place when it has none.
        index: the request's place in the input, from 0.
        response: the complete answer.
        error: why there is none; ``error.partial`` holds what had arrived.
    """

    id: str | int
    index: int
    response: CompletionResponse | None = None
    error: Exception | None = None


class Job(msgspec.Struct, frozen=True):
    """A request made into arguments of ``generate``, or what is wrong with it."""

    index: int
    id: str | int
    arguments: dict[str, Any] = {}
    error: Exception | None = None

    @classmethod
    def of(cls, index: int, request: object, defaults: dict[str, Any]) -> Job:
        """Lay a request over the defaults. A request that cannot be one becomes an error."""
        own = dict(cast("dict[str, Any]", request)) if is_arguments(request) else None
        name = own.pop("id", None) if own is not None else None
        given = own if own is not None else {"messages": request}
        arguments = {"stream": True, **defaults, **given}
        missing = [key for key in ("model", "messages") if arguments.get(key) is None]
        if isinstance(name, bool) or not isinstance(name, (str, int, type(None))):
            return cls(index, index, error=ConfigurationError(f"id must be a string, not {name!r}"))
        place = index if name is None else name
        if missing:
            text = f"the request has no {' and no '.join(missing)}"
            return cls(index, place, error=ConfigurationError(text))
        return cls(index, place, arguments)

    def failed(self, error: Exception) -> BatchResult:
        """The result of a request that has no answer."""
        return BatchResult(id=self.id, index=self.index, error=error)

    def answered(self, response: CompletionResponse) -> BatchResult:
        """The result of a request that has one."""
        return BatchResult(id=self.id, index=self.index, response=response)


def is_arguments(request: object) -> bool:
    """Whether a request is a dict of arguments, rather than one message as a dict."""
    return isinstance(request, dict) and "role" not in request


def check_concurrency(value: Any) -> int:
    """``value`` if it can be a number of requests.

    Raises:
        ConfigurationError: when it cannot.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigurationError(f"concurrency must be a number from 1, not {value!r}")
    return value


# --- blocking ------------------------------------------------------------------------------------


def run_many(
    generate: Callable[..., Any],
    requests: Iterable[Any],
    concurrency: int,
    defaults: dict[str, Any],
) -> Generator[BatchResult, None, None]:
    """Answer requests on threads; yields results as they finish. Closing it ends all.

    ``requests`` is iterated in the caller's thread. What it raises is raised here, after the
    results of the requests before it.
    """
    source = enumerate(requests)
    crew = _Crew(generate, concurrency)
    under_way, more = 0, True
    failure: Exception | None = None
    try:
        while more or under_way:
            while more and under_way < concurrency and not crew.has_results():
                try:
                    index, request = next(source)
                except StopIteration:
                    more = False
                except Exception as error:
                    more, failure = False, error
                else:
                    crew.put(Job.of(index, request, defaults))
                    under_way += 1
            if under_way:
                under_way -= 1
                yield crew.get()
    finally:
        crew.stop()
    if failure is not None:
        raise failure


class _Crew:
    """Threads that take jobs and give results."""

    def __init__(self, generate: Callable[..., Any], size: int) -> None:
        self._generate = generate
        self._size = size
        self._jobs: queue.SimpleQueue[tuple[Job, contextvars.Context] | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[BatchResult] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._streams: set[Stream[Any]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def put(self, job: Job) -> None:
        """Start a job. It sees the caller's context variables."""
        if len(self._threads) < self._size:
            # A daemon: one that waits for a server must not hold up the end of the program.
            thread = threading.Thread(target=self._work, name="chimeric-batch", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._jobs.put((job, contextvars.copy_context()))

    def has_results(self) -> bool:
        """Whether ``get`` would return at once."""
        return not self._results.empty()

    def get(self) -> BatchResult:
        """Wait for the next result."""
        return self._results.get()

    def stop(self) -> None:
        """End the threads, and the streams that they read."""
        with self._lock:
            self._stopped = True
            streams = list(self._streams)
        for _ in self._threads:
            self._jobs.put(None)
        for stream in streams:
            stream.close()
        for thread in self._threads if streams else ():
            thread.join(GRACE / len(self._threads))

    def _work(self) -> None:
        while (item := self._jobs.get()) is not None:
            job, context = item
            if not self._stopped:
                self._results.put(context.run(self._answer, job))

    def _answer(self, job: Job) -> BatchResult:
        if job.error is not None:
            return job.failed(job.error)
        try:
            return job.answered(self._collect(job.arguments))
        except Exception as error:  # one bad request must not take the others down
            return job.failed(error)

    def _collect(self, arguments: dict[str, Any]) -> CompletionResponse:
        answer: CompletionResponse | Stream[Any] = self._generate(**arguments)
        if not isinstance(answer, Stream):
            return answer
        stream = answer
        with self._lock:
            self._streams.add(stream)
            stopped = self._stopped
        try:
            if stopped:
                stream.close()
            return stream.collect()
        finally:
            with self._lock:
                self._streams.discard(stream)


# --- asynchronous --------------------------------------------------------------------------------


class AsyncBatch:
    """Results as they finish, on asyncio and trio: an async iterator with ``aclose()``.

    Leaving the ``async for`` early ends what is under way; ``async with`` does so at a known
    moment.

    Example:
        .. code-block:: python

            async with client.agenerate_many(prompts, model="gpt-4o") as results:
                async for result in results:
                    print(result.id, result.error or result.response)
    """

    def __init__(
        self,
        generate: Callable[..., Awaitable[Any]],
        requests: Iterable[Any] | AsyncIterable[Any],
        concurrency: int,
        defaults: dict[str, Any],
    ) -> None:
        self._tasks = _Tasks(generate, requests, concurrency, defaults)

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
        defaults: dict[str, Any],
    ) -> None:
        self._generate = generate
        self._requests = requests
        self._free = concurrency
        self._defaults = defaults
        self._spawn: Spawner | None = None
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
                failure, self._failure = self._failure, None
                raise failure or StopAsyncIteration
            await self._change()
        self._free += 1
        self._notify()
        return self._results.popleft()

    async def stop(self) -> None:
        import anyio

        self._stopped = True
        for scope in list(self._scopes):
            scope.cancel()
        self._notify()
        with anyio.move_on_after(GRACE, shield=True):
            while self._scopes:
                await self._change()

    def abandon(self) -> None:
        """Stop without waiting, for finalizers."""
        self._stopped = True
        if self._spawn is not None and self._scopes:
            self._spawn(self.stop)

    # --- the tasks -------------------------------------------------------------------------------

    def _start(self, work: Callable[[], Awaitable[None]]) -> None:
        async def task() -> None:
            import anyio

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
                request = await read()
                self._free -= 1
                self._under_way += 1
                self._begin(Job.of(index, request, self._defaults))
                index += 1
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
        import anyio

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
