"""The judge of the table of libraries: what is right, what is wrong, and what of it is silent."""

from __future__ import annotations

import json

import pytest

from .clients import CLIENTS
from .envelope import dressed
from .outcome import Call, Outcome, Told
from .verdict import Verdict, Wanted, judge

CLIENT = next(client for client in CLIENTS if client.name == "openai create")
OWN = Told("APIError", ["openai"], "engine died")
HTTPX = Told("ReadError", ["httpx2"], "")
FOREIGN = Told("JSONDecodeError", ["json"], "engine died")
PAY = Call("pay", '{"amount":5}', complete=True)
HALF = Call("pay", '{"am', complete=True)

GOOD = Wanted(text="Hello")
FAILING = Wanted(text="Hel", ends_well=False, fails=True, says="engine died")
BAD_END = Wanted(text="", ordinary=False, fails=True)
CALLING = Wanted(text="", calls=(("pay", '{"amount": 5}'),), runs=("pay",))
SPOKEN = Outcome(spoken="Hello", finish="stop")


def of(*seen: Outcome | None, wanted: Wanted) -> list[Verdict]:
    return [judge(wanted, CLIENT, outcome) for outcome in seen]


@pytest.mark.parametrize(
    ("wanted", "seen"),
    [
        (GOOD, Outcome("Hello", finish="stop")),
        (GOOD, Outcome("HelloHello", final="Hello")),
        (GOOD, SPOKEN),
        (FAILING, Outcome("Hel", error=OWN)),
        (BAD_END, Outcome(finish="abort", calls=[Call("pay", '{"am')])),
        (BAD_END, Outcome(error=HTTPX)),
        (CALLING, Outcome(finish="tool_calls", calls=[PAY])),
        (CALLING, Outcome(finish=None, calls=[Call("pay", '{"amount":5}')])),
        (CALLING, Outcome("over", runs=["pay"])),
        (Wanted(text="Hi", reasoning="so"), Outcome("Hi")),
    ],
)
def test_what_is_told_as_it_is_is_right(wanted: Wanted, seen: Outcome) -> None:
    (verdict,) = of(seen, wanted=wanted)
    assert verdict.right, verdict


@pytest.mark.parametrize(
    ("wanted", "seen"),
    [
        (GOOD, Outcome("HelloHello", finish="stop")),
        (GOOD, Outcome("", finish="stop")),
        (FAILING, Outcome("Hel")),
        (FAILING, Outcome("Hel", finish="stop")),
        (BAD_END, Outcome(finish="stop")),
        (BAD_END, Outcome(finish="abort", calls=[HALF])),
        (BAD_END, Outcome(finish="abort", runs=["pay"])),
        (CALLING, Outcome(finish="tool_calls", calls=[PAY, PAY])),
        (CALLING, Outcome(finish="stop")),
        (CALLING, Outcome("over", runs=["pay", "pay"])),
    ],
)
def test_what_nothing_tells_is_silently_wrong(wanted: Wanted, seen: Outcome) -> None:
    (verdict,) = of(seen, wanted=wanted)
    assert verdict.silent


@pytest.mark.parametrize(
    ("wanted", "seen"),
    [
        (GOOD, Outcome("Hello", error=OWN)),
        (FAILING, Outcome("Hel", finish="error")),
        (FAILING, Outcome("Hel", error=HTTPX)),
        (FAILING, Outcome("", error=OWN)),
        (Wanted(text="Hi", reasoning="so"), Outcome("Hi", reasoning="")),
        (CALLING, Outcome(finish=None, calls=[Call("pay", '{"amount":5}')], runs=[])),
    ],
)
def test_what_is_told_in_part_is_wrong_and_not_silent(wanted: Wanted, seen: Outcome) -> None:
    (verdict,) = of(seen, wanted=wanted)
    assert verdict.wrong
    assert not verdict.silent


def test_an_exception_of_python_is_foreign_and_no_end_is_a_case_of_its_own() -> None:
    bare, hung = of(Outcome("Hel", error=FOREIGN), None, wanted=FAILING)
    assert bare.foreign == "JSONDecodeError"
    assert hung.hung
    assert not bare.right
    assert not hung.right


def test_a_case_is_completed_around_and_left_alone_where_it_is_no_object() -> None:
    body = b'data: {"choices": []}\n\ndata: {oops\n\n: x\n\ndata: [DONE]\n\n'
    first, rest = dressed(body, "chat", stream=True).split(b"\n\n", 1)
    assert json.loads(first[6:])["choices"] == []
    assert json.loads(first[6:])["created"]
    assert rest == body.split(b"\n\n", 1)[1]
