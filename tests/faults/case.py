"""A fault, what each protocol makes of it, and what must come out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from chimeric_testing import FAULTS, Fault, Script

from chimeric import CompletionResponse

from .dialects import KEPT, TEXT, Dialect

__all__ = ["Case", "Cases", "Check", "Make"]

Make = Callable[[Dialect], Script | None]
Check = Callable[[CompletionResponse], None]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A fault, with the answer that it is made of in each protocol (None: it does not apply)."""

    fault: Fault
    make: Make
    text: str = TEXT
    check: Check | None = None
    differs: dict[str, tuple[str, str]] = {}
    """Outcome and text kept where a protocol has its own; the words of ``Fault``."""

    @property
    def name(self) -> str:
        return self.fault.name

    def script(self, dialect: Dialect) -> Script | None:
        return self.make(dialect) if dialect.framing in self.fault.framings else None

    def expected(self, dialect: Dialect) -> tuple[str, str]:
        """Outcome and text."""
        outcome, kept = self.differs.get(dialect.name, (self.fault.outcome, self.fault.kept))
        return outcome, {"all": self.text, "cut": KEPT, "none": ""}[kept]


class Cases(list[Case]):
    """Cases of one subject."""

    def case(
        self,
        name: str,
        what: str,
        *,
        text: str = TEXT,
        check: Check | None = None,
        differs: dict[str, tuple[str, str]] | None = None,
        **fields: Any,
    ) -> Callable[[Make], Make]:
        """Add a case whose answer is spoilt by itself and served well."""

        def add(make: Make) -> Make:
            fault = Fault(name=name, what=what, serve=FAULTS["ok"].serve, **fields)
            self.append(Case(fault=fault, make=make, text=text, check=check, differs=differs or {}))
            return make

        return add
