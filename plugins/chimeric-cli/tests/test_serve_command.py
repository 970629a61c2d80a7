"""``chimeric serve`` is the gateway's, which is a distribution of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

RUN = """
import sys
if {hidden}:
    sys.modules["chimeric_gateway"] = None
from chimeric_cli.main import main
raise SystemExit(main({arguments!r}))
"""


def run(*arguments: str, hidden: bool = False) -> subprocess.CompletedProcess[str]:
    """Run the command line; ``hidden`` where the gateway is not to be found."""
    code = RUN.format(hidden=hidden, arguments=list(arguments))
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )


def test_without_the_gateway_it_names_what_to_install() -> None:
    done = run("serve", "--port", "0", hidden=True)
    assert done.returncode == 1
    assert done.stderr == "error: serving needs the gateway: pip install chimeric-gateway\n"
    assert done.stdout == ""


def test_it_is_listed_whether_or_not_the_gateway_is_installed() -> None:
    assert "serve " in run("--help", hidden=True).stdout


def test_with_the_gateway_its_options_are_the_gateways() -> None:
    pytest.importorskip("chimeric_gateway", reason="the gateway is not installed")
    told = run("serve", "--help")
    assert told.returncode == 0
    assert "--new-key" in told.stdout
    assert "usage: chimeric serve" in told.stdout


def test_with_the_gateway_a_new_key_is_made() -> None:
    pytest.importorskip("chimeric_gateway", reason="the gateway is not installed")
    done = run("serve", "--new-key", "app")
    assert done.returncode == 0
    assert "[clients.app]" in done.stdout


def test_a_fault_of_the_file_is_one_line_and_no_traceback() -> None:
    pytest.importorskip("chimeric_gateway", reason="the gateway is not installed")
    done = run("serve", "--config", "not-there.toml")
    assert done.returncode == 1
    assert done.stderr == "error: not-there.toml: No such file or directory\n"


def test_a_wrong_option_is_misuse() -> None:
    pytest.importorskip("chimeric_gateway", reason="the gateway is not installed")
    assert run("serve", "--nonsense").returncode == 2
