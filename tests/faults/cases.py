"""The table: every fault, in each protocol that it applies to."""

from __future__ import annotations

from chimeric_testing import FAULTS

from . import ends, payloads, texts, toolcalls
from .case import Case
from .dialects import DIALECTS

__all__ = ["APPLICABLE", "CASES", "Case"]

CASES: list[Case] = [
    *[Case(fault=fault, make=lambda dialect: dialect.script()) for fault in FAULTS.values()],
    *texts.CASES,
    *payloads.CASES,
    *ends.CASES,
    *toolcalls.CASES,
]

APPLICABLE = [
    (case, dialect)
    for case in CASES
    for dialect in DIALECTS.values()
    if case.script(dialect) is not None
]
