from collections.abc import Iterable, Iterator
from typing import Any

class DataContext:
    max_consecutive_actor_init_deaths: int
    raise_original_map_exception: bool

class ActorPoolStrategy:
    def __init__(
        self,
        *,
        size: int | None = None,
        min_size: int | None = None,
        max_size: int | None = None,
        initial_size: int | None = None,
        max_tasks_in_flight_per_actor: int | None = None,
        max_concurrent_calls_per_actor: int | None = None,
        enable_true_multi_threading: bool | None = None,
    ) -> None: ...

class Dataset:
    @property
    def context(self) -> DataContext: ...
    def columns(self, fetch_if_missing: bool = True) -> list[str] | None: ...
    def iter_batches(
        self, *, batch_size: int | None = 256, batch_format: str | None = "default"
    ) -> Iterable[Any]: ...
    def map_batches(
        self,
        fn: Any,
        *,
        batch_size: int | None = None,
        compute: ActorPoolStrategy | None = None,
        batch_format: str | None = "default",
        fn_kwargs: dict[str, Any] | None = None,
        fn_constructor_args: Iterable[Any] | None = None,
        udf_modifying_row_count: bool = True,
        **ray_remote_args: Any,
    ) -> Dataset: ...
    def repartition(
        self, *, target_num_rows_per_block: int | None = None, strict: bool = False
    ) -> Dataset: ...
    def select_columns(self, cols: str | list[str]) -> Dataset: ...
    def take(self, limit: int = 20) -> list[dict[str, Any]]: ...
    def iter_rows(self) -> Iterator[dict[str, Any]]: ...
