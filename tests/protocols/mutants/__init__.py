"""The faults of ``findings/streams``, put back one at a time: the generator must find each."""

from .faults import MUTANTS
from .mutant import Edit, Mutant

__all__ = ["MUTANTS", "Edit", "Mutant"]
