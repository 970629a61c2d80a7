"""A progress bar on stderr; nothing where that is no terminal."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from types import TracebackType
from typing import Any

from .terminal import console, is_rich, quiet_interrupt

__all__ = ["Progress"]


class Progress:
    """Shows how many of ``total`` lines are done."""

    def __init__(self, total: int | None) -> None:
        self._terminal = ExitStack()
        self._bar: Any = None
        self._task: Any = None
        if not is_rich(sys.stderr):
            return
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as Bar

        self._bar = Bar(
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("[red]{task.fields[failed]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console(sys.stderr),
            transient=True,
            expand=True,
        )
        self._task = self._bar.add_task("", total=total, failed="")

    def show(self, done: int, failed: int) -> None:
        """Draw the bar."""
        if self._bar is not None:
            shown = f"{failed} failed" if failed else ""
            self._bar.update(self._task, completed=done, failed=shown)

    def __enter__(self) -> Progress:
        if self._bar is not None:
            self._terminal.enter_context(quiet_interrupt())
            self._terminal.enter_context(self._bar)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._terminal.close()
