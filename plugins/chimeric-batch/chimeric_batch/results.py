"""The results file of a batch: appended line by line, and whole again after any kill."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from chimeric import ConfigurationError

from .digests import prompt_digest, settings_digest
from .jobs import BatchRequest, BatchResult, Job
from .journal import Journal
from .stored import Line, line_of, parse_line, result_of

__all__ = ["ResultsFile", "read_results"]


class ResultsFile(Collection[str | int]):
    """The results of a batch in a file, one JSON object a line; the ids that are answered.

    ``id in results``, ``len(results)`` and iteration tell of the requests that have their answer.
    Opening the file makes it whole: half a line at its end (from a kill, or a full disk) is
    dropped, and so are the lines of failures, which are asked again. It is locked against a second
    writer, and has no id twice. One thread or task at a time may use it.

    Args:
        path: the file; it is made if there is none.

    Raises:
        ConfigurationError: when the file holds something else or was written by a later version,
            or another batch writes to it.
        OSError: when it cannot be opened.

    Example:
        .. code-block:: python

            with ResultsFile("answers.jsonl") as results:
                for request in results.pending(prompts):
                    answer = client.generate("gpt-4o", request["messages"])
                    results.append(BatchResult(id=request["id"], index=0, response=answer))
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._answered: dict[str | int, int | None] = {}
        """What was asked under each id that has its answer: a digest, as the smallest of forms."""
        self._settings: Counter[str | None] = Counter()
        self._asked: dict[str | int, tuple[str, str]] = {}
        self._journal = Journal(self.path)
        try:
            self._repair()
        except BaseException:
            self._journal.close()
            raise

    # --- what is answered ------------------------------------------------------------------------

    def __contains__(self, name: object) -> bool:
        return name in self._answered

    def __iter__(self) -> Iterator[str | int]:
        return iter(list(self._answered))

    def __len__(self) -> int:
        return len(self._answered)

    def pending(
        self, requests: Iterable[BatchRequest], *, system: str | None = None, **defaults: Any
    ) -> Iterator[dict[str, Any]]:
        """The requests that have no answer yet, as dicts with their ``id``.

        A request without an ``id`` is known by its place in ``requests``, from 0. ``system`` and
        the other arguments are what all requests have in common: answers that were made with
        others stay as they are, and a warning tells of them.

        Raises:
            ConfigurationError: when it comes to a request that is not the one that was answered
                under its id, that has the id of an earlier one, or that is none.
        """
        settings, seen = settings_digest(defaults, system), set[str | int]()
        self._warn_of_others(settings)
        for index, request in enumerate(requests):
            job = Job.of(index, request, defaults, needs_model=False)
            if job.error is not None:
                raise job.error
            if job.id in seen:
                raise repeated(job.id)
            seen.add(job.id)
            if self._admits(job, settings):
                yield {"id": job.id, **job.own}

    def changed(self, requests: Iterable[BatchRequest]) -> dict[str | int, int]:
        """Ids of requests that are not what was answered under their id, with their places.

        ``forget`` them to have them asked again.
        """
        found: dict[str | int, int] = {}
        for index, request in enumerate(requests):
            job = Job.of(index, request, {}, needs_model=False)
            if job.error is None and self._is_other(job.id, prompt_digest(job.own)):
                found.setdefault(job.id, index)
        return found

    # --- writing ---------------------------------------------------------------------------------

    def append(self, result: BatchResult) -> None:
        """Write one result; a killed process does not lose it any more when this returns.

        Raises:
            ConfigurationError: when its id is answered already.
            OSError: when it cannot be written; nothing of it stays in the file.
        """
        if result.id in self._answered:
            raise ConfigurationError(f"{self.path} has an answer of {result.id!r} already")
        prompt, settings = self._asked.pop(result.id, (None, None))
        self._journal.append(line_of(result, prompt, settings))
        if result.response is not None:
            self._note(result.id, prompt, settings)

    def forget(self, ids: Iterable[str | int]) -> None:
        """Drop the results of ``ids``: they are not answered any more.

        Raises:
            OSError: when the file cannot be written; it is then as it was.
        """
        self._repair(frozenset(ids))

    def close(self) -> None:
        """Write everything to the disk, and let others write to the file. Idempotent."""
        self._journal.close()

    def __enter__(self) -> ResultsFile:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    # --- for the ledger --------------------------------------------------------------------------

    def _admits(self, job: Job, settings: str) -> bool:
        """Whether a request is to be asked; it is then known by its digest until its result comes.

        Raises:
            ConfigurationError: when the answer of another prompt stands under its id.
        """
        prompt = prompt_digest(job.own)
        if job.id not in self._answered:
            self._asked[job.id] = prompt, settings
            return True
        if self._is_other(job.id, prompt):
            raise self._fault({job.id: job.index})
        return False

    def _fault(self, changed: Mapping[str | int, int]) -> ConfigurationError:
        """What to say of requests that are not what was answered."""
        name, index = next(iter(changed.items()))
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        return ConfigurationError(
            f"{self.path} holds the answer of another prompt than request {index} (id {name!r})"
            f"{more}: undo the change, name another results file, or ask again what changed with "
            "forget(changed(requests)) of ResultsFile"
        )

    def _warn_of_others(self, settings: str) -> None:
        """Warn of answers that were made with other settings."""
        others = sum(n for each, n in self._settings.items() if each not in (None, settings))
        if others:
            warnings.warn(
                f"{others} answers in {self.path} were made with another model, system message or "
                "parameters; they stay as they are",
                stacklevel=2,
            )

    # --- repairing -------------------------------------------------------------------------------

    def _repair(self, unwanted: Collection[str | int] = ()) -> None:
        """Find out what is answered; drop a half line, failures and what is not wanted."""
        before = self._answered, self._settings
        self._answered, self._settings = {}, Counter()
        try:
            if self._journal.is_regular:
                self._journal.keep(lambda raw, number: self._keeps(raw, number, unwanted))
        except BaseException:
            self._answered, self._settings = before
            raise

    def _keeps(self, raw: bytes, number: int, unwanted: Collection[str | int]) -> bool:
        line = _line(self.path, raw, number)
        if line is None or line.error is not None:
            return False
        if line.id in self._answered or line.id in unwanted:
            return False
        self._note(line.id, line.prompt, line.settings)
        return True

    def _note(self, name: str | int, prompt: str | None, settings: str | None) -> None:
        """An answer is in the file."""
        self._answered[name] = None if prompt is None else int(prompt, 16)
        self._settings[settings] += 1

    def _is_other(self, name: str | int, prompt: str) -> bool:
        """Whether the answer of another prompt stands under an id; of old files nobody knows."""
        return self._answered.get(name) not in (None, int(prompt, 16))


def read_results(path: str | os.PathLike[str]) -> Iterator[BatchResult]:
    """Read a results file, answers and failures in the order in which they came.

    It may be read while a batch writes to it. Answers have no ``messages``, ``native``, ``headers``
    and ``parsed``; failures have the class, the text and the partial answer of their error.

    Args:
        path: the file.

    Raises:
        ConfigurationError: for a file that holds something else, or of a later version.
        OSError: when it cannot be read.

    Example:
        .. code-block:: python

            for result in read_results("answers.jsonl"):
                print(result.id, result.error or result.response.content)
    """
    with open(path, "rb") as lines:
        for number, raw in enumerate(lines, 1):
            if _line(Path(path), raw, number) is not None:
                yield result_of(raw, number)


def repeated(name: str | int) -> ConfigurationError:
    """What to say of an id that comes twice."""
    return ConfigurationError(
        f"an earlier request has the id {name!r} already; each needs one of its own"
    )


def _line(path: Path, raw: bytes, number: int) -> Line | None:
    try:
        return parse_line(raw)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}, line {number} {error.message}") from None
    except ValueError:
        raise ConfigurationError(
            f"{path} is not a batch results file (line {number}); name another one"
        ) from None
