"""Servers of the Model Context Protocol on the command line, and the question before a tool."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

pytestmark = pytest.mark.slow

pytest.importorskip("chimeric_mcp", reason="chimeric-mcp is not installed")

Run = Callable[..., CompletedProcess[str]]

SERVER = """
from mcp.server.mcpserver import MCPServer
server = MCPServer("shop")
@server.tool()
def buy(thing: str) -> str:
    "Buy a thing."
    return f"bought {thing}"
server.run("stdio")
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    program = tmp_path / "shop.py"
    program.write_text(SERVER)
    entry = {"command": sys.executable, "args": [str(program)]}
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {"shop": entry}}))
    return "mcp.json"


def test_the_model_calls_tools_of_the_servers_in_a_file(run: Run, file: str) -> None:
    done = run("chat", "-m", "sim:tools", "--mcp", file, "buy it in Oslo")
    assert done.returncode == 0, done.stderr
    assert "bought Oslo" in done.stdout
    assert "→ buy(" in done.stderr


@pytest.mark.parametrize(("answer", "said"), [("y", "bought Oslo"), ("n", "denied")])
def test_approve_asks_before_a_tool_runs(
    answer: str, said: str, terminal: Callable[..., Any], file: str, tmp_path: Path
) -> None:
    path = str(tmp_path / file)
    shown = terminal("chat", "-m", "sim:tools", "--mcp", path, "--approve", "buy it in Oslo")
    shown.read(until="Run buy? [y/N]")
    assert "bought" not in shown.text
    shown.type(f"{answer}\n")
    assert shown.exit_code() == 0
    assert said in " ".join(shown.screen())


def test_approve_in_a_conversation_asks_too(
    terminal: Callable[..., Any], file: str, tmp_path: Path
) -> None:
    shown = terminal("chat", "-m", "sim:tools", "--mcp", str(tmp_path / file), "--approve")
    shown.read(until="Ctrl-D to leave")
    shown.type("buy it in Oslo\n")
    shown.read(until="Run buy? [y/N]")
    shown.type("y\n")
    shown.read(until="bought Oslo")
    shown.type("/quit\n")
    assert shown.exit_code() == 0


def test_approve_without_a_terminal_is_refused(run: Run, file: str) -> None:
    done = run("chat", "-m", "sim:tools", "--mcp", file, "--approve", "buy it")
    assert done.returncode == 2
    assert "--approve asks at a terminal" in done.stderr


def test_a_file_that_cannot_be_read_is_told_in_a_line(run: Run) -> None:
    done = run("chat", "-m", "sim:tools", "--mcp", "none.json", "hello")
    assert done.returncode == 2
    assert "cannot read none.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_program_that_does_not_exist_is_told_and_the_answer_comes(
    run: Run, tmp_path: Path
) -> None:
    entry = {"command": "/no/such/program"}
    (tmp_path / "lost.json").write_text(json.dumps({"mcpServers": {"lost": entry}}))
    done = run("chat", "-m", "sim:echo", "--mcp", "lost.json", "hello")
    assert (done.returncode, done.stdout) == (0, "hello\n")
    assert "there is no such program" in done.stderr
