"""Recordings of the Interactions API, and streams of it that are cut."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import chimeric_google
import pytest
from chimeric_google.framing import GeminiFramer
from chimeric_google.interactions.answers.answer import Answer

from chimeric import Message, ProviderConfig, ProviderState, Request, ToolCall

ROOT = Path(__file__).resolve().parents[3]
CORPUS = Path(os.environ.get("CHIMERIC_SHARED", ROOT.parent / "shared")) / "corpus"
if not (CORPUS / "check.py").exists():
    pytest.skip("the recordings are not at hand", allow_module_level=True)
sys.path.insert(0, str(CORPUS))
import check  # noqa: E402

sys.path.remove(str(CORPUS))
CASES = list(check.load_cases(CORPUS, provider="google", api="interactions"))


def feed(fold, chunks):
    fold.answer, framer = Answer(), GeminiFramer()
    for data in [*chunks, b""]:
        for event in framer.feed(data):
            fold.add(fold.answer.parse(event))


@pytest.mark.parametrize("mode", ["random", "bytes", "whole"])
@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_a_recorded_interaction_is_read_as_the_official_sdk_read_it(fold, case, mode):
    if case["stream"]:
        feed(fold, check.chunks(case, mode))
    else:
        fold.add(Answer().parse_whole(check.body_bytes(case)))
    read = {name: fold.last(name) for name in ("finish_reason_native", "model", "id")}
    read |= {"text": fold.text, "reasoning": fold.reasoning, "tool_calls": fold.calls()}
    assert check.compare(case, read) == []
    assert fold.last("usage_native") == case["expected"]["usage_native"]
    assert fold.last("usage").total_tokens == case["expected"]["usage"]["total_tokens"]
    assert fold.last("state")[0]["signature"]


def sse(*events):
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


CALL = (
    {"event_type": "step.start", "index": 1, "step": {"type": "function_call", "id": "a",
     "name": "weather", "arguments": {}}},
    {"event_type": "step.delta", "index": 1, "delta": {"type": "arguments_delta",
     "arguments": '{"city":'}},
    {"event_type": "step.delta", "index": 1, "delta": {"type": "arguments_delta",
     "arguments": '"Rome"}'}},
)  # fmt: skip


def test_a_call_of_many_pieces_is_whole_when_its_step_stops(fold):
    end = {"event_type": "interaction.completed", "interaction": {"status": "requires_action"}}
    feed(fold, [sse(*CALL, {"event_type": "step.stop", "index": 1}, end)])
    assert fold.calls() == [{"id": "a", "name": "weather", "arguments": {"city": "Rome"}}]
    assert fold.last("finish_reason") == "tool_calls"
    assert fold.last("state")[0]["arguments"] == {"city": "Rome"}


def test_a_cut_stream_is_never_told_as_finished(fold):
    feed(fold, [sse(*CALL) + b"event: done\ndata: [DONE]\n\n"])
    assert fold.calls() == []
    assert fold.last("finish_reason") is None
    assert not any(delta.done for delta in fold.deltas)


def test_an_error_event_fails_the_stream(fold):
    feed(fold, [sse({"event_type": "error", "error": {"code": "overloaded", "message": "no"}})])
    assert fold.last("error").message == "no"


def test_the_steps_of_a_turn_go_back_with_the_result_of_its_call(fold):
    end = {"event_type": "interaction.completed", "interaction": {"status": "requires_action"}}
    feed(fold, [sse(*CALL, {"event_type": "step.stop", "index": 1}, end)])
    declared = chimeric_google.chimeric_provider()
    config = ProviderConfig(name="google", base_url=declared.base_url, declaration=declared)
    call = ToolCall("a", "weather", '{"city": "Rome"}')
    state = ProviderState(fold.answer.api, fold.last("state"))
    messages = (
        Message("user", "Weather?"),
        Message("assistant", "", tool_calls=(call,), state=state),
        Message("tool", "sunny", tool_call_id="a", name="weather"),
    )
    request = Request(model="gemini-3.8-flash", messages=messages, options={"api": "interactions"})
    sent = chimeric_google.chimeric_build_request(request, config)
    assert sent.url.endswith("/v1beta/interactions")
    assert sent.body["input"][1:] == [
        *fold.last("state"),
        {"type": "function_result", "call_id": "a", "name": "weather", "result": "sunny"},
    ]
