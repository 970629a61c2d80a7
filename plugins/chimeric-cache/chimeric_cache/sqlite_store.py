"""A store in one SQLite file, which threads and processes share."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

__all__ = ["SQLiteStore"]

SCHEMA = """
create table if not exists answers_1 (
    key text primary key, used real not null, size integer not null, value blob not null
) without rowid;
create index if not exists answers_1_used on answers_1 (used);
create table if not exists answers_1_total (size integer not null);
insert into answers_1_total select 0 where not exists (select * from answers_1_total);
create trigger if not exists answers_1_added after insert on answers_1
    begin update answers_1_total set size = size + new.size; end;
create trigger if not exists answers_1_removed after delete on answers_1
    begin update answers_1_total set size = size - old.size; end;
"""
"""The total is kept by the database itself, so that no writer has to add all sizes up."""

USED_EVERY = 60.0
"""Seconds; a row that is read more often is not written to each time."""


class SQLiteStore:
    """Rows in an SQLite file in WAL mode; only its owner may read it.

    Several processes may share it. A process that is killed leaves whole rows only.

    Args:
        path: the file; its folder must exist.
        max_bytes: what all answers together may have; those that were not read for the longest time
            go first.
        wait: seconds to wait for another process that is writing.

    Raises:
        ValueError: for a limit that is not positive.

    Example:
        >>> import tempfile
        >>> store = SQLiteStore(tempfile.mkdtemp() + "/answers.db", max_bytes=1000)
        >>> store.put("key", b"value")
        >>> store.get("key")
        b'value'
    """

    def __init__(
        self, path: str | os.PathLike[str], *, max_bytes: int = 256_000_000, wait: float = 1.0
    ) -> None:
        if max_bytes < 1:
            raise ValueError("max_bytes must be positive")
        self._path = Path(path)
        self._max_bytes = max_bytes
        self._wait = wait
        self._made = False
        self._making = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """What is kept under the key, or None.

        Raises:
            sqlite3.Error: when the file cannot be read, or is none of these.
        """
        with self._open() as database:
            row = database.execute(
                "select value, used from answers_1 where key = ?", (key,)
            ).fetchone()
            if row is None:
                return None
            now = time.time()
            if abs(now - row[1]) > USED_EVERY:
                database.execute("update answers_1 set used = ? where key = ?", (now, key))
            value: bytes = row[0]
            return value

    def put(self, key: str, value: bytes) -> None:
        """Keep it, in the place of what was there; others go where the limit asks for it.

        Raises:
            sqlite3.Error: when the file cannot be written, or is none of these.
        """
        size = len(value) + len(key)
        if size > self._max_bytes:
            return
        with self._open() as database:
            database.execute("begin immediate")
            database.execute("delete from answers_1 where key = ?", (key,))
            row = (key, time.time(), size, value)
            database.execute("insert into answers_1 values (?, ?, ?, ?)", row)
            self._shrink(database, key)
            database.execute("commit")

    def _shrink(self, database: sqlite3.Connection, kept: str) -> None:
        (total,) = database.execute("select size from answers_1_total").fetchone()
        over = total - self._max_bytes
        if over <= 0:
            return
        oldest = database.execute(
            "select key, size from answers_1 where key <> ? order by used", (kept,)
        )
        gone: list[tuple[str]] = []
        for key, size in oldest:
            if over <= 0:
                break
            gone.append((key,))
            over -= size
        database.executemany("delete from answers_1 where key = ?", gone)

    @contextmanager
    def _open(self) -> Generator[sqlite3.Connection, None, None]:
        """A connection for one task: none is shared by threads, or kept over a fork."""
        if not self._made:
            self._make()
        try:
            with closing(self._connect()) as database:
                database.execute("pragma synchronous = normal")
                yield database
        except sqlite3.OperationalError:
            self._made = False  # somebody may have taken the file away
            raise

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=self._wait, isolation_level=None)

    def _make(self) -> None:
        """Make the file, or see that it is made. SQLite does not wait for others with this."""
        deadline = time.monotonic() + self._wait
        with self._making:
            while not self._made:
                try:
                    self._set_up()
                    self._made = True
                except sqlite3.OperationalError as error:
                    if "locked" not in str(error) or time.monotonic() > deadline:
                        raise
                    time.sleep(0.01)

    def _set_up(self) -> None:
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        os.close(handle)
        with closing(self._connect()) as database:
            database.execute("pragma journal_mode = wal")
            database.execute("begin immediate")
            for statement in SCHEMA.split(";\n"):
                if statement.strip():
                    database.execute(statement)
            database.execute("commit")
