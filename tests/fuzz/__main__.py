"""Fuzz for a while: ``python -m tests.fuzz --seconds 60``.

With atheris installed the framings and parsers are instrumented and it looks for new ways through
them; without it, good answers are spoilt at random. The first input that breaks an invariant ends
the run, and is printed.
"""

from __future__ import annotations

import argparse
import random
import sys
import time

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--seconds", type=float, default=60.0)
arguments.add_argument("--seed", type=int, default=None, help="of the random inputs")
arguments.add_argument("--plain", action="store_true", help="do not use atheris")


def fuzz_plainly(seconds: float, seed: int | None) -> int:
    """Spoil good answers at random; the number of inputs."""
    from .target import mutated, play_bytes

    rng = random.Random(seed)
    until, count = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        data = mutated(rng)
        try:
            play_bytes(data)
        except BaseException:
            print(f"after {count} inputs: {data!r}", file=sys.stderr)
            raise
        count += 1
    return count


def main() -> int:
    told = arguments.parse_args()
    try:
        if told.plain:
            raise ImportError
        import atheris  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        print(f"{fuzz_plainly(told.seconds, told.seed):,} inputs, no fault")
        return 0
    with atheris.instrument_imports():
        from .target import play_bytes, seeds
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as corpus:
        for place, seed in enumerate(seeds()):
            (Path(corpus) / f"seed-{place}").write_bytes(seed)
        options = [f"-max_total_time={int(told.seconds)}", "-max_len=4096", corpus]
        atheris.Setup([sys.argv[0], *options], play_bytes)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
