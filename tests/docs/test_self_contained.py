"""Who pastes a page of the guide needs nothing that the page does not show."""

from __future__ import annotations

import ast
import builtins
from pathlib import Path

import pytest

from .pages import DOCS, Sample, name_of, pages, samples

GUIDES = [page for page in pages() if page.is_relative_to(DOCS / "guide")]
GIVEN = {"simulator", "start_gateway"}
"""What the tests give to hidden blocks."""


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_the_blocks_of_a_page_use_no_name_that_only_a_hidden_block_has(page: Path) -> None:
    assert not _missing(samples(page))


def test_a_block_that_needs_what_is_hidden_is_found() -> None:
    hidden = Sample("page.md", 1, "check", "", "client = make()")
    shown = Sample("page.md", 5, "run", "", "print(client.generate('sim:echo', 'Hi'))")
    assert _missing([hidden, shown]) == [(5, "client")]
    assert _missing([shown._replace(code="client = 1"), hidden, shown]) == []


def _missing(blocks: list[Sample]) -> list[tuple[int, str]]:
    """Names that a shown block uses and that only hidden ones define, with the block's line."""
    shown, hidden = set(dir(builtins)), set(GIVEN)
    missing: list[tuple[int, str]] = []
    for block in blocks:
        if block.kind not in ("run", "check"):
            continue
        tree = ast.parse(block.code)
        defined = set().union(*(_defined(node) for node in ast.walk(tree)))
        if block.kind == "check":
            hidden |= defined
            continue
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - defined - shown
        missing += [(block.line, name) for name in sorted(used & hidden)]
        shown |= defined
    return missing


def _defined(node: ast.AST) -> set[str]:
    """Names that a node makes, wherever they may be seen."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return {node.name}
        case ast.arg():
            return {node.arg}
        case ast.alias():
            return {(node.asname or node.name).partition(".")[0]}
        case ast.Name(ctx=ast.Store()):
            return {node.id}
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            return {name}
        case _:
            return set()
