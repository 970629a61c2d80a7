"""Try mutants: ``python -m tests.requests.mutants [provider ...] [--count 150] [--seed 7]``.

``--bare`` leaves out the file of what was approved; ``--all`` tries every mutant.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter

from . import PROVIDERS, is_sound, mutants_of, tried


def main() -> int:
    """Print a table; the exit code tells whether 90 % were rejected at each provider."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("providers", nargs="*", default=[*PROVIDERS])
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--all", action="store_true")
    asked = parser.parse_args()
    good = True
    for name in asked.providers:
        subject = PROVIDERS[name]
        if not is_sound(subject, bare=asked.bare):
            print(f"{name} does not pass as it is")
            return 1
        made = mutants_of(subject.folder, subject.package)
        count = len(made) if asked.all else min(asked.count, len(made))
        chosen = random.Random(asked.seed).sample(made, count)
        total, alive = Counter[str](), Counter[str]()
        for mutant, verdict in tried(chosen, subject, bare=asked.bare):
            total[mutant.change.operator] += 1
            if total.total() % 10 == 0:
                print(f"  {total.total()} of {count}, {alive.total()} alive", flush=True)
            if verdict == "alive":
                alive[mutant.change.operator] += 1
                print(f"  alive  {mutant.change.operator:<20}{mutant.name}", flush=True)
        print(f"{name}: {len(made)} can be made, {count} were tried")
        for operator in sorted(total):
            rejected = total[operator] - alive[operator]
            print(f"  {operator:<20}{total[operator]:>5} made {rejected:>5} rejected")
        share = 1 - alive.total() / count
        print(f"  {'all':<20}{count:>5} made {count - alive.total():>5} rejected  {share:.1%}")
        good &= share >= 0.9
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
