"""Thousands of streams by a grammar of all that servers do: each is told as it was meant.

``CHIMERIC_STREAMS`` sets how many of each protocol; the seeds are fixed. A stream that fails is
shown by ``python -m tests.protocols.generator <protocol> <seed>``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

import pytest

from .generator import PROTOCOLS, check, generate
from .generator.generated import READS, pieces_of
from .generator.kept import KEPT
from .mutants import MUTANTS, Mutant
from .mutants.hunt import hunt

STREAMS = int(os.environ.get("CHIMERIC_STREAMS", "3000"))
SHOWN = 3


def play(protocol: str, seeds: Iterable[int]) -> None:
    """Fail with what is wrong with the streams of some seeds, for a person."""
    wrong: list[str] = []
    for seed in seeds:
        if complaints := check(generate(protocol, seed)):
            command = f"python -m tests.protocols.generator {protocol} {seed}"
            wrong.append("\n    ".join([command, *complaints]))
    if wrong:
        head = f"{len(wrong)} streams are told wrong; see for example"
        pytest.fail("\n".join([head, *wrong[:SHOWN]]), pytrace=False)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_stream_is_told_as_it_was_meant(protocol: str) -> None:
    play(protocol, range(STREAMS))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_streams_that_were_told_wrong_once_are_told_right(protocol: str) -> None:
    play(protocol, KEPT.get(protocol, ()))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_seed_makes_the_same_stream_again(protocol: str) -> None:
    for seed in range(50):
        one, other = generate(protocol, seed), generate(protocol, seed)
        assert one == other
        for reads in READS:
            assert b"".join(pieces_of(one, reads)) == one.body


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_grammar_reaches_every_ending_cut_and_way_of_reading(protocol: str) -> None:
    reached = {feature for seed in range(400) for feature in generate(protocol, seed).features}
    endings = {
        f"ending: {word}" for word in ("stop", "length", "filter", "other", "unsaid", "error")
    }
    cuts = {f"cut: {word}" for word in ("none", "between events", "at any byte")}
    reads = {f"read: {word}" for word in READS}
    more = {"connection breaks", "middleware", "streamed", "whole answer", "calls: equal"}
    assert endings | cuts | reads | more <= reached


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_mutant_still_applies(mutant: Mutant) -> None:
    assert all(edit.applies() for edit in mutant.edits)


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_fault_that_is_put_back_is_found(mutant: Mutant) -> None:
    assert hunt(mutant) is not None
