"""Streams by a grammar of all that servers do.

``python -m tests.protocols.generator chat 12345`` shows one stream: its bytes, what may be seen
of it, and what was. ``python -m tests.protocols.generator --all 100000`` plays that many of each
protocol and prints a table; ``--features`` counts what the grammar reached.
"""

from __future__ import annotations

import argparse
import sys

from .campaign import Findings, run_all
from .generated import Generated, generate
from .oracle import check, seen_of
from .player import Seen
from .protocols import PROTOCOLS


def show(protocol: str, seed: int) -> int:
    """Print one stream; 1 if something is wrong."""
    stream = generate(protocol, seed)
    print(f"{protocol} {seed}: {'; '.join(stream.features)}")
    how = "a whole answer" if stream.document else f"read {stream.reads}"
    print(f"{len(stream.body)} bytes, {how}{', then the connection breaks' * stream.broken}\n")
    print(_readable(stream))
    for place, outcome in enumerate(stream.outcomes):
        print(f"\n{'wanted' if not place else '    or'}: {outcome}")
    print(f"\n  seen: {_seen(seen_of(stream))}\n")
    wrong = check(stream)
    print("\n".join(f"WRONG {line}" for line in wrong) or "nothing is wrong")
    return int(bool(wrong))


def _readable(stream: Generated) -> str:
    return stream.body.replace(b"\r", b"\\r\n").decode("utf-8", "backslashreplace")


def _seen(seen: Seen) -> str:
    response = seen.response
    parts = {
        "text": response.content,
        "reasoning": response.reasoning,
        "refusal": response.refusal,
        "tool_calls": [(call.name, call.arguments) for call in response.tool_calls],
        "runs": seen.runs,
        "finish": [chunk.finish_reason for chunk in seen.chunks if chunk.finish_reason],
        "error": seen.error,
        "requests": seen.requests,
    }
    return ", ".join(f"{name}={value!r}" for name, value in parts.items())


def campaign(protocols: list[str], count: int, processes: int, features: bool) -> int:
    """Play many streams and print what came of them; 1 if something is wrong."""
    print(f"{'protocol':<12}{'streams':>9}{'CPU s':>9}{'ms each':>10}{'failures':>10}  features")
    found = []
    for one in run_all(protocols, count, processes):
        found.append(one)
        print(_row(one), flush=True)
    for one in found if features else ():
        print(f"\n{one.protocol}")
        for name, times in sorted(one.features.items()):
            print(f"{times:>9}  {name}")
    for one in found:
        for seed in one.failed:
            print(f"python -m tests.protocols.generator {one.protocol} {seed}")
    return int(any(one.failures for one in found))


def _row(found: Findings) -> str:
    each = 1000 * found.seconds / found.streams
    numbers = f"{found.streams:>9}{found.seconds:>9.1f}{each:>10.3f}{found.failures:>10}"
    return f"{found.protocol:<12}{numbers}  {len(found.features)} kinds"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("protocol", nargs="?", choices=sorted(PROTOCOLS))
    parser.add_argument("seed", nargs="?", type=int)
    parser.add_argument("--all", type=int, metavar="N", help="play N streams of each protocol")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--features", action="store_true", help="count what was reached")
    told = parser.parse_args()
    if told.protocol is not None and told.seed is not None:
        return show(told.protocol, told.seed)
    if told.all is None:
        parser.error("give a protocol and a seed, or --all N")
    chosen = [told.protocol] if told.protocol else list(PROTOCOLS)
    return campaign(chosen, told.all, told.processes, told.features)


if __name__ == "__main__":
    sys.exit(main())
