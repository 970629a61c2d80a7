"""The table of clients in the documentation is the tests' own."""

from __future__ import annotations

from pathlib import Path

from .cases import CLIENTS, FAULTS, table

PAGE = Path(__file__).parents[2] / "docs/guide/testing.md"


def test_the_page_has_the_table_of_the_tests():
    text = PAGE.read_text()
    began = text.index("| client | speaks |")
    assert text[began:].startswith(table())


def test_what_clients_cannot_do_is_about_clients_that_are_asked():
    assert all(protocol in CLIENTS[client] for client, protocol, *_ in FAULTS)
