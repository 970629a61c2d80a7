"""The page about what becomes of what one says is what comes of saying it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from .said import tables
from .said.kinds import KINDS
from .said.outcome import CATALOGUE, COLUMNS, Outcome, outcomes
from .said.page import page
from .said.tables import Table

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "what-happens-to-what-you-say.md"


@pytest.fixture(scope="module")
def found() -> Mapping[str, Mapping[str, Outcome]]:
    return outcomes(KINDS, (*COLUMNS, *CATALOGUE))


@pytest.mark.parametrize("head", [column.head for column in (*COLUMNS, *CATALOGUE)])
def test_nothing_is_lost_without_a_word_and_the_service_takes_what_is_sent(
    found: Mapping[str, Mapping[str, Outcome]], head: str
) -> None:
    faults = {
        name: outcome
        for name, outcome in found[head].items()
        if outcome.word in ("lost", "not taken")
    }
    assert faults == {}


def test_the_page_says_what_a_run_gives(found: Mapping[str, Mapping[str, Outcome]]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(found), "run scripts/said_page.py"


@pytest.mark.parametrize(
    "table", [*tables.TABLES, *tables.CATALOGUE], ids=lambda table: table.heading
)
def test_every_rule_says_what_it_is_about_and_who_says_so(table: Table) -> None:
    for rule in table.rules:
        assert all((rule.said, rule.models, rule.source, rule.on)), rule
        assert rule.done in ("left out", "changed", "told", "refused")
