"""Say many random things to providers, and tell what became of them.

``python -m tests.requests --cases 10000 --provider all --seed 0`` says 10,000 conversations to each
provider, without sockets, and lets the simulator judge what would have been sent. It ends with
status 1 when something was lost, misunderstood or refused by the service, and shows for each kind
of fault the smallest thing to say that has it.
"""

from __future__ import annotations

import argparse
import collections
import pprint
import re
import sys
import time

from chimeric_testing.saying import Said, say, smallest

from .verdict import MODELS, Judge

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--cases", type=int, default=1000, help="for each provider")
arguments.add_argument("--provider", default="all", help="names, with commas between them")
arguments.add_argument("--seed", type=int, default=0, help="the first seed")
arguments.add_argument("--show", type=int, default=1, help="examples of each kind of fault")
arguments.add_argument("--refusals", action="store_true", help="show errors by kind, too")


def kind_of(fault: str) -> str:
    """A fault without what differs from case to case."""
    return re.sub(r"'[^']*-x[^']*'|[a-z_]+-\d+-x|\d+", "_", fault)[:110]


def run(name: str, seeds: range, show: int, *, refusals: bool) -> int:
    """Say all of it to one provider; how many cases went wrong."""
    judge = Judge(name)
    counts: collections.Counter[str] = collections.Counter()
    kinds: dict[str, list[Said]] = {}
    refused: collections.Counter[str] = collections.Counter()
    began = time.monotonic()
    for seed in seeds:
        said = say(seed, signed=judge.sign)
        verdict = judge(said)
        if verdict.faults:
            counts["wrong"] += 1
            for fault in {kind_of(fault) for fault in verdict.faults}:
                kinds.setdefault(fault, []).append(said)
        elif verdict.refused:
            counts["refused"] += 1
            refused[kind_of(verdict.refused)] += 1
        else:
            counts["told" if verdict.told else "found"] += 1
    seconds = time.monotonic() - began
    told = ", ".join(f"{counts[word]} {word}" for word in ("found", "told", "refused", "wrong"))
    print(f"{name}: {len(seeds)} cases in {seconds:.0f} s: {told}")
    for kind, failing in sorted(kinds.items(), key=lambda item: -len(item[1])):
        print(f"  {len(failing)} x {kind}")
        print(f"    seeds {', '.join(str(said.seed) for said in failing[:12])}")
        for said in failing[:show]:
            _show(judge, said, kind)
    if refusals:
        for text, count in refused.most_common(20):
            print(f"  refused {count} x {text}")
    sys.stdout.flush()
    return counts["wrong"]


def _show(judge: Judge, said: Said, kind: str) -> None:
    small = smallest(said, lambda s: kind in {kind_of(fault) for fault in judge(s).faults})
    verdict = judge(small)
    print("    " + pprint.pformat(small.arguments(), width=110).replace("\n", "\n    "))
    print(f"    faults {verdict.faults[:3]}")
    print(f"    told   {verdict.told}")
    print(f"    sent   {verdict.body[:1500]!r}")


def main() -> int:
    """Run what the command line says."""
    given = arguments.parse_args()
    names = list(MODELS) if given.provider == "all" else given.provider.split(",")
    seeds = range(given.seed, given.seed + given.cases)
    wrong = [run(name, seeds, given.show, refusals=given.refusals) for name in names]
    return 1 if any(wrong) else 0


if __name__ == "__main__":
    sys.exit(main())
