"""A progress bar of rich: failures, tokens, cost, the time that is left."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from chimeric import ConfigurationError

from .progress import BatchProgress

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

__all__ = ["ProgressBar"]

WIDE = 70
"""Columns that a terminal needs for all of the bar; a narrower one shows no time that has gone."""


class ProgressBar:
    """A bar for ``progress=``: ``progress=True`` makes one on stderr.

    It is drawn where the console is a terminal or a notebook, and goes when the batch ends.

    Args:
        console: where it is drawn; stderr unless said.

    Raises:
        ConfigurationError: when rich is not installed.

    Example:
        .. code-block:: python

            bar = ProgressBar(Console())
            for result in generate_many(client, prompts, model="gpt-4o", progress=bar):
                print(result.response)
    """

    def __init__(self, console: Console | None = None) -> None:
        try:
            from rich import console as consoles
            from rich import progress as columns
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                'the progress bar needs rich: pip install "chimeric-batch[rich]" '
                "(progress=function does without)"
            ) from error
        self._console = console or consoles.Console(stderr=True)
        self._columns = (
            columns.BarColumn(bar_width=None),
            columns.MofNCompleteColumn(),
            columns.TextColumn("[red]{task.fields[failed]}"),
            columns.TextColumn("{task.fields[spent]}"),
            *([columns.TimeElapsedColumn()] if self._console.width >= WIDE else []),
            columns.TimeRemainingColumn(),
        )
        self._make = columns.Progress
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __call__(self, progress: BatchProgress) -> None:
        """Show how far it is."""
        if not (self._console.is_terminal or self._console.is_jupyter):
            return
        shown: dict[str, Any] = {
            "total": progress.total,
            "completed": progress.done,
            "failed": f"{progress.failed} failed" if progress.failed else "",
            "spent": spent(progress),
        }
        if self._bar is None or self._task is None:
            self._bar = self._make(
                *self._columns, console=self._console, transient=True, expand=True
            )
            self._task = self._bar.add_task("", **shown)
            self._bar.start()
        else:
            self._bar.update(self._task, **shown)

    def close(self) -> None:
        """Take the bar away. Idempotent."""
        bar, self._bar = self._bar, None
        if bar is not None:
            bar.stop()

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


def spent(progress: BatchProgress) -> str:
    """Tokens and dollars in few letters.

    Example:
        >>> spent(BatchProgress(prompt_tokens=1234, completion_tokens=56, cost=0.0123, unpriced=1))
        '1.2k+56 tokens ≥$0.012'
    """
    words: list[str] = []
    if progress.prompt_tokens or progress.completion_tokens:
        counts = short(progress.prompt_tokens), short(progress.completion_tokens)
        words.append(f"{'+'.join(counts)} tokens")
    if progress.cost is not None:
        words.append(f"{'≥' if progress.unpriced else ''}{dollars(progress.cost)}")
    return " ".join(words)


def short(count: int) -> str:
    """A number with its thousands, millions or milliards cut off.

    Example:
        >>> short(950), short(1234), short(12_345_678)
        ('950', '1.2k', '12M')
    """
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= size:
            return f"{count / size:.{1 if count < 10 * size else 0}f}{letter}"
    return str(count)


def dollars(amount: float) -> str:
    """Dollars to the cent, and what is less with two digits that count."""
    if amount <= 0 or amount >= 1:
        return f"${amount:.2f}"
    return f"${amount:.{max(2, 1 - math.floor(math.log10(amount)))}f}"
