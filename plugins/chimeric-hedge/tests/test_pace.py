"""How long is waited and how many are sent, by a simulated clock and seeded times."""

from __future__ import annotations

import heapq
import random
import statistics

import pytest
from chimeric_hedge.budget import Budget
from chimeric_hedge.patience import ENOUGH, Patience

SLOW, FACTOR = 0.03, 20
"""Which part of the answers is slow, and how much."""


def times(count: int, median: float, seed: int) -> list[float]:
    """Seconds to the first content, one in thirty-three of them twenty times as long."""
    chance = random.Random(seed)
    told = []
    for _ in range(count):
        seconds = median * chance.lognormvariate(0, 0.05)
        told.append(seconds * FACTOR if chance.random() < SLOW else seconds)
    return told


def played(first: list[float], second: list[float], max_extra: float) -> tuple[list[float], int]:
    """When the first content came of each, and how many were sent to the second model."""
    patience = Patience(None, 0.95, 2.0, (0.05, 30.0))
    budget = Budget(max_extra)
    came, extra = [], 0
    for one, other in zip(first, second, strict=True):
        delay = patience.seconds()
        budget.earn()
        if one > delay and budget.spend():
            extra += 1
            one = min(one, delay + other)
        patience.note(one)
        came.append(one)
    return came, extra


@pytest.mark.parametrize("seed", range(5))
def test_slow_answers_are_cut_off_for_few_extra_requests(seed: int) -> None:
    first, second = times(5000, 0.5, seed), times(5000, 0.15, seed + 100)
    assert statistics.quantiles(first, n=100)[98] > 15 * statistics.median(first)
    came, extra = played(first, second, 0.07)
    assert statistics.quantiles(came, n=100)[98] < 1.5 * statistics.median(came)
    assert extra <= 0.07 * len(first) + 1


@pytest.mark.parametrize("seed", range(5))
def test_an_equal_model_cuts_them_to_twice_the_median(seed: int) -> None:
    """It cannot be less: the delay is at least the median, and then another answer begins."""
    first, second = times(5000, 0.5, seed), times(5000, 0.5, seed + 100)
    came, extra = played(first, second, 0.07)
    assert 2 <= statistics.quantiles(came, n=100)[98] / statistics.median(came) < 2.4
    assert extra <= 0.07 * len(first) + 1


def test_a_slow_provider_is_not_doubled() -> None:
    """All at once answers take ten times as long: the budget holds until the times are learned."""
    first = times(1000, 0.5, 1) + times(1000, 5.0, 2)
    came, extra = played(first, [0.5] * 2000, 0.07)
    assert extra <= 0.07 * 2000 + 1
    assert statistics.median(came[1000:]) > 4


def test_nothing_is_measured_before_there_is_enough() -> None:
    patience = Patience(None, 0.95, 2.0, (0.05, 30.0))
    for _ in range(ENOUGH - 1):
        patience.note(1.0)
    assert patience.seconds() == 2.0
    patience.note(1.0)
    assert patience.seconds() == 1.0


def test_a_fixed_delay_stays_what_it_is() -> None:
    patience = Patience(0.7, 0.95, 2.0, (0.05, 30.0))
    for _ in range(100):
        patience.note(9.0)
    assert patience.seconds() == 0.7


@pytest.mark.parametrize(("seconds", "told"), [(0.001, 0.05), (99.0, 30.0)])
def test_the_measured_delay_is_held_between_bounds(seconds: float, told: float) -> None:
    patience = Patience(None, 0.95, 2.0, (0.05, 30.0))
    for _ in range(ENOUGH):
        patience.note(seconds)
    assert patience.seconds() == told


def test_only_the_latest_answers_count() -> None:
    patience = Patience(None, 0.5, 2.0, (0.0, 30.0))
    for _ in range(500):
        patience.note(9.0)
    for _ in range(251):
        patience.note(1.0)
    assert patience.seconds() == 1.0


def test_the_quantile_is_that_of_all_that_came_in_any_order() -> None:
    chance = random.Random(3)
    patience = Patience(None, 0.9, 2.0, (0.0, 30.0))
    told = [chance.random() for _ in range(1200)]
    for seconds in told:
        patience.note(seconds)
    assert patience.seconds() == heapq.nsmallest(450, told[-500:])[-1]


def test_calm_does_not_save_up_for_a_storm() -> None:
    budget = Budget(0.1)
    for _ in range(10_000):
        budget.earn()
    assert sum(budget.spend() for _ in range(100)) == 10


def test_one_may_be_sent_at_the_start() -> None:
    assert Budget(0.01).spend()
    assert not Budget(0).spend()
    assert all(Budget(None).spend() for _ in range(5))
