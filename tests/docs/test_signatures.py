"""The reference says in plain Markdown how each object is called."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .pages import DOCS, name_of
from .signatures import reference, signature, signed


@pytest.mark.parametrize("page", reference(), ids=name_of)
def test_the_signatures_of_a_page_are_those_of_the_code(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == signed(text), "run scripts/reference_signatures.py"


def test_a_method_stands_under_its_class_with_types_and_defaults() -> None:
    told = signature("chimeric.Chimeric")
    assert told.startswith("class Chimeric(\n    *,\n")
    assert "    max_retries: int = 2,\n" in told
    assert "    def generate(\n        model: str,\n" in told
    assert "    async def agenerate(\n" in told
    assert "self" not in re.findall(r"\w+", told)


@pytest.mark.slow
def test_the_site_shows_no_signature_twice(site: Path) -> None:
    built = (site / "reference" / "client" / "index.html").read_text(encoding="utf-8")
    assert "language-py " not in built
    assert "<!-- signature -->" in (DOCS / "reference" / "client.md").read_text(encoding="utf-8")
