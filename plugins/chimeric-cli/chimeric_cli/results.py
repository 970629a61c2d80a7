"""The results file of a batch: appended line by line, and whole again after any kill."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import click
import msgspec

__all__ = ["ResultsFile"]

SYNC_EVERY = 0.5
"""Seconds of results that a power failure may cost; a killed process loses none."""


BEGIN = b'{"id":'
"""How every line begins; half of a line that does not is somebody else's."""


class Something(msgspec.Struct):
    """An object; its fields do not matter here."""


class Line(msgspec.Struct):
    """What must be known of a line that is there already."""

    id: str | int
    response: Something | None = None
    error: Something | None = None


class ResultsFile:
    """Results by id. Opening it repairs it, and tells which ids are done.

    A half line at its end (from a kill or a full disk) is dropped, and so are the lines of
    failures, which are tried again: an id is never there twice.

    Raises:
        click.UsageError: when the file holds something else, or another batch writes to it.
        OSError: when it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done: set[str | int] = set()
        self._file = self._open()
        self._synced = time.monotonic()
        if stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
            try:
                self._repair()
            except BaseException:
                self._file.close()
                raise

    def append(self, result: dict[str, Any]) -> None:
        """Write one result; it is in the operating system's hands when this returns.

        Raises:
            OSError: when it cannot be written; nothing of it stays in the file.
        """
        data = memoryview(msgspec.json.encode(result, enc_hook=str) + b"\n")
        end = self._file.seek(0, os.SEEK_END) if self._file.seekable() else 0
        try:
            while data:
                data = data[self._file.write(data) :]
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(end)
            raise
        if time.monotonic() - self._synced > SYNC_EVERY:
            self._sync()

    def close(self) -> None:
        """Write everything to the disk."""
        self._sync()
        self._file.close()

    def __enter__(self) -> ResultsFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _sync(self) -> None:
        with contextlib.suppress(OSError):  # a pipe, a device
            os.fsync(self._file.fileno())
        self._synced = time.monotonic()

    def _open(self) -> BinaryIO:
        # Unbuffered: what is written is not lost with the process.
        file = self.path.open("r+b" if self.path.exists() else "x+b", buffering=0)
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            pass
        except OSError:
            file.close()
            raise click.UsageError(f"another batch is writing to {self.path}") from None
        return file

    def _repair(self) -> None:
        """Find out what is done; drop a half line and the failures."""
        good: list[tuple[int, int]] = []
        start, dropped = 0, False
        self._file.seek(0)
        with self.path.open("rb") as lines:
            for number, raw in enumerate(lines, 1):
                line = self._read(raw, number)
                if line is not None and line.error is None and line.id not in self.done:
                    self.done.add(line.id)
                    good.append((start, len(raw)))
                elif raw.strip():
                    dropped = True
                start += len(raw)
        if not dropped:
            return
        if sum(length for _, length in good) == (good[-1][0] + good[-1][1] if good else 0):
            self._file.truncate(good[-1][0] + good[-1][1] if good else 0)
        else:
            self._rewrite(good)

    def _read(self, raw: bytes, number: int) -> Line | None:
        """A line that is whole, or None for half of one."""
        try:
            if not raw.endswith(b"\n") and raw[: len(BEGIN)] == BEGIN[: len(raw)]:
                return None
            line = msgspec.json.decode(raw, type=Line)
            if line.response is None and line.error is None:
                raise ValueError
        except (msgspec.DecodeError, ValueError):
            if not raw.strip(b"\0\r\n "):  # empty, or a block that a crash of the machine left
                return None
            raise click.UsageError(
                f"{self.path} is no results file of a batch (line {number}); "
                "choose another one with -o"
            ) from None
        return line

    def _rewrite(self, good: list[tuple[int, int]]) -> None:
        """Write the good lines anew; the old file stays until the new one is complete."""
        temporary = self.path.with_name(self.path.name + ".tmp")
        with temporary.open("wb") as new:
            for start, length in good:
                self._file.seek(start)
                new.write(self._file.read(length))
            new.flush()
            os.fsync(new.fileno())
        temporary.replace(self.path)
        old, self._file = self._file, self._open()
        old.close()
