"""How long the plugins of a third party are: the table in the documentation is counted."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parent / "third_party"
PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"
NAMES = ("answer_cache", "rate_limiter", "token_exchange", "output_guard")


def statements(source: str) -> int:
    """Statements of a module, without docstrings."""
    tree = ast.parse(source)
    found = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    return sum(
        not (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        )
        for node in found
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_table_tells_how_many_statements_a_plugin_has(name: str) -> None:
    count = statements((PLUGINS / f"{name}.py").read_text())
    told = re.search(rf"`{name}`[^|]*\| (\d+) \|", PAGE.read_text())
    assert told is not None
    assert int(told[1]) == count


def test_docstrings_are_no_statements() -> None:
    assert statements('"""A."""\n\n\ndef f():\n    """B."""\n    return 1\n') == 2
