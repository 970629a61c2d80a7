"""One library in its own process: takes orders as JSON lines, answers with measurements.

``python -m tests.benchmarks.worker <subject> <base URL>``. An order is
``{"do": <task>, ...arguments}``; the answer holds numbers, or ``{"error": text}``.
Figures of time are seconds of CPU of this process (all threads) or of the wall clock. An order
may name the ``loop`` of its asynchronous work: ``asyncio`` or ``uvloop``.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from .offline import serve_from_memory
from .server import raise_file_limit
from .subject import Subject
from .wire import pieces

__all__ = ["make_subject"]

PAGE = os.sysconf("SC_PAGE_SIZE")

T = TypeVar("T")

TRIES = 40
"""Of work of some milliseconds: the best counts, which no other program disturbed."""


def make_subject(name: str) -> Subject:
    """The subject of a name; only the module that holds it is imported."""
    from .peers import PEERS

    if name in PEERS:
        return PEERS[name].make()
    if name.startswith("chimeric"):
        from .ours import OURS

        return OURS[name]()
    from .floors import FLOORS

    return FLOORS[name]()


def _resident() -> int:
    """Resident memory of this process in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * PAGE


def _nothing() -> None:
    pass


def _wall(work: Callable[[], object]) -> float:
    """Seconds by the clock."""
    gc.collect()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


class Worker:
    """The tasks that can be ordered."""

    def __init__(self, name: str, base: str) -> None:
        self._base = base
        self._name = name
        self._subject = make_subject(name)
        self.loop = "asyncio"
        if "sync" in self._subject.modes:
            self._subject.open(base)

    def ready(self) -> dict[str, Any]:
        """Answers as soon as the library is imported and its client made."""
        return {}

    def stream(self, mode: str, count: int, asynchronous: bool) -> dict[str, Any]:
        """One answer of ``count`` texts: CPU and wall seconds."""
        model = f"bench-{mode}-{count}"
        if asynchronous:
            got, cpu, wall = self._run(self._astream(model))
        else:
            self._subject.run("bench-burst-20", _nothing)
            gc.collect()
            began, wall = time.process_time(), time.perf_counter()
            got = self._subject.run(model, _nothing)
            cpu, wall = time.process_time() - began, time.perf_counter() - wall
        self._check(got, count)
        return {"cpu": cpu, "wall": wall}

    async def _astream(self, model: str) -> tuple[int, float, float]:
        subject = make_subject(self._name)
        await subject.aopen(self._base)
        await subject.arun("bench-burst-20", _nothing)
        gc.collect()
        began, wall = time.process_time(), time.perf_counter()
        got = await subject.arun(model, _nothing)
        cpu, wall = time.process_time() - began, time.perf_counter() - wall
        await subject.aclose()
        return got, cpu, wall

    def first(self, times: int) -> dict[str, Any]:
        """Wall seconds from the call to the first text, on a connection that is warm."""
        model = "bench-burst-3"
        samples: list[float] = []

        def note() -> None:
            samples.append(time.perf_counter())

        for _ in range(20):
            self._subject.run(model, _nothing)
        for _ in range(times):
            began = time.perf_counter()
            self._subject.run(model, note)
            samples[-1] -= began
        samples.sort()
        return {"wall": samples[len(samples) // 2]}

    def requests(self, kind: str, count: int, times: int, asynchronous: bool) -> dict[str, Any]:
        """Many short calls one after the other on a warm connection: CPU seconds of one call.

        ``kind``: ``burst`` (a streamed answer of ``count`` texts), ``whole`` (not streamed, of
        ``count`` characters) or ``round`` (a tool is called, its result sent back and answered).
        """
        model = f"bench-{kind}-{count}"
        if asynchronous:
            return {"cpu": self._run(self._arequests(kind, model, times))}
        ask = self._subject.asks(kind)
        for _ in range(20):
            ask(model)
        gc.collect()
        began = time.process_time()
        for _ in range(times):
            ask(model)
        return {"cpu": (time.process_time() - began) / times}

    async def _arequests(self, kind: str, model: str, times: int) -> float:
        subject = make_subject(self._name)
        await subject.aopen(self._base)
        ask = subject.aasks(kind)
        for _ in range(20):
            await ask(model)
        gc.collect()
        began = time.process_time()
        for _ in range(times):
            await ask(model)
        cpu = time.process_time() - began
        await subject.aclose()
        return cpu / times

    def crowd(self, streams: int, count: int) -> dict[str, Any]:
        """Many answers at once: CPU, wall, and memory of each while all are open."""
        return self._run(self._crowd(streams, count))

    async def _crowd(self, streams: int, count: int) -> dict[str, Any]:
        subject = make_subject(self._name)
        await subject.aopen(self._base)
        await subject.arun("bench-burst-20", _nothing)
        open_now, memory = 0, 0

        def note() -> None:
            nonlocal open_now, memory
            open_now += 1
            if open_now == streams:
                memory = _resident()
                self._go_on()

        gc.collect()
        before = _resident()
        began, wall = time.process_time(), time.perf_counter()
        model = f"bench-crowd{streams}-{count}"
        got = await asyncio.gather(*(subject.arun(model, note) for _ in range(streams)))
        cpu, wall = time.process_time() - began, time.perf_counter() - wall
        await subject.aclose()
        self._check(sum(got), streams * count)
        return {"cpu": cpu, "wall": wall, "memory": (memory - before) / streams}

    def _go_on(self) -> None:
        """Tell the server, which holds every stream open until then, that all were seen."""
        host, _, port = self._base.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as sock:
            sock.sendall(b"GET /go HTTP/1.1\r\n\r\n")

    def memory(self, count: int, keep: bool) -> dict[str, Any]:
        """Growth of resident memory over one answer whose chunks are kept, or dropped."""
        subject = self._subject
        subject.run("bench-burst-200", _nothing)
        gc.collect()
        before = _resident()
        kept: list[Any] = []
        for chunk in subject.stream(f"bench-burst-{count}"):
            if keep:
                kept.append(chunk)
        if keep:
            self._check(sum(1 for chunk in kept if subject.text(chunk)), count)
        return {"memory": _resident() - before}

    def offline(self, count: int) -> dict[str, Any]:
        """One answer out of memory, through everything but sockets: CPU seconds."""
        with serve_from_memory():
            self._subject.run("bench-burst-20", _nothing)
            gc.collect()
            began = time.process_time()
            got = self._subject.run(f"bench-burst-{count}", _nothing)
            cpu = time.process_time() - began
        self._check(got, count)
        return {"cpu": cpu}

    def decode(self, protocol: str, count: int, single: bool, middleware: int) -> dict[str, Any]:
        """The decode path alone: CPU seconds. ``single``: one event a read."""
        from .wire import answer

        reads = answer(protocol, count) if single else pieces(protocol, count)
        run = self._decoder(protocol, middleware)
        gc.collect()
        began = time.process_time()
        got = run(reads)
        cpu = time.process_time() - began
        self._check(got, count)
        return {"cpu": cpu}

    def _decoder(self, protocol: str, middleware: int) -> Callable[[Any], int]:
        if self._name.startswith("chimeric"):
            from .ours import Decoder

            return Decoder(protocol, middleware).run
        from .floors import decode_floor

        return lambda reads: decode_floor(protocol, reads)

    def threads(self, kind: str, count: int, times: int, threads: int) -> dict[str, Any]:
        """The same work by one thread and by several: how much sooner the several are done.

        ``kind``: ``decode`` (of ``count`` events) or ``burst`` (calls of so many texts), each done
        ``times`` times by each thread.
        """
        work = self._work(kind, count, times)
        with ThreadPoolExecutor(threads) as pool:
            # Threads and connections are there before the clock runs.
            list(pool.map(self._work(kind, count, 1), range(threads)))
            one: list[float] = []
            several: list[float] = []
            for _ in range(TRIES):
                one.append(_wall(lambda: list(map(work, range(threads)))))
                several.append(_wall(lambda: list(pool.map(work, range(threads)))))
        free = not getattr(sys, "_is_gil_enabled", lambda: True)()
        return {"gain": min(one) / min(several), "free": free}

    def _work(self, kind: str, count: int, times: int) -> Callable[[int], None]:
        if kind == "decode":
            reads = pieces("chat", count)
            # The state of a decoder is its run's: threads may share it.
            run = self._decoder("chat", 0)

            def once() -> int:
                return run(reads)
        else:

            def once() -> int:
                return self._subject.run(f"bench-burst-{count}", _nothing)

        def work(_: int) -> None:
            for _ in range(times):
                self._check(once(), count)

        return work

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        factory = importlib.import_module(self.loop).new_event_loop
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(coroutine)

    def _check(self, got: int, count: int) -> None:
        # A tool call's start and end may be chunks of their own, or part of another.
        if self._subject.checked and abs(got - count) > 2:
            raise ValueError(f"{got} texts of {count} came")


def _orders() -> Iterator[dict[str, Any]]:
    for line in sys.stdin:
        yield json.loads(line)


def main(name: str, base: str) -> None:
    """Answer orders until standard input closes. What the library prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    raise_file_limit()
    worker: Worker | None = None
    for order in _orders():
        task, loop = order.pop("do"), order.pop("loop", "asyncio")
        try:
            worker = worker or Worker(name, base)
            worker.loop = loop
            reply = getattr(worker, task)(**order)
        except Exception as error:
            text = str(error).strip().splitlines()
            reply = {"error": f"{type(error).__name__}: {text[0] if text else ''}"[:200]}
        answers.write(json.dumps(reply) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
