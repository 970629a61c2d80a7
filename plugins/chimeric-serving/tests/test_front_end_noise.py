"""Whatever a front end sends is read or refused, and never an accident; whatever chunks come are
events in an order that the protocols allow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from chimeric_serving import (
    AGUIEncoder,
    InvalidRequestError,
    UIStreamEncoder,
    encode,
    read_ag_ui_request,
    read_ui_request,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from chimeric import (
    Citation,
    ServerToolChunk,
    StreamChunk,
    ToolCallChunk,
    ToolExecutionResult,
    normalize_messages,
)

pytestmark = pytest.mark.slow

WORDS = [
    *("text", "file", "reasoning", "step-start", "tool-look", "dynamic-tool", "user", "assistant"),
    *("tool", "system", "output-available", "output-error", "approval-responded", "c1", ""),
    *("input-available", "data:,x", "https://a.example", "image", "data", "url", "function"),
    *("resolved", "image/png"),
]
KEYS = [
    *("id", "role", "parts", "type", "text", "url", "mediaType", "toolCallId", "toolName", "state"),
    *("input", "output", "errorText", "approval", "approved", "providerMetadata", "chimeric"),
    *("content", "toolCalls", "function", "name", "arguments", "source", "value", "mimeType"),
    *("metadata", "callProviderMetadata", "providerReference", "reason", "payload"),
    *("interruptId", "status"),
]
plain = st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS)
noise = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=20,
)
message = st.dictionaries(st.sampled_from(KEYS), noise, max_size=6).map(
    lambda told: {"role": "assistant", "parts": [], **told}
)
bodies = st.fixed_dictionaries(
    {"messages": st.lists(message | noise, max_size=4) | noise},
    optional={"id": plain, "threadId": plain, "runId": plain, "tools": noise, "context": noise,
              "resume": noise, "trigger": noise, "messageId": plain},
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(bodies)
def test_noise_of_useChat_is_messages_or_a_refusal(body):
    with suppress(InvalidRequestError):
        request = read_ui_request(json.dumps(body))
        assert normalize_messages(request.resume(lambda call: True))


@settings(max_examples=200, deadline=None)
@given(bodies)
def test_noise_of_ag_ui_is_messages_or_a_refusal(body):
    with suppress(InvalidRequestError):
        request = read_ag_ui_request(json.dumps({"threadId": "t", "runId": "r", **body}))
        assert normalize_messages(request.resume(lambda call: True))


calls = st.builds(
    lambda *given, **more: ToolCallChunk(*given, **more),
    st.integers(0, 2),
    st.sampled_from(["c1", "c2"]),
    st.just("look"),
    st.sampled_from(["", "{", '{"a":1}']),
    st.sampled_from(["started", "arguments_streaming", "completed"]),
)
results = st.builds(
    lambda *given, **more: ToolExecutionResult(*given, **more),
    st.sampled_from(["c1", "c2", "c3"]),
    st.just("look"),
    st.just("{}"),
    st.sampled_from(["sunny", '{"a":1}', "[broken"]),
    is_error=st.booleans(),
    status=st.sampled_from(["progress", "completed"]),
)
tools = st.builds(
    lambda *given, **more: ServerToolChunk(*given, **more),
    id=st.sampled_from(["w1", "w2"]),
    kind=st.just("web_search"),
    status=st.sampled_from(["started", "running", "input_streaming", "completed", "failed"]),
    input=st.none() | st.just({"queries": ["x"]}),
    input_delta=st.sampled_from(["", "x"]),
    output=st.none() | st.just("words"),
)
citations = (st.none() | st.just("https://a.example")).map(lambda u: Citation(url=u, text="q"))


@st.composite
def chunk(draw: Any) -> StreamChunk:
    turn, block = draw(st.integers(0, 1)), draw(st.integers(0, 3))
    fields: Mapping[str, Any] = draw(
        st.sampled_from(["delta", "reasoning", "refusal"]).map(lambda name: {name: "ab"})
        | calls.map(lambda call: {"tool_calls": (call,)})
        | results.map(lambda result: {"tool_results": (result,)})
        | tools.map(lambda tool: {"server_tools": (tool,)})
        | citations.map(lambda citation: {"citations": (citation,)})
        | st.sampled_from(["stop", "length", "tool_calls"]).map(lambda r: {"finish_reason": r})
        | st.just({"metadata": {"restarted": True}})
    )
    return StreamChunk(turn=turn).replace(block=block, **fields)


def told(events: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(e[6:]) for e in events if e.startswith(b"data: {")]


@settings(max_examples=200, deadline=None)
@given(st.lists(chunk(), max_size=25))
def test_every_part_of_a_ui_message_is_opened_before_it_grows_and_closed_at_the_end(chunks):
    opened: set[str] = set()
    announced: set[str] = set()
    for event in told(list(encode(chunks, UIStreamEncoder(sdk=7)))):
        kind = event["type"]
        if kind in ("text-start", "reasoning-start"):
            opened.add(event["id"])
        elif kind in ("text-delta", "reasoning-delta"):
            assert event["id"] in opened
        elif kind in ("text-end", "reasoning-end"):
            opened.remove(event["id"])
        elif kind.startswith("tool-input") and kind != "tool-input-delta":
            announced.add(event["toolCallId"])
        elif kind.startswith("tool-"):
            assert event["toolCallId"] in announced
        elif kind == "reset-step":
            opened.clear()
    assert not opened


@settings(max_examples=200, deadline=None)
@given(
    st.lists(chunk(), max_size=25).map(lambda found: [*found, StreamChunk(finish_reason="stop")])
)
def test_nothing_of_ag_ui_is_open_when_the_run_is_finished(chunks):
    opened: set[tuple[str, str]] = set()
    kinds = []
    for event in told(list(encode(chunks, AGUIEncoder(thread_id="t", run_id="r")))):
        kind = event["type"]
        kinds.append(kind)
        what = kind.rpartition("_")[0].removesuffix("_MESSAGE")
        key = (what, event.get("messageId") or event.get("toolCallId") or event.get("stepName", ""))
        if kind in ("CUSTOM", "RUN_STARTED", "RUN_FINISHED", "TOOL_CALL_RESULT"):
            continue
        if kind.startswith("REASONING_MESSAGE"):
            key = ("REASONING_MESSAGE", event["messageId"])
        if kind.endswith(("_START", "_STARTED")):
            assert key not in opened
            opened.add(key)
        elif kind.endswith(("_END", "_FINISHED")):
            opened.remove(key)
        else:
            assert key in opened
    assert kinds[-1] == "RUN_FINISHED"
    assert not opened
