"""The table of capabilities is what plugins declare and requests show."""

from __future__ import annotations

import re

from chimeric_catalog import names

from chimeric import Chimeric

from .capability_table import page, rows
from .pages import DOCS

PAGE = DOCS / "providers" / "capabilities.md"


def test_the_page_says_what_plugins_declare_and_requests_show() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run scripts/capabilities_page.py"


def test_every_installed_provider_is_on_the_page() -> None:
    told = {row.provider for row in rows()} | set(names())
    with Chimeric() as client:
        assert set(client.available_providers) - told <= {"sim", "echo"}


def test_every_provider_of_the_page_streams_calls_tools_and_lists_models() -> None:
    with Chimeric() as client:
        for row in rows():
            declared = client.get_capabilities(row.provider)
            assert declared.streaming, row.provider
            assert declared.tools, row.provider
            assert declared.list_models, row.provider


def test_a_note_stands_for_each_half_mark() -> None:
    text = PAGE.read_text(encoding="utf-8")
    half = [line for line in text.splitlines() if ".md) |" in line and ">◐<" in line]
    for line in half:
        title = re.findall(r"\| \[([^\]]+)\]", line)[0]
        assert f"\n- {title}: " in text, title
