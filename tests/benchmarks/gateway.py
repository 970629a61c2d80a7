"""What the gateway costs: ``python -m tests.benchmarks.gateway``.

Measures, one after the other in turns and in processes of their own, under uvicorn with httptools
and uvloop: a raw relay (``relay.py``), the gateway, and the litellm proxy where ``--litellm`` names
its environment's folder. Writes its part of docs/benchmarks.md, and the pictures beside it.

Processor time is that of the measured process, all threads. A stream's first text is counted from
its request, on a connection of its own; what the upstream itself takes is taken away.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from .gateway_page import write
from .gateway_servers import CHAT, MESSAGES, PATHS, RESPONSES, Case, Pair, Subject, running
from .load import Streamed, stream, streams
from .session import start_server

__all__ = ["CASES", "PAIRS", "main", "measure"]

RESULTS = Path(".bench/gateway.json")
OPEN = 200
"""Streams that are open when memory is counted."""


PAIRS = (
    Pair(CHAT, CHAT),
    Pair(MESSAGES, MESSAGES),
    Pair(RESPONSES, CHAT),
    Pair(CHAT, MESSAGES),
    Pair(MESSAGES, CHAT),
)


CASES = (
    Case("1 stream, a chunk every 2 ms", "tick2", 1, 500),
    Case("1 stream, as fast as it goes", "one", 1, 2000),
    Case("100 streams, a chunk every 50 ms each", "tick50", 100, 40),
    Case("100 streams, as fast as it goes", "one", 100, 40),
)
FIRST = {1: Case("", "burst", 1, 3), 100: Case("", "tick50", 100, 3)}
MEMORY = Case("", "tick200", OPEN, 30)


def body(client: str, model: str) -> dict[str, Any]:
    """A request for a stream in a client's protocol."""
    asked: dict[str, Any] = {"model": model, "stream": True}
    if client == RESPONSES:
        return {**asked, "input": "Hello"}
    asked["messages"] = [{"role": "user", "content": "Hello"}]
    return {**asked, "max_tokens": 8000} if client == MESSAGES else asked


def ask(subject: Subject, pair: Pair, case: Case) -> list[Streamed]:
    """Play a case once; all texts must come."""
    asked = body(pair.client, subject.model(pair, case))
    told = asyncio.run(streams(subject.port, PATHS[pair.client], asked, case.many))
    # A word that two chunks of the body share is not counted.
    if any(each.texts < 0.95 * case.chunks for each in told):
        raise RuntimeError(f"{subject.name}, {pair}: {min(each.texts for each in told)} texts")
    return told


def per_chunk(subject: Subject, pair: Pair, case: Case) -> float:
    """Microseconds of the subject's processor time for each chunk of the upstream."""
    before = subject.cpu()
    ask(subject, pair, case)
    return (subject.cpu() - before) * 1e6 / (case.many * case.chunks)


def first(subject: Subject, pair: Pair, many: int) -> float:
    """Milliseconds to the first text: the median of the streams."""
    case = FIRST[many]
    times = 20 if many == 1 else 1
    told = [each for _ in range(times) for each in ask(subject, pair, case)]
    return statistics.median(each.first for each in told) * 1e3


def memory(subject: Subject, pair: Pair) -> float:
    """KiB that each open stream takes."""

    async def run() -> float:
        asked = body(pair.client, subject.model(pair, MEMORY))
        path = PATHS[pair.client]
        await stream(subject.port, path, body(pair.client, subject.model(pair, FIRST[1])))
        before = subject.memory()
        work = asyncio.gather(*(stream(subject.port, path, asked) for _ in range(MEMORY.many)))
        await asyncio.sleep(3)
        grown = subject.memory() - before
        await work
        return grown / MEMORY.many / 1024

    return asyncio.run(run())


def _relayed(name: str, pair: Pair) -> Pair:
    """A relay's client speaks what the upstream does."""
    return Pair(pair.upstream, pair.upstream) if name == "relay" else pair


def measure(rounds: int, litellm: str | None) -> dict[str, Any]:
    """All figures: lists with one number a round."""
    process, upstream = start_server()
    results: dict[str, Any] = {"cpu": {}, "first": {}, "memory": {}, "failed": {}}
    results["load"] = [os.getloadavg()[0]]
    try:
        every = (*CASES, *FIRST.values(), MEMORY)
        for pair in PAIRS[:: len(PAIRS) - 1]:  # of new processes, which no earlier work left memory
            with running(upstream, every, litellm) as found:
                for name in found:
                    _try(results, found, name, pair, memory, ("memory", f"{pair}|{name}"))
        with running(upstream, every, litellm) as found:
            note = partial(_try, results, found)
            for pair, name in product(PAIRS, found):
                note(name, pair, partial(ask, case=FIRST[1]), None)
            for number in range(rounds):
                for pair in PAIRS:
                    for case, name in product(CASES, found):
                        key = f"{pair}|{case.name}|{name}"
                        note(name, pair, partial(per_chunk, case=case), ("cpu", key))
                    for many, name in product(FIRST, found):
                        key = f"{pair}|{many}|{name}"
                        note(name, pair, partial(first, many=many), ("first", key))
                sys.stderr.write(f"round {number + 1} of {rounds}, load {os.getloadavg()[0]:.1f}\n")
            own = Subject("upstream", int(upstream.rpartition(":")[2]), process.pid, {})
            for many in FIRST:
                results["first"][f"upstream|{many}"] = [
                    first(own, Pair(CHAT, CHAT), many) for _ in range(rounds)
                ]
    finally:
        process.kill()
        process.communicate()
    results["load"].append(os.getloadavg()[0])
    return results


def _try(
    results: dict[str, Any],
    found: dict[str, dict[str, Subject]],
    name: str,
    pair: Pair,
    work: Callable[[Subject, Pair], Any],
    where: tuple[str, str] | None,
) -> None:
    """Note a figure, or why there is none; who has failed once in a pair is not asked again."""
    failed = f"{pair}|{name}"
    if failed in results["failed"]:
        return
    try:
        figure = work(found[name][pair.upstream], _relayed(name, pair))
    except (RuntimeError, OSError) as error:
        results["failed"][failed] = str(error)[:300]
        return
    if where is not None:
        results[where[0]].setdefault(where[1], []).append(figure)


def main() -> None:
    """Measure, keep the figures, write the page's part and its pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.gateway")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--litellm", help="folder of the environment of the litellm proxy")
    parser.add_argument("--report", action="store_true", help="write the page from the last run")
    given = parser.parse_args()
    if not given.report:
        results = measure(given.rounds, given.litellm)
        results["date"] = time.strftime("%Y-%m-%d", time.gmtime())
        results["rounds"] = given.rounds
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(results, indent=1))
    write(json.loads(RESULTS.read_text()))


if __name__ == "__main__":
    main()
