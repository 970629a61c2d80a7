"""``chimeric batch``: many prompts from a file, answered as often as it takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from .defaults import default_model, model_option

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
def command(
    file: Path,
    model: str | None,
    output: Path | None,
    system: str | None,
    concurrency: int,
    retries: int,
    params: tuple[str, ...],
) -> int:
    """Answer the prompts of FILE, one JSON value per line.

    A line is a string, or an object with arguments of generate: "messages" (or "prompt"), and
    "id", "model", "temperature", ... if you like. Results are appended as they finish. Run the
    same command again after Ctrl-C, a kill or a full disk: what is answered is skipped, what
    failed is tried again.
    """
    from chimeric import Chimeric

    from .prompts import parse_params
    from .results import ResultsFile

    defaults = {"model": model or default_model(), **parse_params(params)}
    target = output or file.with_name(file.name + ".results.jsonl")
    if target.exists() and target.samefile(file):
        raise click.UsageError("the results cannot go into the file of the prompts")
    with ResultsFile(target) as results, Chimeric(max_retries=retries) as client:
        batch = Batch(file, results, system)
        return batch.run(client, concurrency, defaults)


class Batch:
    """One run over a file of prompts."""

    def __init__(self, file: Path, results: ResultsFile, system: str | None) -> None:
        self._file = file
        self._results = results
        self._system = system
        self._lines: dict[int, int] = {}
        self._seen: set[str | int] = set()
        self._read = 0
        self.skipped = self.answered = self.failed = self.bad_lines = 0

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
            request = self._request(raw, number)
            if request is None:
                continue
            self._lines[index] = number
            index += 1
            yield request

    def _request(self, raw: bytes, number: int) -> dict[str, Any] | None:
        try:
            request = read_line(raw, number, self._system)
            if request["id"] in self._seen:
                raise ValueError(f"the id {request['id']!r} stood on an earlier line already")
        except ValueError as error:
            from .terminal import report

            report(f"{self._file}, line {number}: {error}", "error")
            self.bad_lines += 1
            return None
        self._seen.add(request["id"])
        if request["id"] in self._results.done:
            self.skipped += 1
            return None
        return request

    def _record(self, result: BatchResult) -> dict[str, Any]:
        record = {"id": result.id, "line": self._lines.pop(result.index)}
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


def read_line(raw: bytes, number: int, system: str | None) -> dict[str, Any]:
    """One line as arguments of ``generate`` with an id.

    Raises:
        ValueError: when it is none; the text says why.
    """
    import msgspec

    from chimeric import normalize_messages

    try:
        value = msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(value, (str, dict)):
        raise ValueError("a line must be a string or an object")
    request: dict[str, Any] = {}
    request |= {"messages": value} if isinstance(value, str) else value
    if "prompt" in request:
        request.setdefault("messages", request.pop("prompt"))
    if request.setdefault("id", number) is None:
        request["id"] = number
    if isinstance(request["id"], bool) or not isinstance(request["id"], (str, int)):
        raise ValueError(f"id must be a string or a whole number, not {request['id']!r}")
    if request.get("stream") is not None or request.get("native") is not None:
        raise ValueError("stream and native have no meaning in a batch")
    if "messages" not in request:
        raise ValueError("there is no messages (or prompt)")
    if system is not None:
        from chimeric import ChimericError, Message

        try:
            messages = normalize_messages(request["messages"])
        except ChimericError as error:
            raise ValueError(error.message) from None
        request["messages"] = [Message("system", system), *messages]
    return request


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
