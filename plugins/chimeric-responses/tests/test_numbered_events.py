"""Events of a response in the background: each once and in order, over all joins of its stream."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chimeric_responses import Dialect, ResponsesState, resume_request

from chimeric import Delta, Event, HTTPRequest, ProtocolError, Request

URL = "https://example.test/v1/responses"


def request(**extra: Any) -> Request:
    return Request(model="gpt-5.4", messages=(), stream=True, extra={"background": True, **extra})


def event(number: int | None, kind: str = "output_text.delta", **fields: Any) -> Event:
    told = {"type": f"response.{kind}", "output_index": 0, **fields}
    return Event(
        json.dumps(told if number is None else {**told, "sequence_number": number}).encode()
    )


def begun(asked: Request | None = None) -> ResponsesState:
    state = ResponsesState(asked or request())
    state.parse(event(0, "created", response={"id": "resp_1"}))
    state.parse(event(1, delta="Once "))
    return state


def text(told: Any) -> str | None:
    return told.text if isinstance(told, Delta) else told


def rest(state: Any, asked: Request | None = None, url: str = URL) -> HTTPRequest | None:
    return resume_request(asked or request(), state, url, Dialect())


def test_the_rest_begins_behind_the_last_event() -> None:
    http = rest(begun())
    assert http is not None
    assert (http.method, http.body) == ("GET", None)
    assert http.url == f"{URL}/resp_1?stream=true&starting_after=1"


def test_the_rest_is_asked_for_with_all_that_the_request_asked_for() -> None:
    asked = request(include=["web_search_call.results"], logprobs=True)
    http = resume_request(
        asked, begun(asked), f"{URL}?api-version=preview", Dialect(reasons=lambda _: True)
    )
    assert http is not None
    assert http.url == (
        f"{URL}/resp_1?stream=true&starting_after=1&api-version=preview"
        "&include%5B%5D=reasoning.encrypted_content"
        "&include%5B%5D=message.output_text.logprobs&include%5B%5D=web_search_call.results"
    )


def test_what_was_read_before_the_join_adds_nothing() -> None:
    state = begun()
    assert rest(state) is not None
    assert state.parse(event(0, "created", response={"id": "resp_1"})) is None
    assert state.parse(event(1, delta="Once ")) is None
    assert text(state.parse(event(2, delta="upon"))) == "upon"


def test_a_gap_is_an_error_and_can_be_asked_for_again() -> None:
    state = begun()
    with pytest.raises(ProtocolError, match="number 4 came after number 1"):
        state.parse(event(4, delta="time"))
    http = rest(state)
    assert http is not None
    assert http.url.endswith("starting_after=1")
    assert text(state.parse(event(2, delta="upon"))) == "upon"


def test_an_event_that_cannot_be_read_is_not_counted() -> None:
    state = begun()
    with pytest.raises(Exception, match="delta"):
        state.parse(event(2, delta=["upon"]))
    assert text(state.parse(event(2, delta="upon"))) == "upon"


def test_numbers_that_do_not_count_are_not_followed() -> None:
    state = begun()
    assert text(state.parse(event(1, delta="upon"))) == "upon"  # every number is 1 there
    assert rest(state) is None
    unnumbered = begun()
    assert text(unnumbered.parse(event(None, delta="upon"))) == "upon"
    assert rest(unnumbered) is None


def test_an_event_without_a_number_after_a_join_is_an_error() -> None:
    state = begun()
    assert rest(state) is not None
    with pytest.raises(ProtocolError, match="without a number"):
        state.parse(event(None, delta="upon"))


def test_pings_do_not_move_the_place() -> None:
    state = begun()
    assert state.parse(Event(b'{"type":"keepalive"}')) is None
    assert state.parse(Event(b"[DONE]")) is None
    assert text(state.parse(event(2, delta="upon"))) == "upon"


@pytest.mark.parametrize("kind", ["completed", "incomplete", "cancelled", "failed"])
def test_there_is_no_rest_behind_the_end(kind: str) -> None:
    state = begun()
    state.parse(event(2, kind, response={"id": "resp_1", "error": {"message": "no"}}))
    assert rest(state) is None


def test_there_is_no_rest_behind_an_error() -> None:
    state = begun()
    state.parse(Event(b'{"type":"error","error":{"message":"The quota is used up"}}'))
    assert rest(state) is None


def test_there_is_no_rest_before_the_id() -> None:
    assert rest(ResponsesState(request())) is None


@pytest.mark.parametrize(
    "asked",
    [
        Request(model="m", messages=(), stream=True),
        Request(model="m", messages=(), extra={"background": True}),
        request().replace(extra_body={"background": False}),
    ],
    ids=["no background", "no stream", "switched off"],
)
def test_other_responses_cannot_be_joined(asked: Request) -> None:
    state = begun(asked)
    assert state.numbered is None
    assert rest(state, asked) is None
    assert rest(object(), asked) is None
