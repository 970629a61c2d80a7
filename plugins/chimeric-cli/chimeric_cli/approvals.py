"""MCP servers on the command line, and the question whether a tool may run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from chimeric import ChimericError, ToolCall

from .terminal import report, visible

__all__ = ["ask_first", "server_plugins"]


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
    try:
        from chimeric_mcp import load_servers, require_approval
    except ImportError:
        text = 'servers and approval need another package: pip install "chimeric-cli[mcp]"'
        raise click.UsageError(text) from None
    plugins: list[Any] = [require_approval()] if approve else []
    for file in files:
        try:
            plugins += load_servers(file)
        except ChimericError as error:
            raise click.UsageError(error.message) from None
    return plugins


def ask_first(calls: Sequence[ToolCall]) -> dict[str, bool]:
    """What somebody at the terminal decides about each call.

    Example:
        >>> ask_first(())
        {}
    """
    decided: dict[str, bool] = {}
    for call in calls:
        report(f"→ {call.name}({call.arguments})", "note")
        decided[call.id] = click.confirm(visible(f"Run {call.name}?"), default=False, err=True)
    return decided
