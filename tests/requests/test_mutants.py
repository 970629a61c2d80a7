"""The contract kit rejects faults that a script makes of a provider: a few of each kind.

``python -m tests.requests.mutants`` tries hundreds, at three providers.
"""

from __future__ import annotations

import pytest

from .mutants import OPERATORS, PROVIDERS, Mutant, mutants_of, tried

SUBJECT = PROVIDERS["cohere"]
MODULE = "chimeric_cohere.request"


def of_each_operator() -> list[Mutant]:
    """One of each operator that there is in the module that makes requests, from its middle."""
    made = [m for m in mutants_of(SUBJECT.folder, SUBJECT.package) if m.module == MODULE]
    found: dict[str, list[Mutant]] = {}
    for mutant in made:
        found.setdefault(mutant.change.operator, []).append(mutant)
    return [group[len(group) // 2] for group in found.values()]


def test_the_kit_rejects_a_mutant_of_every_operator():
    chosen = of_each_operator()
    assert len(chosen) >= len(OPERATORS) - 1
    alive = [mutant.name for mutant, verdict in tried(chosen, SUBJECT) if verdict == "alive"]
    assert alive == []


@pytest.mark.parametrize("name", list(PROVIDERS))
def test_every_mutant_is_another_program(name):
    subject = PROVIDERS[name]
    made = mutants_of(subject.folder, subject.package)
    assert len(made) > 1000
    for mutant in made[::97]:
        source = mutant.source()
        compile(source, mutant.path, "exec")
