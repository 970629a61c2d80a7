"""Try mutants: ``python -m tests.requests.mutants [provider ...] [--count 60] [--seed 5 7]``.

``--all`` tries every mutant, ``--bare`` leaves out the file of what was approved, ``--at-once N``
runs so many processes. ``--keep FILE`` adds what is found to a file, mutant by mutant, and tries
none of a seed that stands there already; ``--page --keep FILE`` writes the table of such a file
into the documentation, and tries nothing.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from . import PROVIDERS, is_sound, mutants_of, tried
from .mutation import OPERATORS
from .tally import UNITS, Tally, put, read, written


def main() -> int:
    """Print a table; the exit code tells whether 90 % were rejected at each provider."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("providers", nargs="*", default=[*PROVIDERS])
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, nargs="+", default=[5])
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--page", action="store_true")
    asked = parser.parse_args()
    kept = {} if asked.keep is None else read(asked.keep)
    if asked.page:
        put(kept)
        return 0
    good = True
    for name in asked.providers:
        if not is_sound(PROVIDERS[name], bare=asked.bare):
            print(f"{name} does not pass as it is")
            return 1
        tally = kept.setdefault(name, Tally())
        for seed in asked.seed:
            count = sys.maxsize if asked.all else asked.count
            for _ in _tried(name, tally, seed, count, bare=asked.bare, at_once=asked.at_once):
                if asked.keep is not None:
                    written(kept, asked.keep)  # a trial takes long, and may be ended and resumed
            good &= tally.share(seed) >= 0.9
    return int(not good)


def _tried(
    name: str, tally: Tally, seed: int, count: int, *, bare: bool, at_once: int
) -> Iterator[None]:
    """Add the verdicts on those of a seed that have none yet, one after the other."""
    subject = PROVIDERS[name]
    made = mutants_of(subject.folder, subject.package)
    chosen = random.Random(seed).sample(made, min(count, len(made)))
    left = [mutant for mutant in chosen if not tally.knows(seed, mutant)]
    known = len(chosen) - len(left)
    for number, (mutant, verdict) in enumerate(
        tried(left, subject, bare=bare, at_once=at_once), known + 1
    ):
        tally.add(seed, mutant, verdict)
        yield
        if verdict == "alive":
            print(f"  alive  {mutant.change.operator:<20}{mutant.name}", flush=True)
        if number % 10 == 0:
            print(f"  {number} of {len(chosen)}", flush=True)
    print(f"{name}, seed {seed}: {len(made)} can be made, {len(chosen)} were tried")
    for operator in sorted({*OPERATORS, UNITS}):
        if (row := tally.row(operator, seed)).made:
            print(f"  {operator:<20}{row}")
    print(f"  {'all':<20}{tally.row(seed=seed)}  {tally.share(seed):.1%}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
