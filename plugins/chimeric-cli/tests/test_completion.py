"""Commands, options and models complete in a real shell."""

from __future__ import annotations

import os
import pty
import select
import shutil
import sys
import time
from pathlib import Path

import pytest

BASH = shutil.which("bash")


@pytest.fixture
def complete(env, tmp_path):
    """Press Tab behind a line in bash, and wait for what it is to become."""
    if BASH is None:
        pytest.skip("needs bash")
    tools = str(Path(sys.executable).parent)
    settings = {**env, "PATH": f"{tools}{os.pathsep}{env['PATH']}", "TERM": "dumb", "PS1": "READY"}

    def complete(line: str, completed: str) -> None:
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(tmp_path)
            os.execve(BASH, ["bash", "--norc", "--noprofile", "-i"], settings)
        output = ""

        def read(until: str) -> None:
            nonlocal output
            end = time.monotonic() + 60
            while until not in output:
                assert time.monotonic() < end, output
                if select.select([terminal], [], [], 0.1)[0]:
                    output += os.read(terminal, 65536).decode(errors="replace")

        try:
            read("READY")
            os.write(terminal, b'eval "$(chimeric completion bash)"; echo DO""NE\n')
            read("DONE")
            output = output.partition("DONE")[2]
            read("READY")  # only now are keys read one by one
            os.write(terminal, f"{line}\t".encode())
            read(completed)
        finally:
            os.close(terminal)
            os.waitpid(pid, 0)

    return complete


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("chimeric mod", "chimeric models "),
        ("chimeric -m sim:stor", "chimeric -m sim:story "),
        ("chimeric chat --model sim:stru", "--model sim:structured "),
        ("chimeric chat --ext", "chimeric chat --extract "),
    ],
)
def test_a_line_is_completed(complete, line, completed):
    complete(line, completed)


def test_models_that_were_listed_complete_without_their_provider(run, complete):
    run("models", "sim")
    complete("chimeric -m gpt-4o-", "chimeric -m gpt-4o-mini ")


def test_a_provider_that_does_not_answer_completes_nothing_and_says_nothing(run):
    more = {
        "_CHIMERIC_COMPLETE": "bash_complete",
        "COMP_WORDS": "chimeric -m compatible:x",
        "COMP_CWORD": "-1",
        "COMPATIBLE_BASE_URL": "http://127.0.0.1:9",
    }
    done = run(more=more)
    assert done.stdout.strip() == done.stderr == ""
