"""The page "Getting started", in an environment that has what it installs and nothing else."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from .fresh import environment, shell
from .pages import DOCS, Sample, samples

PAGE = DOCS / "guide" / "getting-started.md"
BLOCKS = samples(PAGE)

PROMPT = """
import contextlib, io, json, sys, warnings
warnings.simplefilter("error")
names = {"__name__": "__main__"}
for code in json.load(sys.stdin):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "getting-started.md", "exec"), names)
    print(json.dumps(printed.getvalue()), flush=True)
"""
"""A session of Python that reads blocks and tells what each printed."""


@pytest.fixture
def folder(wheels: Path, tmp_path: Path) -> Path:
    """A folder in which ``python3 run.py wheels`` has been run."""
    (tmp_path / "dist").symlink_to(wheels)
    return tmp_path


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_page_can_be_pasted_to_its_end_and_shows_what_one_gets(folder: Path) -> None:
    lines, shown = _shell(BLOCKS)
    told = shell([lines], folder)
    assert told.endswith(shown), told

    code, outputs = _python(BLOCKS)
    session = subprocess.run(
        [str(folder / ".venv" / "bin" / "python"), "-c", PROMPT],
        input=json.dumps([sample.code for sample in code]),
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=120,
    )
    printed = [json.loads(line).strip() for line in session.stdout.splitlines()]
    assert len(printed) == len(code), f"line {code[len(printed)].line}: {session.stderr}"
    wrong = {
        sample.line: (told, outputs[sample])
        for sample, told in zip(code, printed, strict=True)
        if sample in outputs and told != outputs[sample]
    }
    assert not wrong
    silent = [s.line for s, told in zip(code, printed, strict=True) if told and s not in outputs]
    assert not silent, f"blocks at {silent} print something that the page does not show"


def test_each_block_of_the_page_is_run_in_the_fresh_environment() -> None:
    assert {sample.kind for sample in BLOCKS} <= {
        *("run", "output", "install", "installed"),
        "filmed",  # what the fixture does
    }


def _shell(blocks: list[Sample]) -> tuple[str, str]:
    """The lines for a shell, and what the last of them shows."""
    lines = "".join(sample.code for sample in blocks if sample.kind == "install")
    (shown,) = [sample.code for sample in blocks if sample.kind == "installed"]
    return lines, shown


def _python(blocks: list[Sample]) -> tuple[list[Sample], dict[Sample, str]]:
    """The blocks of Python, and what those print that show it."""
    code: list[Sample] = []
    outputs: dict[Sample, str] = {}
    for sample in blocks:
        if sample.kind == "run":
            code.append(sample)
        elif sample.kind == "output":
            outputs[code[-1]] = sample.code.strip()
    return code, outputs
