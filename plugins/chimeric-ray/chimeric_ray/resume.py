"""Whether a checkpoint is that of a dataset: keys and prompts are compared before a job begins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from chimeric import ConfigurationError

from .checkpoint import KEY, PROMPT, Checkpoint, Index
from .digests import WIDTH, digest, key_digest
from .job import Job

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from ray.data import Dataset

__all__ = ["resumed"]

ELSEWHERE = (
    "api_key",
    "max_retries",
    "response_format",
    "stream",
    "timeout",
    "use",
    "user_context",
)
"""Parameters that do not tell one job from another; the ``response_format`` is told apart by its
schema."""


def resumed(dataset: Dataset, job: Job) -> Index:
    """Open the checkpoint of a job; what it holds.

    The keys are read once, and sixteen bytes of each stay in the driver's memory; where there are
    answers already, prompts are read, too.

    Raises:
        ConfigurationError: for two rows of one key, and a checkpoint of another job or dataset.
    """
    import numpy as np

    assert job.checkpoint is not None
    assert job.key is not None
    checkpoint = Checkpoint(job.checkpoint)
    checkpoint.begin(_manifest(job))
    index = checkpoint.index()
    keys, prompts = _digests(dataset, job, job.key, with_prompts=bool(len(index.keys)))
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    _check_keys(dataset, job.key, keys)
    if len(index.keys) and len(keys):
        _compare(job, index, keys, prompts[order])
    return index


def _manifest(job: Job) -> dict[str, Any]:
    params = {n: digest(v).hex() for n, v in job.params.items() if n not in ELSEWHERE}
    form = job.params.get("response_format")
    return {
        "model": job.model,
        "output": job.output,
        "key": job.key,
        "params": params,
        "format": None if form is None else digest(job.schema or str(form)).hex(),
    }


def _check_keys(dataset: Dataset, key: str, keys: np.ndarray[Any, Any]) -> None:
    """Whether each row has a key of its own; ``keys`` are sorted."""
    if len(keys) and keys[0] == b"":
        raise ConfigurationError(f"key: the column {key!r} has rows without a value")
    twice = keys[1:][keys[1:] == keys[:-1]]
    if len(twice):
        found = _value_of(dataset, key, twice[0])
        raise ConfigurationError(
            f"key: {len(twice)} rows have a value in the column {key!r} that another row has, "
            f"such as {found!r}: each row needs one of its own"
        )


def _compare(
    job: Job, index: Index, keys: np.ndarray[Any, Any], prompts: np.ndarray[Any, Any]
) -> None:
    """Whether what was answered is what this dataset asks."""
    import numpy as np

    places = np.searchsorted(keys, index.keys)
    places[places == len(keys)] = 0
    there = keys[places] == index.keys
    advice = "take another checkpoint=, or the dataset and the prompt that it was made with"
    if not there.any():
        raise ConfigurationError(
            f"the checkpoint {job.checkpoint} is of another dataset: it has none of these keys; "
            f"{advice}"
        )
    other = int((index.prompts[there] != prompts[places[there]]).sum())
    if other:
        raise ConfigurationError(
            f"the checkpoint {job.checkpoint} is of another version of this dataset, or of another "
            f"prompt: {other} of its {len(index.keys)} answers are to something else; {advice}"
        )


def _digests(
    dataset: Dataset, job: Job, key: str, *, with_prompts: bool
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The digests of all keys and, where they are wanted, of all prompts: made by Ray."""
    import numpy as np

    if not with_prompts:
        rows = dataset.select_columns([key])
    elif callable(job.prompt):
        rows = dataset
    else:
        rows = dataset.select_columns(list({key, job.prompt}))
    rows = rows.map_batches(
        _digested,
        fn_kwargs={"job": job, "key": key, "with_prompts": with_prompts},
        batch_size=None,
        batch_format="pyarrow",
    )
    keys, prompts = [np.array([], dtype=f"S{WIDTH}")], [np.array([], dtype=f"S{WIDTH}")]
    for batch in rows.iter_batches(batch_size=None, batch_format="pyarrow"):
        keys.append(np.array(batch.column(KEY).to_pylist(), dtype=f"S{WIDTH}"))
        prompts.append(np.array(batch.column(PROMPT).to_pylist(), dtype=f"S{WIDTH}"))
    return np.concatenate(keys), np.concatenate(prompts)


def _digested(table: pa.Table, job: Job, key: str, with_prompts: bool) -> pa.Table:
    import pyarrow as pa

    keys = [key_digest(value.as_py()) for value in table.column(key)]
    prompts = list(_prompts(table, job)) if with_prompts else [b""] * len(keys)
    return pa.table(
        {KEY: pa.array(keys, type=pa.binary()), PROMPT: pa.array(prompts, type=pa.binary())}
    )


def _prompts(table: pa.Table, job: Job) -> Iterator[bytes]:
    for row in range(table.num_rows):
        try:
            yield digest(job.messages(table.slice(row, 1).to_pylist()[0]))
        except Exception:  # the row will be an error, and has no answer
            yield b""


def _value_of(dataset: Dataset, key: str, wanted: bytes) -> Any:
    """The key that has a digest."""
    rows = dataset.select_columns([key])
    for batch in rows.iter_batches(batch_size=None, batch_format="pyarrow"):
        for value in batch.column(key):
            if key_digest(value.as_py()) == wanted:
                return value.as_py()
    return None
