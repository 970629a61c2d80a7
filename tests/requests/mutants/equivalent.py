"""Mutants that nobody can tell from the program: a person found out why, and wrote it down.

``equivalent.toml`` has a table for each: where it is, in words of the source and not by its line,
and the reason. It counts only where the mutant lives: one that is rejected is no equivalent,
whatever the table says, and ``--equivalents`` looks for such entries.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from .entry import Entry
from .mutant import Mutant

__all__ = ["TABLE", "Equivalent", "equivalents", "known", "of"]

TABLE: Final = Path(__file__).with_name("equivalent.toml")


class Equivalent(Entry, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry; its reason says why no input can show the fault."""


@cache
def equivalents(path: Path = TABLE) -> tuple[Equivalent, ...]:
    """All that the table has."""
    form = dict[str, list[Equivalent]]
    return tuple(msgspec.toml.decode(path.read_bytes(), type=form).get("mutant", []))


def known(mutant: Mutant) -> Equivalent | None:
    """The entry on a mutant, or None."""
    return next((entry for entry in equivalents() if entry.matches(mutant)), None)


def of(mutants: Iterable[Mutant]) -> list[Mutant]:
    """Those that an entry speaks of."""
    return [mutant for mutant in mutants if known(mutant) is not None]
