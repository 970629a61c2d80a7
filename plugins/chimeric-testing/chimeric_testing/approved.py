"""A file that holds what was approved once: from then on, whatever changes is told."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import msgspec

from .leaves import shown
from .recorded import is_array, is_object

__all__ = ["Approved", "differences"]

APPROVE: Final = "CHIMERIC_APPROVE"
"""The variable of the environment that has the file written anew: ``CHIMERIC_APPROVE=1 pytest``."""

LEVELS: Final = 3
"""So many levels of the file have a line for each member, to be read and compared."""


class Approved:
    """The sections of one file.

    Example:
        >>> Approved(Path("approved.json")).check("requests", {"a line": {"body": {}}})
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self, section: str, found: dict[str, Any]) -> None:
        """Compare a section with what is found now, or write it where that is asked for.

        Raises:
            AssertionError: where they differ, or nothing was approved yet.
        """
        now = msgspec.json.decode(msgspec.json.encode(found))
        kept = self._read()
        if os.environ.get(APPROVE):
            text = _laid_out({**kept, section: now}, LEVELS)
            self._path.write_text(f"{text}\n", encoding="utf-8")
            return
        assert section in kept, f"{self._path}: no {section}; run {APPROVE}=1 pytest, and read it"
        found_differences = differences(kept[section], now)
        assert not found_differences, "\n".join(
            [f"{section}: not as in {self._path.name}", *found_differences[:20]]
        )

    def _read(self) -> dict[str, Any]:
        if not self._path.exists():
            return {}
        return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Any])


def differences(kept: Any, now: Any, path: tuple[str | int, ...] = ()) -> list[str]:
    """Where two pieces of plain data differ, a line each."""
    if is_object(kept) and is_object(now):
        names = [*kept, *(name for name in now if name not in kept)]
        return [
            line
            for name in names
            for line in (
                differences(kept[name], now[name], (*path, name))
                if name in kept and name in now
                else [_line((*path, name), kept.get(name, "nothing"), now.get(name, "nothing"))]
            )
        ]
    if is_array(kept) and is_array(now) and len(kept) == len(now):
        pairs = enumerate(zip(kept, now, strict=True))
        return [line for n, (a, b) in pairs for line in differences(a, b, (*path, n))]
    return [] if type(kept) is type(now) and kept == now else [_line(path, kept, now)]


def _line(path: tuple[str | int, ...], kept: Any, now: Any) -> str:
    return f"{shown(path)}: approved was {_short(kept)}, now it is {_short(now)}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 120 else f"{text[:120]}..."


def _laid_out(value: Any, levels: int, indent: str = "") -> str:
    if not levels or not is_object(value) or not value:
        return msgspec.json.encode(value).decode()
    deeper = f"{indent} "
    lines = [
        f"{deeper}{msgspec.json.encode(name).decode()}: {_laid_out(item, levels - 1, deeper)}"
        for name, item in sorted(value.items())
    ]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
