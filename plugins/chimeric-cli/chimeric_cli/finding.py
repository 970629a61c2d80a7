"""One line of what the doctor reports."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

__all__ = ["Finding", "Mark"]

Mark: TypeAlias = Literal["ok", "missing", "problem", "info"]


class Finding(NamedTuple):
    """What was looked at, and what was seen."""

    mark: Mark
    what: str
    text: str
