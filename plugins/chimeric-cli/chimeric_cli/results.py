"""The results file of a batch: appended line by line, and whole again after any kill."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import click
import msgspec

from .terminal import visible_json

__all__ = ["Answered", "ResultsFile"]

SYNC_EVERY = 0.5
"""Seconds of results that a power failure may cost; a killed process loses none."""


BEGIN = b'{"id":'
"""How every line begins; half of a line that does not is somebody else's."""

CLOEXEC = getattr(os, "O_CLOEXEC", 0)
BINARY = getattr(os, "O_BINARY", 0)


class Something(msgspec.Struct):
    """An object; its fields do not matter here."""


class Line(msgspec.Struct):
    """What must be known of a line that is there already."""

    id: str | int
    response: Something | None = None
    error: Something | None = None
    prompt: str | None = None
    settings: str | None = None


class Answered(msgspec.Struct, frozen=True):
    """What an answer that is there already answered; None in files of older versions.

    Attributes:
        prompt: digest of the line of the prompts.
        settings: digest of model, system message and parameters of the command.
    """

    prompt: str | None
    settings: str | None


class ResultsFile:
    """Results by id. Opening it repairs it, and tells which ids are done, and for what prompts.

    A half line at its end (from a kill or a full disk) is dropped, and so are the lines of
    failures, which are tried again: an id is never there twice.

    Raises:
        click.UsageError: when the file holds something else, or another batch writes to it.
        OSError: when it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done: dict[str | int, Answered] = {}
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
        line = visible_json(msgspec.json.encode(result, enc_hook=str).decode())
        data = line.encode() + b"\n"
        end = self._file.seek(0, os.SEEK_END) if self._file.seekable() else 0
        try:
            _write(self._file, data)
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(end)
            raise
        if time.monotonic() - self._synced > SYNC_EVERY:
            self._sync()

    def forget(self, ids: Collection[str | int]) -> None:
        """Drop the results of ``ids``: they are not done any more.

        Raises:
            OSError: when the file cannot be written; it is then as it was.
        """
        self._repair(ids)

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
        """The file, locked. A link stays one: what it leads to is opened."""
        while True:
            # Unbuffered: what is written is not lost with the process.
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | CLOEXEC | BINARY, 0o666)
            file = os.fdopen(handle, "r+b", buffering=0)
            try:
                _lock(file)
            except OSError:
                file.close()
                raise click.UsageError(f"another batch is writing to {self.path}") from None
            if self._is_current(file):
                return file
            file.close()  # another batch has put a repaired file in its place meanwhile

    def _is_current(self, file: BinaryIO) -> bool:
        """Whether the open file is still the one that has this name."""
        try:
            return os.path.samestat(os.fstat(file.fileno()), self.path.stat())
        except FileNotFoundError:
            return False

    def _repair(self, unwanted: Collection[str | int] = ()) -> None:
        """Find out what is done; drop a half line, the failures and what is not wanted."""
        self.done = {}
        good: list[tuple[int, int]] = []
        start, dropped = 0, False
        self._file.seek(0)
        with open(self._file.fileno(), "rb", closefd=False) as lines:
            for number, raw in enumerate(lines, 1):
                line = self._read(raw, number)
                if line is not None and self._counts(line, unwanted):
                    self.done[line.id] = Answered(line.prompt, line.settings)
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

    def _counts(self, line: Line, unwanted: Collection[str | int]) -> bool:
        return line.error is None and line.id not in self.done and line.id not in unwanted

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
        target = self.path.resolve()  # a link is not what is replaced
        # A name that nobody can know before, and no file that is there already.
        handle, name = tempfile.mkstemp(".tmp", f".{target.name}.", target.parent)
        new = os.fdopen(handle, "r+b", buffering=0)
        try:
            for start, length in good:
                self._file.seek(start)
                _write(new, self._file.read(length))
            _take_rights(new, os.fstat(self._file.fileno()))
            os.fsync(handle)
            # Locked before it has its name: nobody else can be first.
            _lock(new)
            Path(name).replace(target)
        except BaseException:
            new.close()
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
        old, self._file = self._file, new
        old.close()


def _lock(file: BinaryIO) -> None:
    """Lock a file, where the system can (Windows cannot).

    Raises:
        OSError: when another process has the lock.
    """
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _take_rights(new: BinaryIO, old: os.stat_result) -> None:
    """Give a new file the mode and, where that is allowed, the owner of the old one."""
    if sys.platform == "win32":
        return
    mine = os.fstat(new.fileno())
    if (mine.st_uid, mine.st_gid) != (old.st_uid, old.st_gid):
        with contextlib.suppress(OSError):
            os.fchown(new.fileno(), old.st_uid, old.st_gid)
    os.fchmod(new.fileno(), stat.S_IMODE(old.st_mode))


def _write(file: BinaryIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]
