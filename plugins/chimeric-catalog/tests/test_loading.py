"""A service is loaded when it is asked for, and the entry points are the table."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import chimeric_catalog
import pytest
from chimeric_catalog import FULL, entry_of, names
from chimeric_catalog.page import page

from chimeric import Chimeric, Request

LOADED = "import sys; print(*sorted(n for n in sys.modules if n.startswith('chimeric_catalog')))"


def loaded(code: str) -> list[str]:
    command = [sys.executable, "-c", f"{code}; {LOADED}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_a_client_of_a_full_catalogue_imports_none_of_it() -> None:
    assert loaded("import chimeric; chimeric.Chimeric().available_providers") == []


def test_one_service_is_loaded_without_the_others() -> None:
    said = "import chimeric; chimeric.Chimeric(perplexity_api_key='k').provider('perplexity')"
    if not hasattr(Chimeric, "provider"):
        said = "import chimeric_catalog; chimeric_catalog.perplexity"
    found = loaded(said)
    assert "chimeric_catalog.services.perplexity" in found
    assert "chimeric_catalog.table" not in found
    assert [n for n in found if "services." in n] == ["chimeric_catalog.services.perplexity"]


def test_the_entry_points_are_the_services() -> None:
    told = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text("utf-8"))
    points = told["project"]["entry-points"]["chimeric"]
    assert points == {name: f"chimeric_catalog:{name}" for name in sorted(names())}
    assert set(names()) <= set(Chimeric().available_providers)
    assert len(names()) >= 40


def announced(name: str) -> tuple[str, ...]:
    """Patterns of models, and each other name that the service answers to."""
    entry = entry_of(name)
    return (*entry.models, *(f"{alias}:*" for alias in entry.aliases)) or (f"{name}:*",)


def test_what_each_service_serves_is_announced_so_that_none_is_loaded_to_know_it() -> None:
    told = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text("utf-8"))
    patterns = told["project"]["entry-points"]["chimeric.models"]
    assert patterns == {pattern: name for name in names() for pattern in announced(name)}


BARE = """
from chimeric import Chimeric
with Chimeric(max_retries=0) as client:
    try:
        client.generate({model!r}, "Hi", api_key="k", base_url="http://127.0.0.1:1")
    except Exception as error:
        assert "{word}" in str(error), error
"""


@pytest.mark.parametrize(
    ("model", "word", "service"),
    [
        ("no-such-model-anywhere", "no-such-model-anywhere", None),
        ("sonar-pro", "connection failed", "perplexity"),
        ("accounts/me/models/x", "connection failed", "fireworks"),
        ("kimi:kimi-k3", "connection failed", "moonshot"),
        ("nonesuch:m", "nonesuch", None),
    ],
)
def test_a_bare_name_loads_the_service_that_may_have_it_and_no_other(
    model: str, word: str, service: str | None
) -> None:
    code = BARE.format(model=model, word=word)
    done = [sys.executable, "-c", f"{code}\n{LOADED}"]
    found = subprocess.run(done, capture_output=True, text=True, check=True).stdout.split()
    services = [f"chimeric_catalog.services.{service}"] if service else []
    assert [name for name in found if "services." in name] == services
    assert ("chimeric_catalog" in found) == bool(service)


@pytest.mark.parametrize("name", names())
def test_a_service_is_called_what_its_entry_point_is(name: str) -> None:
    plugin = getattr(chimeric_catalog, name)
    assert plugin.chimeric_provider().name == entry_of(name).name == name
    assert plugin.chimeric_provider().state(Request(model="m", messages=())) is not None
    dialect = entry_of(name).dialect
    if dialect.rules is not None:
        assert len(dialect.rules()) > 0


def test_no_two_services_share_a_name_an_alias_or_a_pattern() -> None:
    entries = [entry_of(name) for name in names()]
    called = [name for entry in entries for name in (entry.name, *entry.aliases)]
    patterns = [pattern.lower() for entry in entries for pattern in entry.models]
    assert len(called) == len(set(called))
    assert len(patterns) == len(set(patterns))


def test_a_name_that_is_no_service_is_told() -> None:
    with pytest.raises(AttributeError, match="no service 'nonesuch'"):
        getattr(chimeric_catalog, "nonesuch")  # noqa: B009
    with pytest.raises(KeyError):
        entry_of("nonesuch")
    assert "perplexity" in FULL


def test_the_docs_page_is_made_of_the_table() -> None:
    told = Path(__file__).parents[3] / "docs" / "providers" / "catalog.md"
    again = f"run python -m chimeric_catalog.page {told}"
    assert told.read_text(encoding="utf-8") == page(), again
