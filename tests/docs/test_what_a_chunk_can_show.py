"""The table of what each provider shows says what its recordings do."""

from __future__ import annotations

import re

import pytest
from chimeric_catalog import names

from tests.conformance.corpus import CORPUS, check
from tests.conformance.shown import FEATURES, TOOLS, shown_by_provider

from .pages import DOCS, sections

RECORDED, DOCUMENTED = "●", "○"

PAGE = DOCS / "guide" / "what-a-chunk-can-show.md"


def table_of(heading: str) -> dict[str, dict[str, str]]:
    """The marks of each provider, by feature."""
    lines = [line for line in sections(PAGE)[heading].splitlines() if line.startswith("|")]
    names, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert all(len(row) == len(names) for row in rows)
    features = [name.strip("`") for name in names[1:]]
    told: dict[str, dict[str, str]] = {}
    for provider, *marks in rows:
        page = re.search(r"providers/(\w+)\.md", provider)
        assert page is not None, provider
        told[page[1]] = dict(zip(features, marks, strict=True))
    return told


def test_the_tables_have_all_kinds_of_tools_and_all_else() -> None:
    assert {tuple(marks) for marks in table_of("Tools by provider").values()} == {TOOLS}
    assert {tuple(marks) for marks in table_of("Everything else by provider").values()} == {
        FEATURES
    }
    for heading in ("Tools by provider", "Everything else by provider"):
        for marks in table_of(heading).values():
            assert set(marks.values()) <= {RECORDED, DOCUMENTED, ""}


@pytest.mark.skipif(check is None, reason=f"no recordings at {CORPUS}")
def test_what_the_tables_call_recorded_is_what_the_recordings_show() -> None:
    told: dict[str, set[str]] = {}
    for heading in ("Tools by provider", "Everything else by provider"):
        for provider, marks in table_of(heading).items():
            recorded = {feature for feature, mark in marks.items() if mark == RECORDED}
            told.setdefault(provider, set()).update(recorded)
    shown: dict[str, set[str]] = {}
    services = names()
    for name, found in shown_by_provider().items():
        if found:  # one page has all services of the catalogue
            shown.setdefault("catalog" if name in services else name, set()).update(found)
    assert {name: found for name, found in told.items() if found} == shown
