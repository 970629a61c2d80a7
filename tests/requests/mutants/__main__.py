"""Try mutants: ``python -m tests.requests.mutants [provider ...] [--count 60] [--seed 5 7]``.

``--all`` tries every mutant, ``--bare`` leaves out the file of what was approved, ``--at-once N``
runs so many processes. ``--keep FILE`` adds what is found to a file, mutant by mutant, and tries
none of a seed that stands there already, or with ``--again`` those that live. ``--report [FILE]``
writes the table of such a file into the documentation, and why those of ``living.toml`` live, and
tries nothing. ``--equivalents`` tries those of which the table ``equivalent.toml`` says that nobody
can tell them from the program.

Of each operator it prints how many were rejected, how many live, and how many are equivalents.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from . import PROVIDERS, Mutant, Verdict, is_sound, mutants_of, tried
from .equivalent import known, of
from .living import put_reasons
from .mutation import OPERATORS
from .tally import FOUND, UNITS, Tally, put, read, written


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
    parser.add_argument("--report", type=Path, nargs="?", const=FOUND)
    parser.add_argument("--equivalents", action="store_true")
    parser.add_argument("--again", action="store_true")
    asked = parser.parse_args()
    kept = {} if asked.keep is None else read(asked.keep)
    if asked.report is not None:
        put(read(asked.report))
        put_reasons()
        return 0
    good = True
    for name in asked.providers:
        if not is_sound(PROVIDERS[name], bare=asked.bare):
            print(f"{name} does not pass as it is")
            return 1
        if asked.equivalents:
            good &= _doubted(name, at_once=asked.at_once)
            continue
        tally = kept.setdefault(name, Tally())
        for seed in asked.seed:
            count = sys.maxsize if asked.all else asked.count
            for _ in _tried(name, tally, seed, count, asked):
                if asked.keep is not None:
                    written(kept, asked.keep)  # a trial takes long, and may be ended and resumed
            good &= tally.share(seed) >= 0.9
    return int(not good)


def _tried(
    name: str, tally: Tally, seed: int, count: int, asked: argparse.Namespace
) -> Iterator[None]:
    """Add the verdicts on those of a seed that have none yet, one after the other.

    With ``--again`` those that live are tried once more.
    """
    subject = PROVIDERS[name]
    made = mutants_of(subject.folder, subject.package)
    chosen = random.Random(seed).sample(made, min(count, len(made)))
    left: list[Mutant] = []
    for mutant in chosen:
        match tally.verdict(seed, mutant):
            case "alive" if known(mutant) is not None:  # the entry is new
                tally.add(seed, mutant, "equivalent")
                yield
            case None:
                left.append(mutant)
            case "alive" if asked.again:
                left.append(mutant)
            case _:
                pass
    found = tried(left, subject, bare=asked.bare, at_once=asked.at_once)
    for number, (mutant, outcome) in enumerate(found, len(chosen) - len(left) + 1):
        verdict = _weighed(mutant, outcome)
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


def _weighed(mutant: Mutant, verdict: Verdict) -> Verdict:
    """The verdict; one that lives may be known to be no other program."""
    return "equivalent" if verdict == "alive" and known(mutant) is not None else verdict


def _doubted(name: str, *, at_once: int) -> bool:
    """Try those of which the table says that nobody can tell them; whether all of them live."""
    subject = PROVIDERS[name]
    chosen = of(mutants_of(subject.folder, subject.package))
    wrong = [m for m, verdict in tried(chosen, subject, at_once=at_once) if verdict != "alive"]
    for mutant in wrong:
        print(f"  no equivalent: {mutant.name}")
    print(f"{name}: {len(chosen)} are in the table, {len(wrong)} of them are rejected", flush=True)
    return not wrong


if __name__ == "__main__":
    sys.exit(main())
