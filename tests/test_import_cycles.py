"""The simulator and the library of dialects have no import cycle, and their folders stay small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {
    name: ROOT / "plugins" / name.replace("_", "-") / name
    for name in ("chimeric_dialects", "chimeric_sim")
}
MOST_MODULES, MOST_LINES = 12, 400


def modules(package: Path) -> dict[str, Path]:
    """The modules of a package by their dotted names."""
    found: dict[str, Path] = {}
    for path in package.rglob("*.py"):
        parts = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def run_time_imports(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Imports that run when a module is loaded: not in functions, not for type checkers."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from run_time_imports(node)


def imported(name: str, path: Path, known: set[str]) -> set[str]:
    """The modules of ``known`` that a module loads, with the packages that they lie in.

    The packages that the module itself lies in are left out: they are loaded already.
    """
    here = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found: set[str] = set()
    for node in run_time_imports(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
            continue
        base = node.module or ""
        if node.level:
            above = here.split(".")[: len(here.split(".")) - node.level + 1]
            base = ".".join([*above, *([node.module] if node.module else [])])
        found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    with_parents = {
        ".".join(parts[:size])
        for module in found
        for parts in [module.split(".")]
        for size in range(1, len(parts) + 1)
    }
    return {m for m in with_parents & known if not f"{name}.".startswith(f"{m}.")}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_is_loaded_while_it_loads(package):
    found = modules(PACKAGES[package])
    graph = {name: imported(name, path, set(found)) for name, path in found.items()}
    assert any(graph.values())
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_folder_has_at_most_a_dozen_modules_and_a_module_one_short_subject(package):
    for folder in {path.parent for path in modules(PACKAGES[package]).values()}:
        names = [path.name for path in folder.glob("*.py") if path.name != "__init__.py"]
        assert len(names) <= MOST_MODULES, folder
    for path in modules(PACKAGES[package]).values():
        assert len(path.read_text(encoding="utf-8").splitlines()) < MOST_LINES, path


def test_the_dialects_know_neither_the_simulator_nor_the_core():
    for path in modules(PACKAGES["chimeric_dialects"]).values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            tops = {name.partition(".")[0] for name in names}
            assert not tops & {"chimeric", "chimeric_sim", "asyncio", "httpx", "socket"}, path
