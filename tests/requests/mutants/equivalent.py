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

from .mutant import Mutant

__all__ = ["TABLE", "Equivalent", "equivalents", "known", "of"]

TABLE: Final = Path(__file__).with_name("equivalent.toml")


class Equivalent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry.

    Attributes:
        module: the module's full name.
        function: the function or method, as ``Class.method``.
        operator: the kind of the fault.
        before: the first line that differs, as ``ast.unparse`` writes it.
        after: what stands in its place.
        reason: why no input can show it.
    """

    module: str
    function: str
    operator: str
    before: str
    after: str
    reason: str

    def matches(self, mutant: Mutant) -> bool:
        """Whether it speaks of this mutant."""
        told = (mutant.module, mutant.function, mutant.change.operator)
        if told != (self.module, self.function, self.operator):
            return False
        edit = mutant.edit()
        return (edit.before, edit.after) == (self.before, self.after)


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
