"""``chimeric batch``: many prompts from a file, answered as often as it takes."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .defaults import default_model, model_option
from .lines import Prompts
from .terminal import console, is_rich, quiet_interrupt, report

if TYPE_CHECKING:
    from chimeric_batch import BatchProgress, ProgressBar, ResultsFile

    from chimeric import Chimeric

__all__ = ["command"]


@click.command(name="batch")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@model_option
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path),
              help="Where results are appended. Default: FILE.results.jsonl.")  # fmt: skip
@click.option("-s", "--system", metavar="TEXT", help="The system message of every prompt.")
@click.option("-c", "--concurrency", type=click.IntRange(1), default=8, show_default=True,
              help="Requests at the same time.")  # fmt: skip
@click.option("--retries", type=click.IntRange(0), default=4, show_default=True,
              help="Tries after the first one, for what may pass.")  # fmt: skip
@click.option("-p", "--param", "params", multiple=True, metavar="NAME=VALUE",
              help="Any argument of generate, for every prompt (repeatable).")  # fmt: skip
@click.option("--redo", is_flag=True,
              help="Ask again what changed in FILE since it was answered.")  # fmt: skip
@click.option("--give-up-after", type=click.IntRange(0), default=8, show_default=True,
              help="Stop when so many requests have failed for a wrong key, model or parameter "
                   "before any is answered; 0 never stops.")  # fmt: skip
def command(
    file: Path,
    model: str | None,
    output: Path | None,
    system: str | None,
    concurrency: int,
    retries: int,
    params: tuple[str, ...],
    redo: bool,
    give_up_after: int,
) -> int:
    """Answer the prompts of FILE, one JSON value per line.

    A line is a string, or an object with arguments of generate: "messages" (or "prompt"), and
    "id", "model", "temperature", ... if you like. Results are appended as they finish. Run the
    same command again after Ctrl-C, a kill or a full disk: what is answered is skipped, what
    failed is tried again. A line that is not the prompt that was answered under its id or number
    is an error: undo the change, choose another output, or ask it again with --redo.
    """
    from chimeric import Chimeric

    from .costs import meters
    from .prompts import parse_params

    options = {
        "model": model or default_model(),
        **parse_params(params),
        "concurrency": concurrency,
        "system": system,
        "give_up_after": give_up_after or None,
    }
    target = output or file.with_name(file.name + ".results.jsonl")
    if target.exists() and target.samefile(file):
        raise click.UsageError("the results cannot go into the file of the prompts")
    with opened(target) as results, Chimeric(max_retries=retries, plugins=meters()) as client:
        prompts = Prompts(file, results)
        compare(prompts, file, results, redo=redo)
        return Batch(file, prompts, results).run(client, options)


def opened(path: Path) -> ResultsFile:
    """The results file.

    Raises:
        click.UsageError: when it is none, or another batch writes to it.
    """
    from chimeric_batch import ResultsFile

    from chimeric import ConfigurationError

    try:
        return ResultsFile(path)
    except ConfigurationError as error:
        raise click.UsageError(f"{error.message} (-o names it)") from None


def compare(prompts: Prompts, file: Path, results: ResultsFile, *, redo: bool) -> None:
    """See whether what is answered is what the file asks now, before anything is sent.

    Raises:
        click.UsageError: when it is not, unless it is to be asked again.
    """
    changed = prompts.changed
    if changed and not redo:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise click.UsageError(
            f"line {min(changed.values())}{more} of {file} is not what {results.path} holds the "
            "answer of; undo the change, choose another file with -o, or ask again what "
            "changed with --redo"
        )
    if changed:
        results.forget(changed)


class Batch:
    """One run over a file of prompts."""

    def __init__(self, file: Path, prompts: Prompts, results: ResultsFile) -> None:
        self._file = file
        self._prompts = prompts
        self._results = results
        self._progress: BatchProgress | None = None
        self._bar: ProgressBar | None = None

    def run(self, client: Chimeric, options: dict[str, Any]) -> int:
        """Answer what is not answered yet; returns the exit code."""
        from chimeric_batch import generate_many

        with ExitStack() as terminal:
            self._draw(terminal)
            answers = generate_many(
                client,
                self._prompts.requests(),
                results=self._results,
                progress=self._show,
                total=self._prompts.total,
                **options,
            )
            terminal.callback(answers.close)
            try:
                for result in answers:
                    if result.error is not None:
                        self._tell(result.index, result.error)
            except BrokenPipeError:
                raise
            except KeyboardInterrupt:
                return self._stopped(f"stopped: {self._summary()}; run it again to go on", 130)
            except OSError as error:
                return self._stopped(
                    f"cannot write {self._results.path}: {error.strerror}. {self._summary()}, "
                    "all safe: make room and run it again"
                )
            except Exception as error:
                if not getattr(error, "__notes__", None):
                    raise
                return self._stopped(
                    f"{error}\n{self._failed} requests failed before any was answered, so the "
                    "rest was not asked (--give-up-after)"
                )
        report(f"{self._summary()}: {self._results.path}", "note")
        return 1 if self._failed or self._prompts.bad else 0

    def _draw(self, terminal: ExitStack) -> None:
        """The bar, where there is a terminal to draw it on."""
        if is_rich(sys.stderr):
            from chimeric_batch import ProgressBar

            terminal.enter_context(quiet_interrupt())
            self._bar = terminal.enter_context(ProgressBar(console(sys.stderr)))

    def _show(self, progress: BatchProgress) -> None:
        self._progress = progress
        if self._bar is not None:
            self._bar(progress)

    def _tell(self, index: int, error: Exception) -> None:
        report(f"{self._file}, line {self._prompts.line_of(index)}: {error}", "error")

    def _stopped(self, text: str, code: int = 1) -> int:
        if self._bar is not None:
            self._bar.close()
        report(text, "note" if code == 130 else "error")
        return code

    @property
    def _failed(self) -> int:
        return self._progress.failed if self._progress is not None else 0

    def _summary(self) -> str:
        told = self._progress
        counts = [f"{told.answered if told is not None else 0} answered"]
        if told is not None and told.skipped:
            counts.append(f"{told.skipped} done before")
        if self._failed:
            counts.append(f"{self._failed} failed")
        if self._prompts.bad:
            counts.append(f"{self._prompts.bad} bad lines")
        if told is not None and told.cost is not None:
            from .costs import in_words

            counts.append(f"{'at least ' if told.unpriced else ''}{in_words(told.cost)}")
        return ", ".join(counts)
