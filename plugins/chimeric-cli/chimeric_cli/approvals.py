"""MCP servers on the command line, and the question whether a tool may run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from chimeric import ChimericError, Pause, ToolCall, hookimpl

from .output import SHORT
from .terminal import report, visible

__all__ = ["ask_first", "server_plugins"]


class AskFirst:
    """A plugin that has every call of a tool wait until somebody has decided about it."""

    name = "ask-first"

    @hookimpl
    def chimeric_call_tool(self, call: ToolCall) -> Pause:
        """Let the call wait."""
        return Pause(f"{call.name} has to be approved")


def server_plugins(files: Sequence[str], *, approve: bool) -> list[Any]:
    """The plugins for the servers of files, and for asking first.

    Raises:
        click.UsageError: when chimeric-mcp is not installed, a file is none, or nobody can be
            asked.
    """
    if not files and not approve:
        return []
    if approve and not sys.stdin.isatty():
        raise click.UsageError("--approve asks at a terminal, and the standard input is none")
    plugins: list[Any] = [AskFirst()] if approve else []
    if not files:
        return plugins
    try:
        from chimeric_mcp import load_servers
    except ImportError:
        raise click.UsageError(
            'servers need another package: pip install "chimeric-cli[mcp]"'
        ) from None
    for file in files:
        try:
            plugins += load_servers(file)
        except ChimericError as error:
            raise click.UsageError(error.message) from None
    return plugins


def ask_first(calls: Sequence[ToolCall], *, told: bool = False) -> dict[str, bool]:
    """What somebody at the terminal decides about each call.

    Args:
        calls: the calls.
        told: whether they stand on the terminal already, the longer ones shortened.

    Example:
        >>> ask_first(())
        {}
    """
    decided: dict[str, bool] = {}
    for call in calls:
        if not told or len(call.arguments) > SHORT:
            # Whole: who approves a call has to see all of it.
            report(f"→ {call.name}({call.arguments})", "note")
        decided[call.id] = click.confirm(visible(f"Run {call.name}?"), default=False, err=True)
    return decided
