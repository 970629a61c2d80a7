"""Put every fault back and look for it: ``python -m tests.protocols.mutants [name ...]``."""

from __future__ import annotations

import sys
from multiprocessing.pool import ThreadPool

from .faults import MUTANTS
from .hunt import LIMIT, hunt
from .mutant import Mutant


def line(mutant: Mutant) -> tuple[bool, str]:
    """Whether a fault was found, and what the table says of it."""
    stale = [edit.path for edit in mutant.edits if not edit.applies()]
    head = f"{mutant.finding:<8}{mutant.name:<44}"
    if stale:
        return False, f"{head}does not apply any more: {', '.join(stale)}"
    found = hunt(mutant)
    if found is None:
        return False, f"{head}NOT FOUND in {LIMIT} streams of {', '.join(mutant.protocols)}"
    return True, f"{head}{found.protocol:<10} stream {found.seed:>5}  {found.complaint[:60]}"


def main(names: list[str]) -> int:
    chosen = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    everything = True
    with ThreadPool(2) as pool:
        for found, text in pool.imap(line, chosen):
            everything &= found
            print(text, flush=True)
    return int(not everything)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
