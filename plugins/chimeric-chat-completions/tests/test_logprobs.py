"""Log probabilities, asked for and read."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from chimeric_chat_completions import ChatDialect, compatible
from chimeric_chat_completions.parser import ChatState

from chimeric import Delta, Event, Request, TokenLogprob

from .shown import ODD, TOKEN

BEST = {**TOKEN, "top_logprobs": [TOKEN, {"token": "Ho", "logprob": -1.5, "bytes": None}]}
PROBABLE = TokenLogprob("Hi", -0.5, (TokenLogprob("Hi", -0.5), TokenLogprob("Ho", -1.5)))


def probable(text: str, logprobs: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": text}, "logprobs": logprobs}
    return {"choices": [choice]}


@pytest.mark.parametrize(
    ("logprobs", "told"),
    [
        ({"content": [BEST], "refusal": None}, (PROBABLE,)),
        ({"content": [TOKEN]}, (TokenLogprob("Hi", -0.5),)),
        (
            {"tokens": ["Hi"], "token_logprobs": [-0.5], "top_logprobs": [{"Ho": -1.5}]},
            (TokenLogprob("Hi", -0.5, (TokenLogprob("Ho", -1.5),)),),
        ),
        ({"tokens": ["Hi"], "token_logprobs": [None]}, ()),
        ({"content": [{"token": "Hi", "logprob": None}, 7, {}]}, ()),
        ({"content": None, "refusal": None}, ()),
        ([], ()),
    ],
)
def test_log_probabilities_of_a_choice_are_read(read, logprobs, told):
    (delta,) = read(probable("Hi", logprobs))
    assert (delta.text, delta.logprobs) == ("Hi", told)


def test_log_probabilities_come_with_every_piece_of_text(read):
    told = {"content": [BEST]}
    deltas = read(*(probable("Hi", told) for _ in range(4)))
    assert [(d.text, d.logprobs) for d in deltas] == [("Hi", (PROBABLE,))] * 4


def test_log_probabilities_that_were_asked_for_are_awaited():
    request = Request(model="m", messages=(), extra={"logprobs": True})
    state = ChatState(compatible.DIALECT, request)
    frames = [probable("Hi", None), probable("Hi", {"content": [BEST]})]
    *_, last = [state.parse(Event(msgspec.json.encode(frame))) for frame in frames]
    assert isinstance(last, Delta)
    assert last.logprobs == (PROBABLE,)


def test_text_without_log_probabilities_is_plain_text(chunk):
    state = ChatState(compatible.DIALECT, Request(model="m", messages=()))
    empty = {"content": None, "refusal": None}
    frames = [Event(msgspec.json.encode(probable("a", empty))) for _ in range(2)]
    assert [type(state.parse(frame)) for frame in frames][1:] == [str]


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({"logprobs": True}, {"logprobs": True}),
        ({"logprobs": 3}, {"logprobs": True, "top_logprobs": 3}),
        ({"logprobs": 0}, {"logprobs": True}),
        ({"logprobs": 3, "top_logprobs": 5}, {"logprobs": True, "top_logprobs": 5}),
        ({"logprobs": False}, {"logprobs": False}),
        ({}, {}),
    ],
)
def test_a_number_of_logprobs_is_one_of_alternatives(config, asked, sent):
    request = Request(model="m", messages=(), extra=asked)
    http = compatible.DIALECT.build_request(request, config)
    assert {n: v for n, v in http.body.items() if "logprobs" in n} == sent
    assert http.dropped == ()


def test_logprobs_that_a_server_does_not_have_are_reported(config):
    dialect = ChatDialect(unsupported=lambda request: ("logprobs",))
    request = Request(model="m", messages=(), extra={"logprobs": 3, "top_logprobs": 3})
    http = dialect.build_request(request, config)
    assert "logprobs" not in http.body
    assert "top_logprobs" not in http.body
    assert http.dropped == ("m at compatible does not take logprobs",)


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_log_probabilities_of_a_wrong_shape_are_none(read, odd):
    for logprobs in (odd, {"content": odd}, {"tokens": odd, "token_logprobs": odd}):
        (delta,) = read(probable("Hi", logprobs))
        assert (delta.text, delta.logprobs) == ("Hi", ())
