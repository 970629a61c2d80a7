"""Many requests at once: bounded, lazy, each failure a value.

Requests are read only when there is room for them: what is under way and what is finished but not
taken yet are together never more than ``concurrency``.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import msgspec

from chimeric.errors import ConfigurationError
from chimeric.values.messages import Message
from chimeric.values.responses import CompletionResponse

from .streams import Stream

if TYPE_CHECKING:
    import queue

__all__ = ["BatchRequest", "BatchResult", "Job", "check_concurrency", "run_many"]

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
        import queue  # as late as it is needed

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
