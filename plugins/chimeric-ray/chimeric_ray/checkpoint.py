"""The checkpoint of a job: answers by the key of their row, in files that are always whole."""

from __future__ import annotations

import contextlib
import functools
import os
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from chimeric import ConfigurationError

from .columns import Answer, Columns
from .digests import WIDTH

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    import pyarrow.fs as pafs

__all__ = ["KEY", "PROMPT", "Checkpoint", "Index"]

KEY, PROMPT = "chimeric_key", "chimeric_prompt"
"""Columns of digests: of a row's key, and of what was asked."""

READERS = 16
"""Files that are read at a time when a job begins."""

TABLES = 64
"""Files that an actor keeps in memory."""


class Index(msgspec.Struct, frozen=True):
    """What a checkpoint holds, sorted by key.

    Attributes:
        keys: digests of keys.
        prompts: digests of what was asked, in the same order.
        files: numbers of the files that hold the answers, in the same order.
        paths: the files.
    """

    keys: np.ndarray[Any, Any]
    prompts: np.ndarray[Any, Any]
    files: np.ndarray[Any, Any]
    paths: tuple[str, ...]

    def paths_of(self, keys: Sequence[bytes]) -> set[str]:
        """The files that hold some of these keys."""
        import numpy as np

        if not len(self.keys):
            return set()
        wanted = np.array(keys, dtype=f"S{WIDTH}")
        places = np.searchsorted(self.keys, wanted)
        places[places == len(self.keys)] = 0
        found = self.files[places[self.keys[places] == wanted]]
        return {self.paths[number] for number in set(found.tolist())}


class Checkpoint:
    """A directory: local (on a cluster: one that all nodes share), or of any file system that
    Arrow knows (``s3://bucket/path``, ``gs://...``).

    Args:
        where: the directory's path or URI.

    Raises:
        ConfigurationError: where there is no such file system, or the URI holds a password.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self._fs, self._path = _file_system(where)
        self._load = functools.lru_cache(maxsize=TABLES)(self._read)

    def begin(self, manifest: dict[str, Any]) -> None:
        """Begin the checkpoint, or go on with it.

        Args:
            manifest: what has to be the same in all runs: model, columns, digests of parameters.

        Raises:
            ConfigurationError: where it is the checkpoint of another job, or cannot be written.
        """
        path = f"{self._path}/manifest.json"
        manifest = {"v": 1, **manifest}
        found = self._manifest(path)
        if found is None:
            self._store(path, msgspec.json.encode(manifest))
        elif found.get("v") != 1:
            raise self._fault("was written by another version of chimeric-ray")
        elif found != manifest:
            raise self._fault("is of another job: " + "; ".join(_differences(found, manifest)))

    def index(self) -> Index:
        """What it holds. Reads the digests of all files."""
        import numpy as np

        paths = list(self._listed(f"{self._path}/answers"))
        with ThreadPoolExecutor(READERS) as pool:
            tables = list(pool.map(self._digests, paths))
        keys = np.concatenate([_bytes(t.column(KEY)) for t in tables] or [_bytes([])])
        prompts = np.concatenate([_bytes(t.column(PROMPT)) for t in tables] or [_bytes([])])
        sizes = [table.num_rows for table in tables]
        files = np.repeat(np.arange(len(paths), dtype=np.uint32), sizes)
        order = np.argsort(keys, kind="stable")  # of a key that was answered twice, the first
        return Index(keys[order], prompts[order], files[order], tuple(paths))

    def kept(
        self, block: str, keys: Sequence[bytes], index: Index, columns: Columns
    ) -> list[Answer | None]:
        """The answers of some rows, where there are any: of earlier runs, and of this block where
        the actor that had it died."""
        own = set(self._listed(f"{self._path}/answers/{block}"))
        found: dict[bytes, Answer] = {}
        wanted = set(keys)
        for path in sorted(own | index.paths_of(keys)):
            rows, table = self._load(path)
            places = {key: rows[key] for key in wanted & rows.keys() - found.keys()}
            if places:
                answers = columns.answers(table.take(list(places.values())))
                found.update(zip(places, answers, strict=True))
        return [found.get(key) for key in keys]

    def write(self, block: str, table: pa.Table) -> None:
        """Keep answers, as a file that is whole or not there.

        Raises:
            ConfigurationError: where it cannot be written; what was written before stays.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        sink = pa.BufferOutputStream()
        pq.write_table(table, sink)
        self._store(f"{self._path}/answers/{block}/{uuid.uuid4().hex}.parquet", sink.getvalue())

    def _store(self, path: str, data: Any) -> None:
        folder, _, name = path.rpartition("/")
        unfinished = f"{folder}/.{name}"
        try:
            self._fs.create_dir(folder, recursive=True)
            with self._fs.open_output_stream(unfinished) as file:
                file.write(data)
            self._on_disk(unfinished)
            self._fs.move(unfinished, path)
        except OSError as error:
            with contextlib.suppress(OSError):
                self._fs.delete_file(unfinished)
            raise self._fault(
                f"cannot be written: {error}. What was written before is whole: "
                "make room, and run the job again"
            ) from error

    def _on_disk(self, path: str) -> None:
        """Wait until a local file would survive a power failure."""
        if self._fs.type_name == "local":
            file = os.open(path, os.O_RDONLY)
            try:
                os.fsync(file)
            finally:
                os.close(file)

    def _manifest(self, path: str) -> dict[str, Any] | None:
        try:
            with self._fs.open_input_stream(path) as file:
                return msgspec.json.decode(file.read(), type=dict[str, Any])
        except FileNotFoundError:
            if any(True for _ in self._listed(self._path)):
                raise self._fault("holds other files, and no manifest.json") from None
            return None
        except (OSError, msgspec.DecodeError, msgspec.ValidationError) as error:
            raise self._fault(f"cannot be read: {error}") from error

    def _listed(self, folder: str) -> Iterator[str]:
        import pyarrow.fs as pafs

        selector = pafs.FileSelector(folder, allow_not_found=True, recursive=True)
        try:
            found = self._fs.get_file_info(selector)
        except OSError as error:
            raise self._fault(f"cannot be read: {error}") from error
        files = (info for info in found if info.type == pafs.FileType.File)
        return iter(sorted(file.path for file in files if not file.base_name.startswith(".")))

    def _digests(self, path: str) -> pa.Table:
        return self._table(path, [KEY, PROMPT])

    def _read(self, path: str) -> tuple[dict[bytes, int], pa.Table]:
        table = self._table(path, None)
        keys = table.column(KEY).to_pylist()
        return {key: row for row, key in enumerate(keys)}, table

    def _table(self, path: str, columns: list[str] | None) -> pa.Table:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.read_table(path, columns=columns, filesystem=self._fs)
        except (OSError, pa.ArrowException) as error:
            raise self._fault(f"has a file that cannot be read, {path}: {error}") from error

    def _fault(self, text: str) -> ConfigurationError:
        return ConfigurationError(f"the checkpoint {self.where} {text}")


def _file_system(where: str) -> tuple[pafs.FileSystem, str]:
    import pyarrow as pa
    import pyarrow.fs as pafs

    if "://" not in where:
        return pafs.LocalFileSystem(), where
    if "@" in urlsplit(where).netloc:
        raise ConfigurationError(
            "the checkpoint's URI must hold no credentials: let each node have its own"
        )
    try:
        system, path = pafs.FileSystem.from_uri(where)
    except (pa.ArrowException, OSError) as error:
        raise ConfigurationError(f"the checkpoint {where} cannot be opened: {error}") from error
    return system, path.rstrip("/")


def _bytes(column: Any) -> np.ndarray[Any, Any]:
    import numpy as np

    return np.array(column.to_pylist() if column else [], dtype=f"S{WIDTH}")


def _differences(found: dict[str, Any], wanted: dict[str, Any]) -> Iterator[str]:
    for name in sorted(found.keys() | wanted.keys()):
        before: Any = found.get(name)
        now: Any = wanted.get(name)
        if before == now:
            continue
        if name == "params":
            yield f"other values of {', '.join(sorted(_changed(before or {}, now or {})))}"
        else:
            yield f"{name} was {before!r}, and is {now!r}"


def _changed(before: dict[str, str], now: dict[str, str]) -> set[str]:
    return {n for n in before.keys() | now.keys() if before.get(n) != now.get(n)}
