"""``chimeric batch``: many prompts from a file, answered as often as it takes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from .defaults import default_model, model_option
from .lines import digest, parse_line, prompt_digest, with_system

if TYPE_CHECKING:
    from chimeric_batch import BatchResult

    from chimeric import Chimeric

    from .results import ResultsFile

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
def command(
    file: Path,
    model: str | None,
    output: Path | None,
    system: str | None,
    concurrency: int,
    retries: int,
    params: tuple[str, ...],
    redo: bool,
) -> int:
    """Answer the prompts of FILE, one JSON value per line.

    A line is a string, or an object with arguments of generate: "messages" (or "prompt"), and
    "id", "model", "temperature", ... if you like. Results are appended as they finish. Run the
    same command again after Ctrl-C, a kill or a full disk: what is answered is skipped, what
    failed is tried again. A line that is not the prompt that was answered under its id or number
    is an error: undo the change, choose another output, or ask it again with --redo.
    """
    from chimeric import Chimeric

    from .prompts import parse_params
    from .results import ResultsFile

    defaults = {"model": model or default_model(), **parse_params(params)}
    target = output or file.with_name(file.name + ".results.jsonl")
    if target.exists() and target.samefile(file):
        raise click.UsageError("the results cannot go into the file of the prompts")
    with ResultsFile(target) as results, Chimeric(max_retries=retries) as client:
        batch = Batch(file, results, system, digest([defaults, system]))
        batch.compare(redo=redo)
        return batch.run(client, concurrency, defaults)


class Batch:
    """One run over a file of prompts."""

    def __init__(self, file: Path, results: ResultsFile, system: str | None, settings: str) -> None:
        self._file = file
        self._results = results
        self._system = system
        self._settings = settings
        self._lines: dict[int, tuple[int, str]] = {}
        self._seen: set[str | int] = set()
        self._read = 0
        self.skipped = self.answered = self.failed = self.bad_lines = 0

    def compare(self, *, redo: bool) -> None:
        """See whether what is answered is what the file asks now, before anything is sent.

        Raises:
            click.UsageError: when it is not, unless it is to be asked again.
        """
        if not self._results.done or not self._file.is_file():  # what is read once is seen then
            return
        changed, others = self._changed()
        if changed and not redo:
            first = min(changed.values())
            more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
            raise click.UsageError(
                f"line {first}{more} of {self._file} is not what {self._results.path} holds the "
                "answer of; undo the change, choose another file with -o, or ask again what "
                "changed with --redo"
            )
        if changed:
            self._results.forget(changed)
        if others:
            from .terminal import report

            report(
                f"{others} answers in {self._results.path} were made with another model, system "
                "message or parameters; they stay as they are",
                "warning",
            )

    def _changed(self) -> tuple[dict[str | int, int], int]:
        """Ids whose prompt is another one, with their lines; how many had other settings."""
        changed: dict[str | int, int] = {}
        others = 0
        with self._file.open("rb") as lines:
            for number, raw in enumerate(lines, 1):
                with contextlib.suppress(ValueError):  # told when it is its turn
                    request = parse_line(raw, number)
                    answered = self._results.done.get(request["id"])
                    if answered is None:
                        continue
                    if answered.prompt not in (None, prompt_digest(request)):
                        changed.setdefault(request["id"], number)
                    elif answered.settings not in (None, self._settings):
                        others += 1
        return changed, others

    def run(self, client: Chimeric, concurrency: int, defaults: dict[str, Any]) -> int:
        """Answer what is not answered yet; returns the exit code."""
        from chimeric_batch import generate_many

        from .progress import Progress
        from .terminal import report

        with self._file.open("rb") as lines, Progress(_count_lines(self._file)) as progress:
            results = generate_many(
                client, self._requests(lines), concurrency=concurrency, **defaults
            )
            try:
                for result in results:
                    self._results.append(self._record(result))
                    self._count(result)
                    progress.show(self._read - len(self._lines), self.failed + self.bad_lines)
            except KeyboardInterrupt:
                report(f"stopped: {self._summary()}; run it again to go on", "note")
                return 130
            except OSError as error:
                report(
                    f"cannot write {self._results.path}: {error.strerror}. {self._summary()}, "
                    "all safe: make room and run it again",
                    "error",
                )
                return 1
            finally:
                results.close()
        report(f"{self._summary()}: {self._results.path}", "note")
        return 1 if self.failed or self.bad_lines else 0

    def _requests(self, lines: BinaryIO) -> Iterator[dict[str, Any]]:
        """The requests that are not done, read line by line as there is room for them."""
        index = 0
        for number, raw in enumerate(lines, 1):
            self._read = number
            if not raw.strip():
                continue
            prompt = self._prompt(raw, number)
            if prompt is None:
                continue
            request, told = prompt
            self._lines[index] = number, told
            index += 1
            yield request

    def _prompt(self, raw: bytes, number: int) -> tuple[dict[str, Any], str] | None:
        """What to ask for a line, and its digest; None for one that is done, or none."""
        try:
            line = parse_line(raw, number)
            told, request = prompt_digest(line), with_system(line, self._system)
            if request["id"] in self._seen:
                raise ValueError(f"the id {request['id']!r} stood on an earlier line already")
            answered = self._results.done.get(request["id"])
            if answered is not None and answered.prompt not in (None, told):
                raise ValueError(f"{self._results.path} holds the answer of another prompt")
        except ValueError as error:
            from .terminal import report

            report(f"{self._file}, line {number}: {error}", "error")
            self.bad_lines += 1
            return None
        self._seen.add(request["id"])
        if answered is not None:
            self.skipped += 1
            return None
        return request, told

    def _record(self, result: BatchResult) -> dict[str, Any]:
        line, prompt = self._lines.pop(result.index)
        record = {"id": result.id, "line": line, "prompt": prompt, "settings": self._settings}
        if result.response is not None:
            return {**record, "response": response_data(result.response)}
        from .terminal import report

        report(f"{self._file}, line {record['line']}: {result.error}", "error")
        return {**record, "error": error_data(result.error)}

    def _count(self, result: BatchResult) -> None:
        if result.error is None:
            self.answered += 1
        else:
            self.failed += 1

    def _summary(self) -> str:
        counts = [f"{self.answered} answered"]
        if self.skipped:
            counts.append(f"{self.skipped} done before")
        if self.failed:
            counts.append(f"{self.failed} failed")
        if self.bad_lines:
            counts.append(f"{self.bad_lines} bad lines")
        return ", ".join(counts)


def response_data(response: Any) -> dict[str, Any]:
    """An answer as plain data: what says something, without the conversation."""
    names = (
        "content", "reasoning", "refusal", "tool_calls", "model", "finish_reason", "usage",
        "metadata",
    )  # fmt: skip
    told = {name: getattr(response, name) for name in names}
    return {name: value for name, value in told.items() if value or name == "content"}


def error_data(error: Any) -> dict[str, Any]:
    """An error as plain data, with the text that had arrived."""
    partial = getattr(error, "partial", None)
    told = {
        "type": type(error).__name__,
        "message": getattr(error, "message", None) or str(error),
        "status": getattr(error, "status_code", None),
        "request_id": getattr(error, "request_id", None),
        "partial": partial.content if partial is not None else None,
    }
    return {name: value for name, value in told.items() if value}


def _count_lines(path: Path) -> int | None:
    """How many lines there are, for the progress bar; None for what can be read only once."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b"")) or 1
