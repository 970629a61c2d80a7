"""What was typed before: line editing and a history file that only its owner can read."""

from __future__ import annotations

import contextlib
import glob
import os
from pathlib import Path
from types import TracebackType
from typing import Any

from .defaults import data_directory
from .model_names import complete_model

__all__ = ["History"]

LENGTH = 2000
"""Lines that are kept."""


class History:
    """Line editing while it is open. Without readline (Windows) lines are read plainly."""

    def __init__(self, words: list[str]) -> None:
        try:
            import readline
        except ImportError:
            self._readline: Any = None
        else:
            self._readline = readline
        self._words = words
        self._found: list[str] = []
        self._path: Path | None = data_directory() / "history"

    def __enter__(self) -> History:
        readline = self._readline
        if readline is None:
            return self
        readline.set_auto_history(False)
        readline.set_history_length(LENGTH)
        readline.set_completer(self._complete)
        readline.set_completer_delims(" ")
        readline.parse_and_bind("tab: complete")
        try:
            self._create()
            readline.read_history_file(str(self._path))
        except OSError:
            self._path = None  # a home that cannot be written to: no history, no complaint
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._readline is not None:
            self._readline.set_completer(None)

    def add(self, text: str) -> None:
        """Keep a message; it is written at once, so that no kill loses it."""
        if self._readline is None or not text.strip() or text.startswith(" "):
            return
        self._readline.add_history(text.replace("\n", " "))
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._readline.append_history_file(1, str(self._path))

    def _create(self) -> None:
        assert self._path is not None
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_CREAT | os.O_RDONLY, 0o600))
        self._path.chmod(0o600)

    def _complete(self, text: str, state: int) -> str | None:
        if state == 0:
            before = self._readline.get_line_buffer()[: self._readline.get_begidx()].strip()
            self._found = self._completions(before, text)
        return self._found[state] if state < len(self._found) else None

    def _completions(self, before: str, text: str) -> list[str]:
        """How a word may go on: a command, or what the command before it takes."""
        if not before:
            return [word for word in self._words if word.startswith(text)]
        if before == "/model":
            return complete_model(text)
        if before in ("/attach", "/load", "/save"):
            found = sorted(glob.glob(glob.escape(os.path.expanduser(text)) + "*"))
            return [name + os.sep if os.path.isdir(name) else name for name in found]
        return []
