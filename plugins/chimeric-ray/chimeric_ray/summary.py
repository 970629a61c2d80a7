"""What became of a dataset: counted while it is answered, by an actor beside the driver."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import msgspec

from chimeric import ConfigurationError

from .columns import Answer
from .extras import the_ray

if TYPE_CHECKING:
    from ray.data import Dataset

__all__ = ["Summary", "counted", "remember", "start_tally", "summary"]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the rows of a dataset so far.

    Attributes:
        rows: rows that are done.
        kept: those of them whose answer was in the checkpoint.
        failures: how many failed, by the kind of error.
        prompt_tokens, completion_tokens: of the answers of this run, as far as they were reported.
        cost: US dollars of the answers of this run; None where no price is known.
        seconds: from the first row that was taken to the last that was done.

    Example:
        >>> Summary(rows=3, failures={"RateLimitError": 1}, seconds=2.0).answered
        2
    """

    rows: int = 0
    kept: int = 0
    failures: dict[str, int] = {}
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None
    seconds: float = 0.0

    @property
    def answered(self) -> int:
        """Rows that have an answer."""
        return self.rows - sum(self.failures.values())

    def __str__(self) -> str:
        parts = [f"{self.rows} rows in {self.seconds:.1f} s", f"{self.answered} answered"]
        if self.kept:
            parts.append(f"{self.kept} of them out of the checkpoint")
        parts += [f"{count} {kind}" for kind, count in sorted(self.failures.items())]
        parts.append(f"{self.prompt_tokens} + {self.completion_tokens} tokens")
        if self.cost is not None:
            parts.append(f"${self.cost:.4f}")
        return ", ".join(parts)


def counted(answers: Sequence[Answer], kept: int, asked: Sequence[Answer]) -> Summary:
    """The summary of a block: its answers, and those of them that were asked for in this run."""
    costs = [answer.cost for answer in asked if answer.cost is not None]
    return Summary(
        rows=len(answers),
        kept=kept,
        failures=dict(Counter(a.error["type"] for a in answers if a.error is not None)),
        prompt_tokens=sum(answer.prompt_tokens or 0 for answer in asked),
        completion_tokens=sum(answer.completion_tokens or 0 for answer in asked),
        cost=sum(costs) if costs else None,
    )


class Tally:
    """Adds up the summaries of blocks. A block that runs again counts once."""

    def __init__(self) -> None:
        self._blocks: dict[str, Summary] = {}
        self._began: float | None = None
        self._ended = 0.0

    def begin(self) -> None:
        """A block was taken."""
        if self._began is None:
            self._began = time.monotonic()

    def add(self, block: str, told: Summary) -> None:
        """A block is done."""
        self._blocks[block] = told
        self._ended = time.monotonic()

    def summary(self) -> Summary:
        """All of them together."""
        told = self._blocks.values()
        failures: Counter[str] = Counter()
        for block in told:
            failures.update(block.failures)
        costs = [block.cost for block in told if block.cost is not None]
        return Summary(
            rows=sum(block.rows for block in told),
            kept=sum(block.kept for block in told),
            failures=dict(failures),
            prompt_tokens=sum(block.prompt_tokens for block in told),
            completion_tokens=sum(block.completion_tokens for block in told),
            cost=sum(costs) if costs else None,
            seconds=0.0 if self._began is None else max(0.0, self._ended - self._began),
        )


TALLIES: WeakKeyDictionary[Dataset, Any] = WeakKeyDictionary()
"""The tallies of datasets that ``answer`` made. The actors end with them."""


def start_tally() -> Any:
    """An actor that counts, on the driver's node: where that dies, so does the job."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    node = ray.get_runtime_context().get_node_id()
    here = NodeAffinitySchedulingStrategy(node, soft=True)
    return ray.remote(Tally).options(num_cpus=0, scheduling_strategy=here).remote()


def remember(dataset: Dataset, tally: Any) -> None:
    """Let ``summary`` find the tally of a dataset."""
    TALLIES[dataset] = tally


def summary(dataset: Dataset) -> Summary:
    """What became of a dataset that ``answer`` has returned, so far. It runs nothing.

    Args:
        dataset: what ``answer`` returned, itself: not what was made of it.

    Raises:
        ConfigurationError: for any other dataset.

    Example:
        .. code-block:: python

            answered = answer(dataset, model="gpt-5.4-mini", prompt="question")
            answered.write_parquet("answers")
            print(summary(answered))
    """
    ray = the_ray()
    tally = TALLIES.get(dataset)
    if tally is None:
        raise ConfigurationError(
            "summary() takes the dataset that answer() has returned, not one that was made of it"
        )
    found: Summary = ray.get(tally.summary.remote())
    return found
