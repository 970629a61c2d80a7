"""What a person wrote down on a mutant: where it is, in words of the source, and the reason."""

from __future__ import annotations

import msgspec

from .mutant import Mutant

__all__ = ["Entry"]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry of a table. It stays true when lines are moved.

    Attributes:
        module: the module's full name.
        function: the function or method, as ``Class.method``.
        operator: the kind of the fault.
        before: the first line that differs, as ``ast.unparse`` writes it.
        after: what stands in its place.
        reason: why no input shows it, or why none of the kit's does.
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
