"""The contract of providers, kept by the Interactions API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chimeric_testing import ProviderContract, Recorded, RecordedError

from chimeric import BadRequestError, RateLimitError, ServerError, Usage

from .parameters import TOOLS, snake

USAGE = {
    "total_tokens": 12,
    "total_input_tokens": 4,
    "total_output_tokens": 5,
    "total_thought_tokens": 2,
    "total_tool_use_tokens": 1,
    "total_cached_tokens": 3,
}
COUNTED = Usage(5, 7, 12, 3, None, 2)
HEAD = {"id": "v1_r1", "object": "interaction", "model": "contract-model-2"}
THOUGHT = {"type": "thought"}
SAID = {"type": "model_output"}
CALL = {"type": "function_call", "id": "x1", "signature": "", "name": "weather", "arguments": {}}
QUERIES = {"queries": ["tides"]}
CODE = {"code": "print(1)", "language": "python"}
SOURCES = [
    {"type": "url_citation", "url": "https://a.example/", "title": "A", "start_index": 0,
     "end_index": 5},
    {"type": "file_citation", "file_name": "b.md", "document_uri": "gs://b", "source": "s"},
    {"type": "place_citation", "name": "C", "place_id": "p", "url": "https://c.example/"},
    {"type": "word_info", "text": "Tides", "start_offset": "0s"},
]  # fmt: skip


def event(kind: str, **fields: Any) -> bytes:
    told = json.dumps({**fields, "event_type": kind}, ensure_ascii=False)
    return f"event: {kind}\ndata: {told}\n\n".encode()


def step(index: int, begun: dict[str, Any], *deltas: dict[str, Any]) -> bytes:
    said = b"".join(event("step.delta", index=index, delta=delta) for delta in deltas)
    return event("step.start", index=index, step=begun) + said + event("step.stop", index=index)


def words(*pieces: str) -> list[dict[str, Any]]:
    return [{"text": piece, "type": "text"} for piece in pieces]


def stream(*steps: bytes, status: str = "completed", **more: Any) -> bytes:
    begun = event("interaction.created", interaction={**HEAD, "status": "in_progress"})
    told = {**HEAD, "status": status, "usage": USAGE, **more}
    update = event("interaction.status_update", interaction_id="v1_r1", status="in_progress")
    end = event("interaction.completed", interaction=told) + b"event: done\ndata: [DONE]\n\n"
    return begun + update + b"".join(steps) + end


def whole(*steps: dict[str, Any], status: str = "completed", **more: Any) -> bytes:
    told = {**HEAD, "status": status, "usage": USAGE, "steps": list(steps), **more}
    return json.dumps(told, ensure_ascii=False).encode()


def numbered(body: bytes) -> bytes:
    """The same events with their ids, as an interaction in the background has them."""
    first, *rest = body.split(b'"event_type"')
    return first + b"".join(
        b'"event_id": "e/%d", "event_type"%b' % (n, piece) for n, piece in enumerate(rest)
    )


SUMMARY = {"type": "thought_summary", "content": {"type": "text", "text": "Think."}}
SIGNED = {"type": "thought_signature", "signature": "EpwI"}
SHOWN = (
    step(0, THOUGHT, SUMMARY, SIGNED),
    step(1, {"type": "google_search_call", "id": "s1", "signature": ""},
         {"type": "google_search_call", "arguments": QUERIES}),
    step(2, {"type": "google_search_result", "call_id": "s1", "signature": "EpwJ"},
         {"type": "google_search_result", "result": [{"search_suggestions": "<b>"}],
          "is_error": False}),
    step(3, {"type": "code_execution_call", "id": "c1"},
         {"type": "code_execution_call", "arguments": CODE}),
    step(4, {"type": "code_execution_result", "call_id": "c1"},
         {"type": "code_execution_result", "result": "1", "is_error": True}),
    step(5, {"type": "weather_map_call", "id": "w1"}),
    step(6, {"type": "a_step_of_tomorrow", "more": 1}),
    step(7, SAID, *words("Tides", " rise."), {"type": "text_annotation_delta",
         "annotations": SOURCES}, {"type": "image", "mime_type": "image/png", "data": "iVBO"},
         *words(" Look.")),
    step(8, {**CALL, "id": "x2", "name": "now"}, {"type": "arguments_delta", "arguments": ""}),
)  # fmt: skip
WHOLE = (
    {**THOUGHT, "summary": words("Think."), "signature": "EpwI"},
    {"type": "google_search_call", "id": "s1", "arguments": QUERIES},
    {"type": "google_search_result", "call_id": "s1", "result": [{"search_suggestions": "<b>"}]},
    {"type": "code_execution_call", "id": "c1", "arguments": CODE},
    {"type": "code_execution_result", "call_id": "c1", "result": "1", "is_error": True},
    {**SAID, "content": [{"type": "text", "text": "Tides rise.", "annotations": SOURCES},
                         {"type": "image", "mime_type": "image/png", "data": "iVBO"}]},
    {**CALL, "id": "x2", "name": "now"},
)  # fmt: skip
OLDER = (
    event("interaction.start", interaction={**HEAD, "status": "in_progress"})
    + event("content.start", index=0, content={"type": "thought"})
    + event("content.delta", index=0, delta=SIGNED)
    + event("content.stop", index=0)
    + event("content.start", index=1, content={"type": "text"})
    + event("content.delta", index=1, delta=words("Once")[0])
    + event("content.delta", index=1, delta=words(" more")[0])
    + event("content.stop", index=1)
    + event("content.start", index=2, content={"type": "function_call"})
    + event("content.delta", index=2, delta={"type": "function_call", "id": "x1",
            "name": "weather", "arguments": {"city": "Oslo"}})
    + event("content.stop", index=2)
    + event("interaction.complete", interaction={**HEAD, "status": "requires_action"})
    + b"event: done\ndata: [DONE]\n\n"
)  # fmt: skip
PIECES = ('{"city":', ' "Oslo"}')
ARGUMENTS = [{"type": "arguments_delta", "arguments": piece} for piece in PIECES]
STATUSES = (
    *("completed", "requires_action", "incomplete", "requires_continuation", "failed"),
    *("cancelled", "budget_exceeded", "idle", "of_tomorrow"),
)
NOW: Any = {
    "type": "function",
    "function": {"name": "now", "parameters": {"type": "object", "properties": {}}},
}
TURN: list[Any] = [
    {"type": "user_input", "content": [{"type": "text", "text": "Now?"}]},
    {"type": "thought", "signature": "EpwI", "summary": []},
    {"type": "function_call", "id": "c1", "name": "now", "arguments": {}},
    {"type": "function_result", "call_id": "c1", "name": "now", "result": "12"},
]


def sound(data: str) -> dict[str, Any]:
    return {"type": "audio", "mime_type": "audio/l16", "sample_rate": 24000, "data": data}


ODDITIES = {
    **{f"the status {word}": stream(step(0, SAID, *words("Once")), status=word)
       for word in STATUSES},
    **{f"the status {word} of a call": stream(step(0, CALL, *ARGUMENTS), status=word)
       for word in STATUSES[:3]},
    **{f"a body of the status {word}": whole({**SAID, "content": words("Once")}, status=word)
       for word in STATUSES},
    "an update that ends": event("interaction.created", interaction={**HEAD, "status": "queued"})
    + event("interaction.status_update", status="cancelled") + b"event: done\ndata: [DONE]\n\n",
    "a token": event("interaction.status_update", status="in_progress", continuation_token="t")
    + stream(status="requires_continuation"),
    "errors of its own": whole(status="failed", errors=[{"code": "internal", "message": "zfault"}]),
    "an error of a step": stream(
        step(0, {**SAID, "error": {"code": 3, "message": "zfault"}}), status="failed"),
    "an error without words": event("error", error={}),
    "an error of the gateway": b'data: {"error": {"code": 503, "message": "zfault", '
    b'"status": "UNAVAILABLE"}}\n\n',
    "a call that never stops": stream(
        event("step.start", index=0, step=CALL) + event("step.delta", index=0, delta=ARGUMENTS[0])),
    "a call whose arguments are there": stream(step(0, {**CALL, "arguments": {"city": "Oslo"}})),
    "arguments that are no object": stream(
        step(0, CALL, {"type": "arguments_delta", "arguments": "[1]"})),
    "a call without a name": stream(step(0, {"type": "function_call", "id": "x1"})),
    "remarks on speech": stream(
        step(0, SAID, *words("Once"), {"type": "text_annotation_delta", "annotations": [
            {"type": "speech_metadata", "text": "Once"}, {"type": "word_info", "text": "Once"}]})),
    "a delta of no step": stream(event("step.delta", index=4, delta=words("Once")[0])),
    "a delta of tomorrow": stream(step(0, SAID, {"type": "smell", "smell": "sea"})),
    "an event of tomorrow": event("interaction.dreams", index=0) + stream(step(0, SAID)),
    "what the caller said": stream(
        step(0, {"type": "user_input", "content": words("Hi")}),
        step(1, {"type": "function_result", "call_id": "x"}, {"type": "function_result",
             "result": "12"}),
        step(2, SAID, *words("Once"))),
    "a result of no call": stream(step(0, {"type": "google_maps_result", "call_id": "m"},
        {"type": "google_maps_result", "result": [{"places": []}]})),
    "a result without its id": stream(
        step(0, {"type": "url_context_call", "id": "u"}, {"type": "url_context_call",
             "arguments": {"urls": ["a"]}}),
        step(1, {"type": "url_context_result"}, {"type": "url_context_result",
             "result": [{"url": "a", "status": "paywall"}]})),
    "a result that tells nothing": stream(
        step(0, {"type": "file_search_call", "id": "f"}),
        step(1, {"type": "file_search_result", "call_id": "f"})),
    "results in contents": whole(
        {"type": "code_execution_call", "id": "c", "arguments": CODE},
        {"type": "code_execution_result", "call_id": "c", "result": [*words("1"),
         {"type": "image", "mime_type": "image/png", "data": "iVBO"}]}),
    "a sound in pieces": stream(step(0, SAID, sound("AAE="), sound("-_8="))),
    "a whole sound": whole({**SAID, "content": [sound("AAE="), sound("-_8=")]}),
    "a picture that was thought of": stream(step(0, THOUGHT, {"type": "thought_summary",
        "content": {"type": "image", "mime_type": "image/png", "data": "iVBO"}})),
    "a document": stream(step(0, SAID, {"type": "document", "uri": "gs://a",
        "mime_type": "application/pdf"})),
    "citations behind letters": stream(step(0, SAID, *words("Tïdes"), {
        "type": "text_annotation", "annotations": SOURCES[:1]})),
    "citations of two blocks": stream(step(0, SAID, *words("Ti"), sound("AAE="), *words("des"),
        {"type": "text_annotation_delta", "annotations": [{"url": "u", "end_index": 2},
         {"url": "u", "start_index": 2, "end_index": 5}, {"url": "u", "start_index": 1,
          "end_index": 5}, {"url": "u"}]})),
    "an older stream": OLDER,
    "an older answer": json.dumps({**HEAD, "status": "completed", "role": "model", "outputs": [
        {"type": "thought", "signature": "E"}, {"type": "text", "text": "Once"},
        {"type": "image", "uri": "gs://a", "mime_type": "image/png"}]}).encode(),
    "steps with the end": event("interaction.completed", interaction={
        **HEAD, "status": "completed", "steps": [{**SAID, "content": words("Once")}]}),
    "one that goes on": whole(status="in_progress"),
    "no interaction": b"{}",
    "a word": b"zodd",
    "a list": b"[1]",
}  # fmt: skip


class TestInteractions(ProviderContract):
    provider = "google"
    options = {"api": "interactions"}
    approved = Path(__file__).with_name("approved_interactions.json")
    failed_results = True
    oddities = ODDITIES
    calls = {
        "steps": {"messages": TURN, "tools": [NOW]},
        "a search": {"messages": "Hi", "tools": [{"type": "google_search"}]},
        **{
            f"the tool {word}": {"messages": "Hi", "tools": [{word: {"a": 1}}]}
            for name in TOOLS
            for word in dict.fromkeys((name, snake(name)))
        },
        "a search of generateContent's": {"messages": "Hi", "tools": [{"googleSearch": {}}, NOW]},
        "files of generateContent's": {
            "messages": "Hi",
            "tools": [{"fileSearch": {"fileSearchStoreNames": ["a"], "topK": 3, "x": 1}}],
        },
        "a config": {
            "messages": "Hi",
            "generation_config": {"temperature": 0.5, "maxOutputTokens": 7},
            "candidateCount": 2,
            "top_k": 5,
            "temperature": 0.6,
            "response_format": {"type": "json_object"},
        },
        "an agent": {
            "messages": "Hi",
            "agent": "deep-research-preview-04-2026",
            "agent_config": {"type": "deep-research"},
            "temperature": 0.6,
        },
        "an agent by name": {"model": "deep-research-preview-04-2026", "messages": "Hi"},
        "an interaction before": {"messages": "Hi", "previous_interaction_id": "v1_a"},
        "one to be kept": {"messages": "Hi", "store": True, "labels": {"a": "b"}},
        "thoughts": {"messages": "Hi", "reasoning_effort": "high"},
        "no thoughts": {"messages": "Hi", "reasoning_effort": "none"},
        "a token": {"messages": [], "continuation_token": "t"},
    }
    spelling = "sse"
    joined_call = {"background": True}
    joined = Recorded(
        body=numbered(stream(step(0, SAID, *words("Once", " upon", " a time")))),
        text="Once upon a time",
        usage=COUNTED,
        id="v1_r1",
    )
    families = ("gemini-2.5-flash", "gemini-3-pro-preview")
    streams = {
        "text": Recorded(
            body=stream(
                step(0, THOUGHT, SUMMARY, SIGNED),
                step(1, SAID, *words("Once \u2028upon", " a t\u00efme", " \U0001f600")),
            ),
            text="Once \u2028upon a t\u00efme \U0001f600",
            reasoning="Think.",
            finish_reason_native="completed",
            usage=COUNTED,
            id="v1_r1",
            model="contract-model-2",
        ),
        "a tool": Recorded(
            body=stream(step(0, CALL, *ARGUMENTS), status="requires_action"),
            tool_calls=(("x1", "weather", '{"city": "Oslo"}'),),
            finish_reason="tool_calls",
            every=5,
        ),
        "length": Recorded(
            body=stream(step(0, SAID, *words("Once")), status="incomplete"),
            text="Once",
            finish_reason="length",
            every=5,
        ),
        "all that it shows": Recorded(
            body=stream(*SHOWN, status="requires_action"),
            text="Tides rise. Look.",
            reasoning="Think.",
            tool_calls=(("x2", "now", "{}"),),
            finish_reason="tool_calls",
            every=500,
        ),
        "an older one": Recorded(
            body=OLDER,
            text="Once more",
            tool_calls=(("x1", "weather", '{"city":"Oslo"}'),),
            finish_reason="tool_calls",
            every=100,
        ),
    }
    answers = {
        "text": Recorded(
            body=whole({**SAID, "content": words("Once")}),
            text="Once",
            usage=COUNTED,
            id="v1_r1",
            model="contract-model-2",
        ),
        "a tool": Recorded(
            body=whole({**CALL, "arguments": {"city": "Oslo"}}, status="requires_action"),
            tool_calls=(("x1", "weather", '{"city":"Oslo"}'),),
            finish_reason="tool_calls",
        ),
        "all that it shows": Recorded(
            body=whole(*WHOLE, status="requires_action"),
            text="Tides rise.",
            reasoning="Think.",
            tool_calls=(("x2", "now", "{}"),),
            finish_reason="tool_calls",
            every=500,
        ),
    }
    stream_errors = {
        "overloaded": RecordedError(
            body=event("interaction.created", interaction={**HEAD, "status": "in_progress"})
            + event("step.start", index=0, step=SAID)
            + event("step.delta", index=0, delta=words("Once")[0])
            + event("error", error={"code": "unavailable", "message": "The model is overloaded."}),
            message="The model is overloaded.",
            error=ServerError,
            text="Once",
        )
    }
    errors = {
        "400": RecordedError(
            status=400,
            body=b'{"error":{"message":"Invalid input at \'input[0]\'.","code":"invalid_request"}}',
            message="Invalid input at 'input[0]'.",
            error=BadRequestError,
        ),
        "429": RecordedError(
            status=429,
            body=b'{"error":{"code":"too_many_requests","message":"Quota"}}',
            message="Quota",
            error=RateLimitError,
        ),
    }
    noise = (
        event("interaction.status_update", interaction_id="v1_r1", status="in_progress"),
        event("interaction.heartbeat"),
    )
