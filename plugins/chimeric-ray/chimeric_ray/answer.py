"""``answer``: the rows of a dataset, answered by a model."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chimeric import Chimeric, ChimericError, ConfigurationError

from .columns import column_names
from .extras import the_ray
from .job import Job, MakeClient, Prompt

if TYPE_CHECKING:
    from ray.data import Dataset

__all__ = ["answer"]

BLOCKS = 8
"""Blocks that an actor has in hand. Each holds as many rows as the actor has streams: while some
blocks wait for their slowest rows, the rows of the others are answered."""


WHERE = (
    *("accelerator_type", "fallback_strategy", "label_selector", "memory", "num_cpus", "num_gpus"),
    *("resources", "runtime_env", "scheduling_strategy"),
)
"""Options that tell where an actor runs: what is checked before is checked there, too."""

SHARE = 0.25
"""Of a CPU, that an actor reserves: most of its time it waits."""

STARTS = 3
"""Actors that may die one after the other before they have begun."""


def answer(
    dataset: Dataset,
    *,
    model: str,
    prompt: Prompt,
    output: str = "answer",
    key: str | None = None,
    checkpoint: str | None = None,
    concurrency: int | tuple[int, int] = 1,
    per_actor: int = 64,
    client: MakeClient | None = None,
    ray_remote_args: Mapping[str, Any] | None = None,
    **params: Any,
) -> Dataset:
    """Answer the rows of a Ray dataset: a lazy dataset, like those of ``Dataset.map_batches``.

    Each actor has one client and ``per_actor`` streams under way. A row that fails is a row with
    an error; what is wrong for every row is raised here, before anything is sent.

    Args:
        dataset: the rows. The first of them is read at once; with a checkpoint, all keys are.
        model: what ``generate`` takes.
        prompt: the column that holds what is asked (a text, or messages), or a function that makes
            messages of a row, a dict.
        output: the column of the answers: text, or a struct with ``response_format``. Beside it
            come ``<output>_finish_reason``, ``_prompt_tokens``, ``_completion_tokens``,
            ``_cached_tokens``, ``_cost`` (US dollars; null without chimeric-cost or where the
            price is not known) and ``_error``, a struct: type, message, request_id, partial,
            status.
        key: the column that names each row, in a checkpoint: texts or whole numbers, each once.
        checkpoint: a directory that keeps answers, as a path that all nodes share or a URI
            (``s3://bucket/path``). A job that runs again asks only for what is not in it.
        concurrency: actors, or the least and the most of them.
        per_actor: streams that each has under way. So many prompts are in its memory, and eight
            times as many in the object store.
        client: makes the client of an actor, in the actor; ``Chimeric()`` by default.
        ray_remote_args: for the actors: ``num_cpus`` (0.25), ``resources``, ``runtime_env``, ...
        **params: of ``generate``; ``api_key`` must be a callable.

    Raises:
        ConfigurationError: for a missing column, two rows of one key, a model that no provider
            serves, a missing key, an unknown parameter, a key in clear text, a checkpoint of
            another job or dataset; without Ray. Where the provider refuses the key or the model in
            the first answers, running the dataset raises the error that it gave.

    Example:
        .. code-block:: python

            dataset = ray.data.read_parquet("questions.parquet")
            answered = answer(dataset, model="gpt-5.4-mini", prompt="question", concurrency=4)
            answered.write_parquet("answers")
    """
    ray = the_ray()
    from ray.data import ActorPoolStrategy

    from .actor import Answers
    from .summary import remember, start_tally

    least, most = _check(concurrency, per_actor, key, checkpoint, params)
    job = Job(
        model=model,
        prompt=prompt,
        output=output,
        key=key,
        per_actor=per_actor,
        checkpoint=_absolute(checkpoint),
        make_client=client or Chimeric,
        params=params,
    )
    remote: dict[str, Any] = {"num_cpus": SHARE, **(ray_remote_args or {})}
    _warn_of_full_cluster(ray.cluster_resources().get("CPU", 0.0), least, remote["num_cpus"])
    index = _prepare(dataset, job, remote)
    tally = start_tally()
    context = dataset.context
    context.raise_original_map_exception = True
    # A node may die while an actor starts on it; by default that is the end of a job.
    deaths = context.max_consecutive_actor_init_deaths
    context.max_consecutive_actor_init_deaths = deaths if deaths < 0 else max(deaths, STARTS)
    answered = dataset.repartition(target_num_rows_per_block=per_actor, strict=True).map_batches(
        Answers,
        fn_constructor_args=(job, None if index is None else ray.put(index), tally),
        batch_size=None,
        batch_format="pyarrow",
        compute=ActorPoolStrategy(
            min_size=least,
            max_size=most,
            max_tasks_in_flight_per_actor=BLOCKS,
            max_concurrent_calls_per_actor=BLOCKS,
            enable_true_multi_threading=True,
        ),
        udf_modifying_row_count=False,
        **remote,
    )
    remember(answered, tally)
    return answered


def _check(
    concurrency: int | tuple[int, int],
    per_actor: int,
    key: str | None,
    checkpoint: str | None,
    params: Mapping[str, Any],
) -> tuple[int, int]:
    """What is wrong with the arguments alone; the least and the most of the actors."""
    least, most = concurrency if isinstance(concurrency, tuple) else (concurrency, concurrency)
    for name, number in (("concurrency", least), ("concurrency", most), ("per_actor", per_actor)):
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ConfigurationError(f"{name} must be a number from 1, not {number!r}")
    if least > most:
        raise ConfigurationError("concurrency must be the least and the most of the actors")
    if checkpoint is not None and key is None:
        raise ConfigurationError("a checkpoint needs key=, the column that names each row")
    if key is not None and checkpoint is None:
        raise ConfigurationError("key names the rows of a checkpoint: pass checkpoint=, too")
    for name in ("messages", "native", "id"):
        if name in params:
            raise ConfigurationError(f"{name} cannot be set for the rows of a dataset")
    return least, most


def _absolute(checkpoint: str | None) -> str | None:
    """A path as the nodes understand it: they have working directories of their own."""
    if checkpoint is None or "://" in checkpoint:
        return checkpoint
    return str(Path(checkpoint).expanduser().absolute())


def _warn_of_full_cluster(there: float, actors: int, each: float) -> None:
    """Tell where Ray would wait for ever: it keeps nothing free for what is not an actor."""
    if actors * each > there - 1:
        warnings.warn(
            f"{actors} actors with {each} CPUs each leave less than one of the {there:g} CPUs that "
            "the cluster has now: what reads and writes the dataset may never run. Lower "
            "concurrency, or num_cpus in ray_remote_args, where no nodes will be added",
            stacklevel=3,
        )


def _prepare(dataset: Dataset, job: Job, remote: Mapping[str, Any]) -> Any:
    """Find out what would be wrong with every row; the index of the checkpoint, if there is one."""
    import ray
    from ray.cloudpickle import dumps

    from .preflight import check_secrets, schema_of

    first = dataset.take(1)
    _check_columns(dataset.columns() or [], job)
    messages = _first_messages(job, first[0]) if first else "?"
    try:
        check_secrets(job, dumps(job))
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ConfigurationError(
            f"these arguments cannot be sent to the actors ({error}): make it in client=, which "
            "each actor calls"
        ) from error
    options = {name: remote[name] for name in WHERE if name in remote}
    try:
        job.schema = ray.get(ray.remote(schema_of).options(**options).remote(job, messages))
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, ChimericError):
            raise error.cause from None
        raise
    if job.checkpoint is None:
        return None
    from .resume import resumed

    return resumed(dataset, job)


def _check_columns(columns: list[str], job: Job) -> None:
    """Whether the dataset has what the job takes, and room for what it adds."""
    if not columns:
        return  # it is empty
    wanted = {"key": job.key, "prompt": None if callable(job.prompt) else job.prompt}
    for argument, column in wanted.items():
        if column is not None and column not in columns:
            raise ConfigurationError(
                f"{argument}: the dataset has no column {column!r}; it has {', '.join(columns)}"
            )
    taken = [name for name in column_names(job.output) if name in columns]
    if taken:
        raise ConfigurationError(
            f"output: the dataset has a column {taken[0]!r} already; choose another output="
        )


def _first_messages(job: Job, row: dict[str, Any]) -> Any:
    """The messages of the first row; those of a row without any are made up."""
    try:
        return job.messages(row)
    except Exception as error:  # the caller's function
        if callable(job.prompt):
            raise ConfigurationError(
                f"prompt: the function failed for the first row ({type(error).__name__}: {error})"
            ) from error
        return "?"
