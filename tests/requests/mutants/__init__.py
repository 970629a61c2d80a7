"""Faults made by a script in three providers: the contract kit must reject them."""

from .mutant import Mutant
from .mutation import COLUMNS, OPERATORS, mutants_of
from .trial import PROVIDERS, Subject, Verdict, is_sound, tried

__all__ = [
    "COLUMNS",
    "OPERATORS",
    "PROVIDERS",
    "Mutant",
    "Subject",
    "Verdict",
    "is_sound",
    "mutants_of",
    "tried",
]
