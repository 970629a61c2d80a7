"""What users import, and the rules that the core's modules keep."""

from __future__ import annotations

import ast
import inspect
import re
import typing
from pathlib import Path

import pytest

import chimeric

ROOT = Path(__file__).parents[1]
CORE = ROOT / "chimeric_core" / "chimeric"
MODULES = sorted(p for p in CORE.rglob("*.py"))
PACKAGES = sorted(ROOT.glob("plugins/*/chimeric_*"))
PLUGIN_MODULES = sorted(m for p in PACKAGES for m in p.rglob("*.py") if "template" not in m.parts)

PROVIDERS = {
    *("openai", "anthropic", "claude", "gpt", "google", "gemini", "cohere", "groq", "cerebras"),
    *("grok", "xai", "mistral", "deepseek", "openrouter", "ollama", "bedrock"),
    *("azure", "vertex"),
}


def ids(paths: list[Path]) -> list[str]:
    return [str(p.relative_to(ROOT)) for p in paths]


def imports(path: Path) -> set[str]:
    """Top-level names that a module imports when it runs."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if isinstance(child, ast.Import):
                found.update(a.name.partition(".")[0] for a in child.names)
            elif isinstance(child, ast.ImportFrom) and not child.level and child.module:
                found.add(child.module.partition(".")[0])
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


def test_public_names_are_flat_sorted_and_there():
    names = chimeric.__all__
    # As the linter sorts them: constants, classes, the others.
    kinds = lambda name: (not name.isupper(), not name[0].isupper(), name)  # noqa: E731
    assert list(names) == sorted(set(names), key=kinds)
    for name in names:
        assert hasattr(chimeric, name), name


def test_what_the_package_shows_is_what_it_promises():
    public = {
        name
        for name, value in vars(chimeric).items()
        if not name.startswith("_") and not inspect.ismodule(value) and name != "annotations"
    }
    assert public <= set(chimeric.__all__)


@pytest.mark.parametrize("name", [n for n in chimeric.__all__ if not n.startswith("__")])
def test_every_public_name_is_documented(name):
    value = getattr(chimeric, name)
    if not (inspect.isclass(value) or inspect.isfunction(value)):
        return  # aliases of types and markers have nothing to hang a docstring on
    assert inspect.getdoc(value), name
    if not inspect.isclass(value):
        return
    for member, attribute in vars(value).items():
        if member.startswith("_") or not (
            inspect.isfunction(attribute) or isinstance(attribute, property)
        ):
            continue
        assert inspect.getdoc(getattr(value, member)), f"{name}.{member}"


def test_every_finish_reason_of_the_contract_is_there():
    assert set(typing.get_args(chimeric.FinishReason)) == {
        "stop", "length", "tool_calls", "content_filter", "refusal", "pause", "other",
    }  # fmt: skip


@pytest.mark.parametrize("path", [*MODULES, *PLUGIN_MODULES], ids=ids([*MODULES, *PLUGIN_MODULES]))
def test_no_module_is_longer_than_400_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", [*MODULES, *PLUGIN_MODULES], ids=ids([*MODULES, *PLUGIN_MODULES]))
def test_every_module_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", MODULES, ids=ids(MODULES))
def test_only_the_transport_layer_imports_httpx(path):
    allowed = "transport" in path.parts
    assert allowed or "httpx" not in imports(path)


@pytest.mark.parametrize("path", MODULES, ids=ids(MODULES))
def test_the_core_imports_no_plugin_and_no_sdk(path):
    strangers = {m for m in imports(path) if m.startswith("chimeric_") or m in PROVIDERS}
    assert not strangers


@pytest.mark.parametrize("path", MODULES, ids=ids(MODULES))
def test_the_core_never_branches_on_a_provider(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, (ast.If, ast.IfExp, ast.Compare, ast.Match)):
            continue
        test = node.test if isinstance(node, (ast.If, ast.IfExp)) else node
        for constant in ast.walk(test):
            if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                words = re.split(r"[^a-z]+", constant.value.lower())
                assert not set(words) & PROVIDERS, f"line {node.lineno}: {constant.value!r}"


def test_no_module_has_a_name_that_says_nothing():
    for path in [*MODULES, *PLUGIN_MODULES]:
        assert path.stem not in {"utils", "util", "base", "common", "helpers", "misc"}, path


@pytest.mark.parametrize("path", [*MODULES, *PLUGIN_MODULES], ids=ids([*MODULES, *PLUGIN_MODULES]))
def test_nothing_is_left_undone(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(TODO|FIXME|XXX|NotImplementedError)\b", text)
