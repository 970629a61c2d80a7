"""What the landing page claims is what was measured."""

from __future__ import annotations

import json
import re

from .pages import DOCS

LANDING = " ".join((DOCS / "index.md").read_text(encoding="utf-8").split())


def test_the_cost_is_that_of_the_benchmarks() -> None:
    page = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    first = re.search(r"^- (.+)\.$", page, re.MULTILINE)
    assert first is not None
    assert first[1] in LANDING, "docs/index.md repeats the first sentence of docs/benchmarks.md"


def test_the_counts_are_those_of_the_reliability_page() -> None:
    peers = json.loads((DOCS / "reliability" / "peers.json").read_text(encoding="utf-8"))
    (ours,) = (client for client in peers["clients"] if client["library"] == "chimeric")
    for found, words in ((ours["cases"], "odd answers"), (ours["faults"], "faults")):
        assert f"{found['right']:,} of {found['cases']:,} {words}" in LANDING
