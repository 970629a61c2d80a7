"""A file that grows by whole lines: locked, synced now and then, made whole in one step."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from chimeric import ConfigurationError

__all__ = ["Journal"]

SYNC_EVERY = 0.5
"""Seconds of lines that a power failure may cost; a killed process loses none."""

CLOEXEC = getattr(os, "O_CLOEXEC", 0)
BINARY = getattr(os, "O_BINARY", 0)


class Journal:
    """The open file.

    Raises:
        ConfigurationError: when another process has it open, or another journal of this one.
        OSError: when it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = self._open()
        self._synced = time.monotonic()
        self._syncing: threading.Thread | None = None
        self.is_regular = stat.S_ISREG(os.fstat(self._file.fileno()).st_mode)

    def append(self, line: bytes) -> None:
        """Write a line; it is in the operating system's hands when this returns.

        Raises:
            OSError: when it cannot be written; nothing of it stays in the file.
        """
        end = self._file.seek(0, os.SEEK_END) if self._file.seekable() else 0
        try:
            _write(self._file, line)
        except OSError as error:
            with contextlib.suppress(OSError):
                self._file.truncate(end)
            error.filename = str(self._path)
            raise
        if time.monotonic() - self._synced > SYNC_EVERY:
            self._sync_beside()

    def keep(self, wanted: Callable[[bytes, int], bool]) -> None:
        """Drop the lines that are not wanted; each is asked for with its number, from 1.

        Raises:
            OSError: when the file cannot be written; it is then as it was.
        """
        good: list[tuple[int, int]] = []
        """Where lines begin that are kept, and where they end; neighbours are one."""
        start, dropped = 0, False
        self._file.seek(0)
        with open(self._file.fileno(), "rb", closefd=False) as lines:
            for number, raw in enumerate(lines, 1):
                end = start + len(raw)
                if not wanted(raw, number):
                    dropped = dropped or bool(raw.strip())
                elif good and good[-1][1] == start:
                    good[-1] = good[-1][0], end
                else:
                    good.append((start, end))
                start = end
        if not dropped:
            return
        if not good or (len(good) == 1 and good[0][0] == 0):
            self._file.truncate(good[0][1] if good else 0)
        else:
            self._rewrite(good)

    def close(self) -> None:
        """Write everything to the disk. Idempotent."""
        if not self._file.closed:
            self._wait()
            self._sync()
            self._file.close()

    # --- on the disk -----------------------------------------------------------------------------

    def _sync(self) -> None:
        with contextlib.suppress(OSError):  # a pipe, a device
            os.fsync(self._file.fileno())

    def _sync_beside(self) -> None:
        """Sync in a thread: a disk takes its time, and an event loop has none."""
        if self._syncing is None or not self._syncing.is_alive():
            self._synced = time.monotonic()
            self._syncing = threading.Thread(target=self._sync, name="chimeric-sync", daemon=True)
            self._syncing.start()

    def _wait(self) -> None:
        if self._syncing is not None:
            self._syncing.join()

    def _open(self) -> BinaryIO:
        """The file, locked. A link stays one: what it leads to is opened."""
        while True:
            # Unbuffered: what is written is not lost with the process.
            handle = os.open(self._path, self._way() | os.O_CREAT | CLOEXEC | BINARY, 0o666)
            file = os.fdopen(handle, "r+b" if self._way() == os.O_RDWR else "wb", buffering=0)
            try:
                _lock(file)
            except OSError:
                file.close()
                raise ConfigurationError(
                    f"another batch is writing to {self._path}: wait until it ends, or name "
                    "another results file"
                ) from None
            if self._is_current(file):
                return file
            file.close()  # another batch has put a repaired file in its place meanwhile

    def _way(self) -> int:
        """How the file is opened. Whoever reads his own pipe never hears that the reader left."""
        try:
            is_pipe = stat.S_ISFIFO(self._path.stat().st_mode)
        except FileNotFoundError:
            is_pipe = False
        return os.O_WRONLY if is_pipe else os.O_RDWR

    def _is_current(self, file: BinaryIO) -> bool:
        """Whether the open file is still the one that has this name."""
        try:
            return os.path.samestat(os.fstat(file.fileno()), self._path.stat())
        except FileNotFoundError:
            return False

    def _rewrite(self, good: list[tuple[int, int]]) -> None:
        """Write the good lines anew; the old file stays until the new one is complete."""
        self._wait()
        target = self._path.resolve()  # a link is not what is replaced
        # A name that nobody can know before, and no file that is there already.
        handle, name = tempfile.mkstemp(".tmp", f".{target.name}.", target.parent)
        new = os.fdopen(handle, "r+b", buffering=0)
        try:
            for start, end in good:
                self._copy(start, end, new)
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

    def _copy(self, start: int, end: int, new: BinaryIO) -> None:
        self._file.seek(start)
        while start < end:
            data = self._file.read(min(end - start, 1 << 20))
            _write(new, data)
            start += len(data)


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
