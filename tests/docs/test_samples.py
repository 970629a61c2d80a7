"""Every Python sample of the pages and of the plugins' READMEs runs, as a reader would paste it."""

from __future__ import annotations

import ast
import asyncio
import gc
import inspect
import os
import re
import subprocess
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from chimeric_sim import Simulator

from .pages import Sample, name_of, pages, readmes, samples

MOST_NOT_RUN = 16
"""More samples than this that are not run would make the others worth little."""

RAY = ("guide/ray.md", "reference/ray.md", "plugins/chimeric-ray/README.md")
"""Pages that need what only ``python3 run.py ray`` installs."""

PAGES = [page for page in [*pages(), *readmes()] if samples(page)]


@pytest.fixture
def module(request: pytest.FixtureRequest) -> Iterator[types.ModuleType]:
    """The namespace that the samples of a page share."""
    made = types.ModuleType("docs_sample")
    sys.modules["docs_sample"] = made
    before = set(sys.modules)
    yield made
    del sys.modules["docs_sample"]
    for name in set(sys.modules) - before:
        # Modules that the page wrote itself: the next page may write others of that name.
        if str(getattr(sys.modules[name], "__file__", "")).startswith(os.getcwd()):
            del sys.modules[name]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_samples_of_a_page_run(
    page: Path,
    world: Simulator,
    start_gateway: Callable[[Mapping[str, Any]], str],
    module: types.ModuleType,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if name_of(page) in RAY:
        pytest.importorskip("ray", reason="python3 run.py ray runs this page")
    module.__dict__["simulator"] = world
    module.__dict__["start_gateway"] = start_gateway
    with asyncio.Runner() as runner, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for sample in samples(page):
            _play(sample, module, runner, capsys)
        module.__dict__.clear()
        gc.collect()


def _play(
    sample: Sample,
    module: types.ModuleType,
    runner: asyncio.Runner,
    capsys: pytest.CaptureFixture[str],
) -> None:
    match sample.kind:
        case "run" | "check":
            capsys.readouterr()
            _run(sample, module, runner)
        case "file" | "pytest":
            path = Path(sample.text)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(sample.code)
            if sample.kind == "pytest":
                _run_pytest(path)
        case "shell":
            capsys.readouterr()
            _run_shell(re.sub(r"^\$ ", "", sample.code, flags=re.MULTILINE))
        case "output":
            printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())
            assert printed.strip() == sample.code.strip(), f"{sample.page}:{sample.line}"
        case "install" | "filmed" | "installed":
            pass  # test_getting_started and test_walkthrough run them
        case "skip":
            assert sample.text, f"{sample.page}:{sample.line} is not run, and does not say why"


def _run(sample: Sample, module: types.ModuleType, runner: asyncio.Runner) -> None:
    # Empty lines before it make the line numbers of a traceback those of the page.
    source = "\n" * (sample.line - 1) + sample.code
    code = compile(
        source,
        f"docs/{sample.page}",
        "exec",
        flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
        dont_inherit=True,
    )
    if code.co_flags & inspect.CO_COROUTINE:
        runner.run(eval(code, module.__dict__))
    else:
        exec(code, module.__dict__)


def _run_pytest(path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def _run_shell(script: str) -> None:
    pytest.importorskip("chimeric_cli", reason="the sample is a command line")
    tools = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "HOME": os.getcwd(),
    }
    command = ["bash", "-e", "-o", "pipefail", "-c", script]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{script}: {done.stdout}{done.stderr}"
    print(done.stdout, end="")


def test_few_samples_are_not_run_and_each_says_why() -> None:
    written = [s for page in PAGES for s in samples(page)]
    skipped = [sample for sample in written if sample.kind == "skip"]
    assert all(sample.text for sample in skipped)
    assert len(skipped) <= MOST_NOT_RUN, [(s.page, s.line, s.text) for s in skipped]
