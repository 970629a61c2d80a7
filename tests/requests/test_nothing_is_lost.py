"""What was said is in the request, or was told, or nothing was sent; and the service takes it.

``python -m tests.requests --cases 10000`` says more, and to more models. What it found once is said
here each time.
"""

from __future__ import annotations

import warnings

import msgspec
import pytest
from chimeric_testing.saying import Said, lost, say

from chimeric import ChimericError

from .served import PROVIDERS, ask
from .verdict import MODELS, Judge

CASES = 160
BLOCK = 40

FOUND = (
    *(1, 2, 3, 5, 6, 8, 9, 10, 14, 16, 18, 20, 23, 25, 26, 27, 28, 41, 43, 45, 49, 51, 57, 81, 87),
    *(89, 91, 96, 103, 110, 121, 141, 144, 161, 186, 215, 267, 286, 319, 358, 388, 448, 464, 538),
    *(560, 738, 814, 1070, 1191, 1375, 1378, 1475, 2756, 4712, 6307, 6332),
)
"""Seeds that something was lost with, or refused, when they were said first."""


@pytest.fixture(scope="module")
def judges() -> dict[str, Judge]:
    return {name: Judge(name) for name in MODELS}


def faults(judge: Judge, seed: int) -> list[str]:
    return [f"{seed}: {fault}" for fault in judge(say(seed, signed=judge.sign)).faults]


@pytest.mark.parametrize("model", sorted(MODELS))
def test_what_was_lost_once_is_sent_or_told(judges: dict[str, Judge], model: str) -> None:
    assert [fault for seed in FOUND for fault in faults(judges[model], seed)] == []


@pytest.mark.parametrize("start", range(20_000, 20_000 + CASES, BLOCK))
@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_each_thing_that_was_said_is_sent_or_told(
    judges: dict[str, Judge], provider: str, start: int
) -> None:
    seeds = range(start, start + BLOCK)
    assert [fault for seed in seeds for fault in faults(judges[provider], seed)] == []


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_a_server_gets_what_was_said(provider: str) -> None:
    for seed in range(30_000, 30_004):
        said = say(seed)
        given = said.arguments()
        given.pop("response_format", None)  # the answer of this server fits none
        left = msgspec.structs.replace(said, params=given)
        try:
            sent = ask(PROVIDERS[provider], given.pop("messages"), **given)
        except ChimericError:
            continue  # nothing was sent, and the caller knows
        assert lost(left, msgspec.json.encode(sent.body), sent.told) == [], seed


def test_most_of_what_is_said_is_sent(judges: dict[str, Judge]) -> None:
    """Errors would be an easy way out."""
    for name in PROVIDERS:
        refused = [judges[name].refuses(say(seed)) for seed in range(100)]
        assert sum(refused) < 20, name


def test_the_same_seed_says_the_same() -> None:
    with warnings.catch_warnings():
        first, second = say(7), say(7)
    assert repr(first.messages) == repr(second.messages)
    assert first.leaves == second.leaves
    assert isinstance(first, Said)
