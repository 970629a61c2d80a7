"""Limits that all actors of a cluster share, in an actor."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("ray", reason="Ray is not installed")
pytest.importorskip("chimeric_limit")
import ray
from chimeric_limit import Amounts, Granted, Limit, NoRoom, Rates
from chimeric_ray import RayLedger, answer, summary

from chimeric import Chimeric


def test_all_actors_of_a_cluster_stay_below_one_limit(provider):
    ledger = RayLedger()

    def make_client() -> Chimeric:
        return Chimeric(plugins=[Limit(concurrent=3, store=ledger, wait=600, on_error="fail")])

    items = [{"question": f"row {n} steady one two three four"} for n in range(40)]
    answered = answer(
        ray.data.from_items(items),
        model="openai:sim-echo",
        prompt="question",
        concurrency=2,
        per_actor=10,
        client=make_client,
    )
    assert {row["answer_error"] for row in answered.take_all()} == {None}
    assert summary(answered).answered == 40
    assert 1 <= provider.most() <= 3


def test_books_under_a_name_are_shared_and_pickle(cluster):
    rates, amounts = Rates(requests=2), Amounts()
    ledger: Any = RayLedger("test-books")
    try:
        assert isinstance(ledger.take("k", rates, amounts), Granted)
        other = ray.get(ray.remote(taken).options(num_cpus=0).remote(ledger, rates))
        assert isinstance(other, Granted)
        told = RayLedger("test-books").take("k", rates, amounts)
        assert isinstance(told, NoRoom)
        assert told.limit == "requests"
    finally:
        ray.kill(ray.get_actor("test-books"))


def taken(ledger: RayLedger, rates: Rates) -> Granted | NoRoom:
    return ledger.take("k", rates, Amounts())


def test_a_place_is_given_back_when_the_attempt_ends(cluster):
    rates = Rates(concurrent=1)
    ledger = RayLedger()
    first = ledger.take("k", rates, Amounts())
    assert isinstance(first, Granted)
    assert isinstance(ledger.take("k", rates, Amounts()), NoRoom)
    ledger.settle("k", first.ticket, rates, Amounts(3))
    second = ledger.take("k", rates, Amounts())
    assert isinstance(second, Granted)
    assert ledger.more("k", second.ticket, Rates(tokens=5), Amounts(2)) is None
    ledger.pause("k", rates, 30)
    ledger.settle("k", second.ticket, rates, None)
    assert ledger.take("k", rates, Amounts()) == NoRoom("paused", pytest.approx(30, abs=29))


def test_the_places_of_a_process_that_died_are_free_after_their_lease():
    from chimeric_ray.ledger import Books

    now = 100.0
    books = Books(clock=lambda: now)
    rates = Rates(concurrent=2)
    dead, alive = (books.take("k", rates, Amounts()) for _ in range(2))
    assert isinstance(dead, Granted)
    assert isinstance(alive, Granted)
    now = 120.0
    books.renew([alive.ticket])
    now = 131.0
    assert isinstance(books.take("k", rates, Amounts()), Granted)
    assert isinstance(books.take("k", rates, Amounts()), NoRoom)
