"""Prices in words."""

from __future__ import annotations

import pytest
from chimeric_cli.costs import Spent, price_of

from chimeric import CompletionResponse


def response(call: float | None) -> CompletionResponse:
    cost = {} if call is None else {"cost": {"currency": "USD", "total": call, "call": call}}
    return CompletionResponse(metadata=cost)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (0.0, "$0"),
        (0.0035, "$0.0035"),
        (1.5, "$1.5000"),
        (0.0000123, "$0.000012"),
        (12.34567, "$12.3457"),
        (None, None),
    ],
)
def test_a_price_has_two_digits_that_count(call: float | None, words: str | None) -> None:
    assert price_of(response(call)) == words


def test_a_price_that_is_another_s_is_none() -> None:
    assert price_of(CompletionResponse(metadata={"cost": 0.0123})) is None


def test_a_conversation_adds_up_and_says_where_it_does_not_know() -> None:
    spent = Spent()
    assert spent.in_words() is None
    spent.add(response(0.001))
    spent.add(response(0.002))
    assert spent.in_words() == "$0.0030"
    spent.add(response(None))
    assert spent.in_words() == "at least $0.0030"
