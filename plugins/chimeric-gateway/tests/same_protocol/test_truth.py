"""Faults of an upstream whose events pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from .conftest import KEY, Told, sse
from .upstreams import ALL, CHAT, COUNTS, MESSAGE, MESSAGES, RESPONSES, USAGE, response

Ask = Callable[..., Told]
ENDS = (b'"finish_reason":"', b"message_stop", b"response.completed", b"[DONE]")


@pytest.mark.parametrize("protocol", ALL)
@pytest.mark.parametrize("kept", range(9))
def test_a_stream_that_is_cut_never_ends_well(ask: Ask, protocol: str, kept: int) -> None:
    events = ALL[protocol][: min(kept, len(ALL[protocol]) - 3)]
    told = ask(protocol, sse(*events), stream=True)
    assert told.failed is not None
    assert not any(end in told.data for end in ENDS)


ERRORS: dict[str, Any] = {
    "chat_completions": {"error": {"message": f"no {KEY}", "type": "server_error", "code": None}},
    "messages": {"type": "error", "error": {"type": "api_error", "message": f"no {KEY}"}},
    "responses": {"type": "error", "error": {"message": f"no {KEY}", "code": "server_error"}},
}


@pytest.mark.parametrize("protocol", ALL)
@pytest.mark.parametrize("place", [0, 2, 6])
def test_an_error_in_mid_stream_is_the_protocols_error(ask: Ask, protocol: str, place: int) -> None:
    place = min(place, 3 if protocol == "chat_completions" else place)
    events = [*ALL[protocol][:place], ERRORS[protocol], *ALL[protocol][place:]]
    told = ask(protocol, sse(*events), stream=True)
    assert told.failed is not None
    assert KEY.encode() not in told.data
    assert not any(end in told.data for end in ENDS)
    last = told.events[-1]
    assert last.get("error") or last["response"]["error"]["code"] == "server_error"


def test_a_response_that_failed_is_told_twice(ask: Ask) -> None:
    failed = {**response(), "status": "failed", "error": {"code": "x", "message": "no"}}
    events = [*RESPONSES[:7], {"type": "response.failed", "response": failed}]
    told = ask("responses", sse(*events), stream=True)
    error, last = told.events[-2:]
    assert (error["type"], last["type"]) == ("error", "response.failed")
    assert last["response"]["id"] == "resp_up"
    numbers = [event["sequence_number"] for event in told.events]
    assert numbers == list(range(len(numbers)))


def test_a_response_that_is_cut_by_a_limit_is_incomplete(ask: Ask) -> None:
    details = {"reason": "max_output_tokens"}
    cut = response(status="incomplete", incomplete_details=details)
    told = ask(
        "responses",
        sse(*RESPONSES[:-1], {"type": "response.incomplete", "response": cut}),
        stream=True,
    )
    last = told.events[-1]
    assert last["type"] == "response.incomplete"
    assert last["response"]["incomplete_details"] == details


def test_text_that_is_no_text_comes_through_as_the_core_reads_it(ask: Ask) -> None:
    frames = sse(*CHAT).replace(b'lo"', b'l\xff"')
    told = ask("chat_completions", frames, stream=True)
    text = "".join(e["choices"][0]["delta"].get("content") or "" for e in told.events)
    assert text == "Hell\ufffd there"


WHOLE: dict[str, dict[str, Any]] = {
    "chat_completions": {
        "id": "chatcmpl-up",
        "object": "chat.completion",
        "created": 1790000000,
        "model": "real-model-2026",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hello there", "x_tone": "warm"},
                "finish_reason": "stop",
            }
        ],
        "usage": USAGE,
        "x_debug": KEY,
    },
    "messages": {
        **MESSAGE,
        "content": [{"type": "text", "text": "Hello there"}, {"type": "weather", "sky": "blue"}],
        "stop_reason": "end_turn",
        "x_debug": KEY,
    },
    "responses": response(x_debug=KEY, usage={**COUNTS, "input_tokens_details": None}),
}


@pytest.mark.parametrize("protocol", ALL)
def test_whole_answers_pass_what_nobody_knows(ask: Ask, protocol: str) -> None:
    told = ask(protocol, msgspec.json.encode(WHOLE[protocol]))
    body = msgspec.json.decode(told.data)
    assert body["model"] == "fast"
    assert body["x_debug"] == "***"
    assert b"Hello there" in told.data
    assert b"x_joules" in told.data
    if protocol == "responses":
        assert body["usage"]["input_tokens_details"]["cached_tokens"] == 0
    if protocol == "messages":
        assert body["content"][1] == {"type": "weather", "sky": "blue"}


@pytest.mark.parametrize("protocol", ALL)
def test_a_whole_answer_that_is_not_quite_the_protocol_is_translated(
    ask: Ask, protocol: str
) -> None:
    body = {k: v for k, v in WHOLE[protocol].items() if k != "id"}
    told = ask(protocol, msgspec.json.encode(body))
    assert b"Hello there" in told.data
    assert b"x_debug" not in told.data
    assert msgspec.json.decode(told.data)["id"]


@pytest.mark.parametrize("protocol", ALL)
def test_a_compressed_answer_passes_too(ask: Ask, protocol: str) -> None:
    assert MESSAGES  # the bytes of a whole answer are not those of its stream
    told = ask(protocol, msgspec.json.encode(WHOLE[protocol]), packed=True)
    assert msgspec.json.decode(told.data)["x_debug"] == "***"
