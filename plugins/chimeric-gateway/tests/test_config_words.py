"""The words of the configuration file are those of the distributions, and of its page."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest
from chimeric_gateway.config import CacheSettings, HedgeSettings, LimitSettings, load
from chimeric_gateway.config.tables import ClientTable, EndpointTable, ModelTable, TopTable


@pytest.mark.parametrize(
    ("form", "place", "own"),
    [
        (CacheSettings, "chimeric_cache.Cache", {"shared"}),
        (LimitSettings, "chimeric_limit.Limit", set()),
        (HedgeSettings, "chimeric_hedge.Hedge", set()),
    ],
)
def test_the_words_of_a_table_are_those_of_its_distribution(
    form: Any, place: str, own: set[str]
) -> None:
    module, _, name = place.partition(".")
    thing = getattr(pytest.importorskip(module, reason="it is an extra"), name)
    parameters = inspect.signature(thing).parameters
    assert set(form.__struct_fields__) - own <= {*parameters}
    made: Any = form(
        **{"store": "x"} if name == "Cache" else {"models": ()} if name == "Hedge" else {}
    )
    defaults = {n: p.default for n, p in parameters.items()}
    differing = {n for n, v in made.arguments().items() if tuple_of(v) != tuple_of(defaults[n])}
    assert differing <= {"wait"}  # a gateway refuses at once, and its client comes again


def tuple_of(value: Any) -> Any:
    return tuple(value) if isinstance(value, (list, tuple)) else value


PAGE = Path(__file__).parents[3] / "docs" / "guide" / "gateway.md"

SECTIONS = {
    "The configuration file": TopTable,
    "`[endpoints.NAME]`": EndpointTable,
    "`[models.NAME]`": ModelTable,
    "`[clients.NAME]`": ClientTable,
    "`[cache]` and `[models.NAME.cache]`": CacheSettings,
    "`[limit]` and `[models.NAME.limit]`": LimitSettings,
}


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not here")
@pytest.mark.parametrize("heading", SECTIONS)
def test_the_page_about_the_file_lists_each_field_and_no_other(heading: str) -> None:
    _, _, text = PAGE.read_text(encoding="utf-8").partition(f"# {heading}\n")
    text = re.split(r"^#+ ", text, flags=re.MULTILINE)[0]
    rows = [row.split(" | ") for row in text.splitlines() if row.startswith("| `")]
    told = [name for row in rows for name in re.findall(r"`(\w+)`", row[0])]
    form = SECTIONS[heading]
    assert sorted(told) == sorted(form.__struct_fields__)
    defaults = {row[0]: row[1].strip('`"') for row in rows}
    if form is TopTable:
        made = load({})
        for name in ("grace", "keepalive", "max_retries", "log_content", "otel", "log"):
            assert load({name: json.loads(defaults[f"| `{name}`"])}) == made, name
        assert load({"max_body": defaults["| `max_body`"]}).max_body == made.max_body
