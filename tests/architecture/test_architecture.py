"""Layers, sizes, circles, and what is loaded when."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from chimeric_testing import LoopbackServer, SeenRequest

from .size import CORE, lines_of, loaded_by

ROOT = CORE.parents[1]
BODY = (
    b'data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n'
    b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)
PLAIN = """
from chimeric import Chimeric
for chunk in Chimeric(base_url={url!r}).generate("compatible:m", "hi", stream=True):
    pass
"""
ON_USE = (
    "exchange/structured_output.py",
    "client/counting.py",
    "client/listing.py",
    "client/reading/items.py",
    "client/reading/pieces.py",
    "client/reading/shown.py",
    "client/reading/texts.py",
    "client/reading/timing.py",
    "exchange/answers/arrived.py",
    "exchange/answers/bare.py",
    "exchange/error_words.py",
    "exchange/provider_errors.py",
    "stream/content_encoding.py",
    "exchange/answers/documents.py",
    "exchange/failing/failures.py",
    "exchange/failing/limits.py",
    "exchange/failing/refusals.py",
    "exchange/failing/waits.py",
    "exchange/tool_loop.py",
    "exchange/tool_run.py",
    "plugins/services.py",
    "schema/function_schema.py",
    "schema/json_schema.py",
    "schema/json_values.py",
    "schema/partial_json.py",
    "stream/framings/guarded_framer.py",
    "stream/framings/ndjson.py",
    "stream/framings/odd_blocks.py",
    "stream/framings/sizes.py",
    "stream/layers.py",
    "stream/repair.py",
    "stream/response.py",
    "stream/blocks/several.py",
    "stream/blocks/tool_calls.py",
    "values/forms/headers.py",
    "values/forms/notebooks.py",
    "values/forms/pickled.py",
    "values/forms/short.py",
    "values/forms/stored.py",
    "values/forms/told_chunks.py",
    "values/forms/told_errors.py",
    "values/models.py",
    "transport/async_driver.py",
    "transport/async_httpx_transport.py",
    "transport/event_loop.py",
    "transport/httpx_clients/faults.py",
    "transport/httpx_clients/given.py",
    "transport/httpx_clients/shared.py",
    "transport/performing/awaiting.py",
    "transport/performing/blocking.py",
)
"""What a plain stream, read without a loop, has no use for."""


def answer(request: SeenRequest) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(BODY)
    yield BODY


@pytest.fixture(scope="module")
def loaded() -> list[Path]:
    with LoopbackServer(answer) as server:
        return loaded_by(PLAIN.format(url=server.url))


def test_a_plain_stream_loads_no_more_than_it_uses(loaded: list[Path]) -> None:
    names = {str(path.relative_to(CORE)) for path in loaded}
    assert "exchange/exchange.py" in names
    assert not names & set(ON_USE)
    assert sum(lines_of(path) for path in loaded) <= 5_500


@pytest.mark.xfail(strict=True, reason='not met: "Measures" in docs/architecture.md tells why')
def test_the_core_is_small() -> None:
    assert sum(map(lines_of, CORE.rglob("*.py"))) <= 8_500


def test_the_core_does_not_grow_until_it_is_small() -> None:
    assert sum(map(lines_of, CORE.rglob("*.py"))) <= 13_952


def test_a_folder_has_at_most_a_dozen_modules() -> None:
    for folder in {path.parent for path in CORE.rglob("*.py")}:
        assert len(list(folder.glob("[!_]*.py"))) <= 12, folder


def test_an_import_that_climbs_fails_the_lint(tmp_path: Path) -> None:
    lint = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    if lint is None:
        pytest.skip("import-linter is not installed here; the lint environment has it")
    shutil.copytree(CORE, tmp_path / "chimeric", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)

    def run() -> subprocess.CompletedProcess[str]:
        command = [lint, "--no-cache"]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env={"PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    assert run().returncode == 0
    climbing = tmp_path / "chimeric" / "values" / "usage.py"
    climbing.write_text("from chimeric.client.client import Chimeric\n" + climbing.read_text())
    failed = run()
    assert failed.returncode == 1
    assert "chimeric.values.usage -> chimeric.client.client" in failed.stdout


def imports_of(path: Path, package: str) -> Iterator[str]:
    """Modules of the package that a module imports at run time, at its top."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = path.with_suffix("").parts
            inside = parts[len(parts) - 1 - parts[::-1].index(package) :]
            base = inside[: len(inside) - node.level] if node.level else ()
            name = ".".join([*base, *([node.module] if node.module else [])])
            yield name
            yield from (f"{name}.{alias.name}" for alias in node.names)


PACKAGES = sorted(
    path for path in (ROOT / "plugins").glob("chimeric-*/chimeric_*") if path.is_dir()
)


@pytest.mark.parametrize("package", [CORE, *PACKAGES], ids=lambda path: path.name)
def test_no_package_has_a_circle_of_imports(package: Path) -> None:
    modules = {
        ".".join(path.relative_to(package.parent).with_suffix("").parts): path
        for path in package.rglob("*.py")
        if "testing" not in path.parts
    }
    graph = {
        name: {target for target in imports_of(path, package.name) if target in modules} - {name}
        for name, path in modules.items()
    }
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join((*way[way.index(name) :], name))
        if name not in done:
            for target in sorted(graph[name]):
                visit(target, (*way, name))
            done.add(name)

    for name in graph:
        visit(name, ())
