"""Many requests at once on threads: bounded, lazy, each failure a value.

Requests are read only when there is room for them: what is under way and what is finished but not
taken yet are together never more than ``concurrency``.
"""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, cast

from chimeric import Chimeric, CompletionResponse, Stream

from .jobs import GRACE, BatchRequest, BatchResult, Job, as_count
from .ledger import GIVE_UP_AFTER, Ledger, OnProgress, Results

__all__ = ["generate_many"]


def generate_many(
    client: Chimeric,
    /,
    requests: Iterable[BatchRequest],
    *,
    concurrency: int = 8,
    results: Results | None = None,
    progress: bool | OnProgress = False,
    total: int | None = None,
    system: str | None = None,
    give_up_after: int | None = GIVE_UP_AFTER,
    **defaults: Any,
) -> Generator[BatchResult, None, None]:
    """Answer many requests at once; yields results as they finish, failures as values.

    Args:
        client: what answers.
        requests: dicts of arguments of ``generate`` (with an ``id`` if you like), or just
            messages. Iterated in the caller's thread, and read only when there is room. What it
            raises is raised here, after the results of the requests before it.
        concurrency: how many requests may be under way, finished but untaken ones included.
        results: a file that keeps the results, a path or a ``ResultsFile``. Each is written before
            it is yielded. What the file has the answer of is not asked again, and not yielded.
        progress: a function that is called with a ``BatchProgress`` after each result and at the
            end, or True for a bar (``pip install "chimeric-batch[rich]"``).
        total: how many requests there are, for the progress; known of a list.
        system: a system message that is put before the messages of each request.
        give_up_after: when so many requests have failed with an error that is likely to be
            everybody's (``AuthenticationError``, ``PermissionDeniedError``, ``NotFoundError``,
            a ``BadRequestError`` that says that there is no such model, ``ConfigurationError``)
            before any is answered, the last of these errors is raised. None goes on in any case.
        **defaults: arguments for every request, such as ``model``.

    Answers are streamed inside, so that closing the generator ends them at once;
    ``stream=False`` asks for whole ones.

    Raises:
        ConfigurationError: for an argument that cannot be meant, a results file that holds
            something else or the answers of other prompts, or that another batch writes to.
        OSError: when the results file cannot be opened; out of the iteration, when a result cannot
            be written (a full disk). What is in the file stays there.

    Example:
        .. code-block:: python

            for result in generate_many(client, ["Hi", "Hello"], model="sim:echo"):
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
    batch = _run(_Crew(client.generate, size), requests, size, ledger)
    next(batch)  # from here on, whoever forgets it closes the file
    return cast("Generator[BatchResult, None, None]", batch)


def _run(
    crew: _Crew, requests: Iterable[BatchRequest], concurrency: int, ledger: Ledger
) -> Generator[BatchResult | None, None, None]:
    under_way, more = 0, True
    failure: Exception | None = None
    try:
        yield None
        source = enumerate(requests)
        while more or under_way:
            while more and under_way < concurrency and not crew.has_results():
                try:
                    job = ledger.admit(*next(source))
                except StopIteration:
                    more = False
                except Exception as error:
                    more, failure = False, error
                else:
                    if job is not None:
                        crew.put(job)
                        under_way += 1
            if under_way:
                under_way -= 1
                yield ledger.settle(crew.get())
        ledger.end()
    finally:
        crew.stop()
        ledger.close()
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

    def _collect(self, arguments: Mapping[str, Any]) -> CompletionResponse:
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
