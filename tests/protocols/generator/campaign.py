"""Many streams of some protocols, on some processes, and what came of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from multiprocessing import get_context

import msgspec

from .generated import generate
from .oracle import check

__all__ = ["Findings", "run", "run_all"]

BATCH = 1000
MOST_KEPT = 5


class Findings(msgspec.Struct):
    """What came of the streams of one protocol."""

    protocol: str
    streams: int = 0
    seconds: float = 0.0
    """Of the processor, all processes together."""
    failures: int = 0
    failed: list[int] = msgspec.field(default_factory=list)
    """The first seeds that failed."""
    features: Counter[str] = msgspec.field(default_factory=Counter)

    def add(self, other: Findings) -> None:
        """Take what another run of the same protocol found."""
        self.streams += other.streams
        self.seconds += other.seconds
        self.failures += other.failures
        self.failed = (self.failed + other.failed)[:MOST_KEPT]
        self.features.update(other.features)


def run(protocol: str, seeds: Iterable[int]) -> Findings:
    """Play the streams of some seeds, in this process."""
    found = Findings(protocol)
    began = time.process_time()
    for seed in seeds:
        stream = generate(protocol, seed)
        found.streams += 1
        found.features.update(set(stream.features))
        if check(stream):
            found.failures += 1
            if len(found.failed) < MOST_KEPT:
                found.failed.append(seed)
    found.seconds = time.process_time() - began
    return found


def run_all(protocols: list[str], count: int, processes: int) -> Iterator[Findings]:
    """Play ``count`` streams of each protocol; one ``Findings`` for each, as it is done.

    Processes are spawned and share nothing.
    """
    batches = [
        (protocol, range(start, min(start + BATCH, count)))
        for protocol in protocols
        for start in range(0, count, BATCH)
    ]
    known = {protocol: Findings(protocol) for protocol in protocols}
    with get_context("spawn").Pool(processes) as pool:
        for found in pool.imap(_run, batches):
            total = known[found.protocol]
            total.add(found)
            if total.streams == count:
                yield total


def _run(batch: tuple[str, range]) -> Findings:
    return run(*batch)
