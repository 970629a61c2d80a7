"""Standard streams that are closed count as the null device: nothing fails for want of them."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell"),
]

Shell = Callable[..., "subprocess.CompletedProcess[str]"]
ECHO = ("chat", "-m", "sim:echo")


@pytest.fixture
def shell(env: dict[str, str], tmp_path: Path) -> Shell:
    """Run the command under a shell that closes some of its streams."""

    def shell(closed: str, *arguments: str, module: str = "chimeric_cli"):
        command = shlex.join([sys.executable, "-m", module, *arguments])
        return subprocess.run(
            ["sh", "-c", f"exec {command} {closed}"],
            env=env,
            cwd=tmp_path,
            input="",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return shell


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("more", [(), ("--json",), ("--reasoning", "--usage")])
def test_a_question_is_answered_whatever_streams_are_missing(shell, closed, more):
    done = shell(closed, *ECHO, *more, "hi")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    if ">&-" not in closed.replace("2>&-", ""):
        assert "hi" in done.stdout


def test_without_a_standard_input_there_is_no_prompt(shell):
    done = shell("<&-", *ECHO)
    assert done.returncode == 2
    assert "there is no prompt" in done.stderr
    assert shell("<&- 2>&-", *ECHO).returncode == 2


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    "arguments",
    [("plugins",), ("plugins", "--json"), ("models", "sim"), ("--help",), ("--version",)],
)
def test_other_commands_end_as_always(shell, closed, arguments):
    done = shell(closed, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_an_error_has_its_exit_code(shell, closed):
    assert shell(closed, "chat", "-m", "nobody:x", "hi").returncode == 1
    assert shell(closed, "no-such-command").returncode == 2


def test_the_results_of_a_batch_are_written(shell, tmp_path):
    (tmp_path / "p.jsonl").write_text('"hi"\n')
    done = shell("<&- >&- 2>&-", "batch", "p.jsonl", "-m", "sim:echo", "-o", "r.jsonl")
    assert done.returncode == 0
    assert json.loads((tmp_path / "r.jsonl").read_text())["response"]["content"] == "hi"


def test_no_socket_gets_the_number_of_a_stream(shell):
    """What a plugin prints, or a library's C code, must not go into a connection."""
    import_and_look = (
        "import os; from chimeric_cli.main import main; code = main(['chat', '-m', 'sim:echo', "
        "'hi']); import sys; sys.exit(code or os.fstat(1).st_ino != os.stat('/dev/null').st_ino)"
    )
    done = subprocess.run(
        ["sh", "-c", f"exec {shlex.join([sys.executable, '-c', import_and_look])} >&-"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_demo_runs_without_a_standard_output(shell):
    done = shell(">&-", module="chimeric_sim.demo")
    assert done.returncode == 0, done.stderr
