"""Lets ``-k`` pick the cases of a kind, as the table in ``docs/reliability.md`` says."""

from __future__ import annotations

import pytest

from .case import Case


def pytest_itemcollected(item: pytest.Item) -> None:
    """Note the kind of a test's case beside its name."""
    call = getattr(item, "callspec", None)
    case = call.params.get("case") if call is not None else None
    if isinstance(case, Case):
        item.extra_keyword_matches.add(case.kind)
