"""The actor that Ray Data runs: a block of rows in, the same rows with their answers out."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from queue import Empty
from typing import TYPE_CHECKING, Any

from chimeric_batch import concerns_every_request

from chimeric import ConfigurationError

from .checkpoint import KEY, PROMPT, Checkpoint
from .columns import Answer, Columns
from .digests import digest, key_digest
from .job import Job
from .preflight import with_costs
from .streams import Request, Result, Streams
from .summary import counted

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Answers"]

EVERY = 5.0
"""Seconds of answers that an actor loses at most when it is killed."""

FIRST = 3
"""Failures of a kind that concerns every row, with nothing answered: no more are tried."""


class Answers:
    """Answers blocks, several at a time; all rows of all blocks share one client.

    Args:
        job: what to do.
        index: reference to the index of the checkpoint, or None.
        tally: the actor that counts.
    """

    def __init__(self, job: Job, index: Any, tally: Any) -> None:
        self._job = job
        self._tally = tally
        self._columns = Columns(job.output, job.schema)
        self._checkpoint = None
        if job.checkpoint is not None:
            import ray

            self._checkpoint = Checkpoint(job.checkpoint)
            self._index = ray.get(index)
        arguments = with_costs({"model": job.model, **job.params})
        self._streams = Streams(job.make_client, job.per_actor, arguments)
        self._trial = _Trial()

    def __call__(self, table: pa.Table) -> pa.Table:
        """Answer a block.

        Raises:
            ChimericError: where no row can be answered, or no answer be kept.
        """
        import ray

        self._tally.begin.remote()
        block = _Block(self._job, table)
        if self._checkpoint is not None:
            block.answers = self._checkpoint.kept(
                block.name, block.keys, self._index, self._columns
            )
        kept = sum(answer is not None for answer in block.answers)
        asked = [row for row, answer in enumerate(block.answers) if answer is None]
        self._ask(block, asked)
        answers = [answer for answer in block.answers if answer is not None]
        told = counted(answers, kept, [answers[row] for row in asked])
        self._tally.add.remote(ray.get_runtime_context().get_task_id(), told)
        for name, column in self._columns.arrays(answers).items():
            table = table.append_column(name, column)
        return table

    def __del__(self) -> None:
        streams = getattr(self, "_streams", None)
        if streams is not None:
            streams.close()

    def _ask(self, block: _Block, rows: list[int]) -> None:
        """Ask for rows of a block, and keep what comes now and then."""
        if not rows:
            return
        asked = self._streams.ask(block.requests(rows))
        fresh: list[int] = []
        flush = time.monotonic() + EVERY
        left = len(rows)
        try:
            while left:
                try:
                    told = asked.get(timeout=max(0.0, flush - time.monotonic()))
                except Empty:
                    self._keep(block, fresh)
                    flush = time.monotonic() + EVERY
                    continue
                if isinstance(told, BaseException):
                    raise told
                left -= 1
                self._trial.judge(told)
                answer = block.answers[told.row] = self._columns.answer(told.result)
                if answer.error is None:
                    fresh.append(told.row)
        finally:
            block.given_up = True
            self._streams.done(asked)
            self._keep(block, fresh)

    def _keep(self, block: _Block, fresh: list[int]) -> None:
        if self._checkpoint is None or not fresh:
            return
        import pyarrow as pa

        key = self._job.key
        assert key is not None
        answers = [answer for row in fresh if (answer := block.answers[row]) is not None]
        columns: dict[str, Any] = {
            KEY: pa.array([block.keys[row] for row in fresh], type=pa.binary()),
            PROMPT: pa.array([block.prompts[row] for row in fresh], type=pa.binary()),
            key: block.table.column(key).take(fresh),
            **self._columns.arrays(answers),
        }
        self._checkpoint.write(block.name, pa.table(columns))
        fresh.clear()


class _Block:
    """Some rows, and what became of them.

    Attributes:
        name: tells the block by the keys of its rows: the same when it runs again.
        keys: digests of the rows' keys, where there is a checkpoint.
        prompts: digests of what was asked.
        answers: in the order of the rows.
        given_up: whether no more of it shall be asked.
    """

    given_up = False

    def __init__(self, job: Job, table: pa.Table) -> None:
        self._job = job
        self.table = table
        self.keys: list[bytes] = []
        self.prompts: dict[int, bytes] = {}
        self.answers: list[Answer | None] = [None] * table.num_rows
        if job.key is not None:
            self.keys = [key_digest(value.as_py()) for value in table.column(job.key)]
        self.name = digest([key.hex() for key in self.keys]).hex()

    def requests(self, rows: list[int]) -> Iterator[Request]:
        """What is asked for some rows, made when it is needed: prompts may be large."""
        prompt = self._job.prompt
        table = self.table if callable(prompt) else self.table.select([prompt])
        for row in rows:
            if self.given_up:
                return
            try:
                messages = self._job.messages(table.slice(row, 1).to_pylist()[0])
                if self.keys:
                    self.prompts[row] = digest(messages)
            except Exception as error:  # the caller's function, for this row
                yield Request(row, error=error)
            else:
                yield Request(row, messages)


class _Trial:
    """Ends a job whose first requests fail for a reason that concerns every row."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answered = False
        self._failures: dict[type[BaseException], int] = {}

    def judge(self, told: Result) -> None:
        """Look at a result.

        Raises:
            ChimericError: that of the row, where nothing was answered before and more of its kind
                have come.
        """
        error = told.result.error
        with self._lock:
            if error is None:
                self._answered = True
            if error is None or self._answered or not _concerns_every_row(error):
                return
            kind = type(error)
            self._failures[kind] = self._failures.get(kind, 0) + 1
            if self._failures[kind] >= FIRST:
                raise error


def _concerns_every_row(error: Exception) -> bool:
    """Whether the next row would fail likewise."""
    return isinstance(error, ConfigurationError) or concerns_every_request(error)
