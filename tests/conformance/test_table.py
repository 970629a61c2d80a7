"""Every directory of recordings is read by its service's own provider, or a reason is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from .corpus import CORPUS, check
from .table import ALIASES, ELSEWHERE, page, recorded

pytestmark = pytest.mark.skipif(check is None, reason=f"no recordings at {CORPUS}")

PAGE = Path(__file__).parents[2] / "docs" / "providers" / "recordings.md"


def test_every_directory_is_read_by_its_own_provider_or_it_is_told_why_not() -> None:
    elsewhere = {
        (service, api)
        for service, api, reader, _ in recorded()
        if reader != ALIASES.get(service, service)
    }
    assert elsewhere == ELSEWHERE.keys()
    directories = {path.name for path in CORPUS.iterdir() if path.is_dir()}
    assert {service for service, *_ in recorded()} == {d for d in directories if d[0].isalpha()}


def test_the_page_says_what_the_recordings_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run scripts/recordings_page.py"
