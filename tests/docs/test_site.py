"""The site builds without a warning and loads nothing from elsewhere; its drawings are current."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from .pages import DOCS, ROOT, name_of, pages


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_drawing_is_what_its_script_draws() -> None:
    drawing = script("docs_drawing")
    assert (DOCS / "assets" / "way-of-a-byte.svg").read_text() == drawing.draw()


def test_the_drawing_of_the_layers_is_that_of_the_imports(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    assert (DOCS / "assets" / "layers.svg").read_text() == script("docs_layers").draw()


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_a_page_fits_and_names_no_machine(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(("# ", "---\n", "<!--")), "a page begins with its title"
    assert not re.search(r"/(work|root|home)/\w", text)


@pytest.mark.slow
def test_the_site_builds_without_a_warning_and_loads_nothing_from_elsewhere(site: Path) -> None:
    client = (site / "reference" / "client" / "index.html").read_text()
    for name in ("generate", "agenerate", "generate_many", "tool", "list_models", "close"):
        assert f'id="chimeric.Chimeric.{name}"' in client, f"the reference lacks {name}"
    loads = re.compile(r'<(?:script|img|iframe|source)[^>]+src="https?://[^"]+"', re.IGNORECASE)
    links = re.compile(r'<link[^>]+rel="(?:stylesheet|preload|preconnect)"[^>]+href="https?://')
    for page in site.rglob("*.html"):
        text = page.read_text()
        assert not loads.search(text), page
        assert not links.search(text), page
        assert 'data-md-component="source"' not in text, "it asks GitHub for the stars"


@pytest.mark.slow
def test_every_page_leads_to_its_source(site: Path) -> None:
    for page in pages():
        path = site / page.relative_to(DOCS).with_suffix("")
        built = (path.parent if path.name == "index" else path) / "index.html"
        assert f"/edit/main/docs/{name_of(page)}" in built.read_text(), name_of(page)
