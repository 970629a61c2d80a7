"""Groq: requests that the official SDK's types accept, and what is particular about its answers."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from chimeric_groq import (
    chimeric_build_request,
    chimeric_parse_error,
    chimeric_parse_event,
    chimeric_parse_response,
    chimeric_provider,
)

from chimeric import (
    Delta,
    Event,
    GeneratedFile,
    HTTPResponse,
    ImagePart,
    Message,
    ProviderConfig,
    Request,
    ResponseFormat,
    TextPart,
    Tool,
    ToolCall,
    ToolName,
)

DECLARATION = chimeric_provider()
CONFIG = ProviderConfig(name="groq", base_url=DECLARATION.base_url, declaration=DECLARATION)
USER = Message("user", "Hi")
CALLS = (ToolCall("call_1", "add", '{"x":1}'), ToolCall("call_2", "add", '{"x":2}'))
TOOL = Tool(name="add", description="Add", parameters={"type": "object", "properties": {}})
USAGE = {"prompt_tokens": 21, "completion_tokens": 9, "total_tokens": 30, "total_time": 0.04}


def plain(value: Any) -> Any:
    """Lazy iterables of a validated value as lists, so that all of it is really checked."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return value
    return [plain(item) for item in value]


def parse(*frames: Any) -> list[Any]:
    state = DECLARATION.state(Request(model="m", messages=()))
    events = [f if isinstance(f, Event) else Event(msgspec.json.encode(f)) for f in frames]
    told = [chimeric_parse_event(event, state) for event in events]
    return [delta for one in told for delta in (one if isinstance(one, list) else [one])]


def chunk(delta: Any, finish: str | None = None, **top: Any) -> dict[str, Any]:
    return {"id": "c", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **top}


@pytest.mark.parametrize(
    "request_",
    [
        Request(model="m", messages=(Message("system", "Be brief."), USER), stream=True),
        Request(
            model="openai/gpt-oss-20b",
            messages=(
                Message(
                    "user", (TextPart("What?"), ImagePart(data="aGk=", media_type="image/png"))
                ),
                Message("assistant", "", CALLS, reasoning="Add both."),
                Message("tool", "1", tool_call_id="call_1"),
                Message("tool", "failed", tool_call_id="call_2", is_error=True),
                USER,
            ),
            tools=(TOOL,),
            tool_choice=ToolName("add"),
            parallel_tool_calls=True,
            temperature=0.1,
            top_p=0.9,
            max_tokens=9,
            seed=1,
            stop=("x",),
            reasoning_effort="low",
        ),
        Request(
            model="m",
            messages=(USER,),
            response_format=ResponseFormat(schema={"type": "object"}, strict=False),
            extra={"reasoning_format": "parsed"},
        ),
    ],
    ids=["text", "tools", "schema"],
)
def test_requests_are_valid_for_the_official_types(request_):
    pydantic = pytest.importorskip("pydantic")
    params = pytest.importorskip("groq.types.chat.completion_create_params")
    http = chimeric_build_request(request_, CONFIG)
    adapter = pydantic.TypeAdapter(params.CompletionCreateParams)
    assert plain(adapter.validate_python(http.body)) == http.body
    assert http.url == "https://api.groq.com/openai/v1/chat/completions"
    assert "stream_options" not in http.body
    assert http.dropped == ()


def test_usage_and_request_id_come_from_x_groq():
    first, text, last = parse(
        chunk({"role": "assistant", "content": ""}, x_groq={"id": "req_1"}),
        chunk({"content": "Hello"}),
        chunk({}, "stop", x_groq={"id": "req_1", "usage": USAGE}),
    )
    assert first.metadata == {"request_id": "req_1"}
    assert text == "Hello"
    assert (last.usage.total_tokens, last.usage_native) == (30, USAGE)


def test_an_error_in_x_groq_fails_even_beside_text():
    *_, last = parse(
        chunk({"content": "a"}),
        chunk({"content": "b"}),
        chunk({"content": "c"}, x_groq={"error": "over capacity"}),
    )
    assert (last.text, last.error.message) == ("c", "over capacity")


def test_a_named_error_event_tells_the_status_that_it_means():
    error = {"message": "no call", "code": "tool_use_failed", "status_code": 400}
    (delta,) = parse(Event(msgspec.json.encode({"error": error}), "error"))
    assert (delta.error.message, delta.error.code, delta.error.status) == (
        "no call",
        "tool_use_failed",
        400,
    )


def test_tools_that_groq_ran_itself_are_no_calls_for_the_caller():
    ran = {"index": 0, "type": "search", "arguments": "{}"}
    streamed, _ = parse(chunk({"executed_tools": [ran]}))
    body = {"choices": [{"message": {"content": "x", "executed_tools": [ran]}}]}
    response = HTTPResponse(status=200, headers={}, body=msgspec.json.encode(body))
    state = DECLARATION.state(Request(model="m", messages=()))
    whole, _ = chimeric_parse_response(response, state)
    for delta in (streamed, whole):
        assert (delta.server_tools[-1].native, delta.tool_calls) == (ran, ())
    assert [tool.status for tool in streamed.server_tools] == ["started"]
    assert [tool.status for tool in whole.server_tools] == ["started", "completed"]


FOUND = {"title": "Tides", "url": "https://a.test", "content": "The moon.", "score": 0.9}
SEARCH = {
    "index": 0,
    "type": "search",
    "arguments": '{"query": "tides"}',
    "search_results": {"results": []},
}
SEARCHED = {**SEARCH, "output": "Title: Tides", "search_results": {"results": [FOUND]}}
VISIT = {"index": 1, "type": "visit", "arguments": '{"url": "https://a.test"}'}
VISITED = {**VISIT, "output": "Tides come and go."}
CODE = {"index": 2, "type": "python", "arguments": '{"code": "print(1)"}'}
RAN = {**CODE, "output": "1\n", "code_results": [{"text": "1"}, {"png": "aGk="}]}
ODD = {"index": 3, "type": "wolfram", "arguments": "{}", "output": "42"}


def told(deltas: list[Any]) -> list[Any]:
    return [tool for delta in deltas if isinstance(delta, Delta) for tool in delta.server_tools]


def made(deltas: list[Any]) -> list[Any]:
    return [file for delta in deltas if isinstance(delta, Delta) for file in delta.files]


def test_a_tool_that_groq_runs_starts_and_is_done():
    deltas = parse(
        chunk({"reasoning": "Search."}),
        chunk({"executed_tools": [SEARCH]}),
        chunk({"executed_tools": [SEARCH, VISIT]}),
        chunk({"executed_tools": [SEARCHED]}),
        chunk({"executed_tools": [SEARCHED, VISITED, CODE]}),
        chunk({"executed_tools": [RAN, ODD]}),
        chunk({"content": "Done."}),
        chunk({}, "stop"),
    )
    assert [(t.id, t.kind, t.status) for t in told(deltas)] == [
        ("executed_tool_0", "web_search", "started"),
        ("executed_tool_1", "web_fetch", "started"),
        ("executed_tool_0", "web_search", "completed"),
        ("executed_tool_1", "web_fetch", "completed"),
        ("executed_tool_2", "code_execution", "started"),
        ("executed_tool_2", "code_execution", "completed"),
        ("executed_tool_3", "other", "started"),
        ("executed_tool_3", "other", "completed"),
    ]
    picture = GeneratedFile(
        "executed_tool_2_file_0", ImagePart(data="aGk=", media_type="image/png")
    )
    page = {"url": "https://a.test", "title": "Tides", "text": "The moon.", "score": 0.9}
    visited = {"url": "https://a.test", "text": "Tides come and go."}
    done = {t.id: (t.input, t.output) for t in told(deltas) if t.status == "completed"}
    assert done == {
        "executed_tool_0": ({"queries": ["tides"]}, [page]),
        "executed_tool_1": ({"urls": ["https://a.test"]}, [visited]),
        "executed_tool_2": (
            {"code": "print(1)", "language": "python"},
            {"stdout": "1\n", "files": [picture]},
        ),
        "executed_tool_3": ({}, "42"),
    }
    assert made(deltas) == [picture]


def test_a_whole_answer_tells_of_its_tools_what_a_stream_does_and_before_the_text():
    entries = [SEARCHED, VISITED, RAN, ODD]
    message = {"content": "Done.", "reasoning": "Search.", "executed_tools": entries}
    body = msgspec.json.encode({"choices": [{"message": message, "finish_reason": "stop"}]})
    state = DECLARATION.state(Request(model="m", messages=()))
    whole = chimeric_parse_response(HTTPResponse(status=200, headers={}, body=body), state)
    streamed = parse(*(chunk({"executed_tools": [entry]}) for entry in entries))
    assert told(whole) == told(streamed)
    assert made(whole) == made(streamed)
    assert (whole[0].reasoning, whole[-1].text) == ("Search.", "Done.")
    assert [t.native for t in told(whole) if t.status == "completed"] == entries


@pytest.mark.parametrize("ran", [{}, {"index": "0"}, {"index": None}])
def test_a_tool_without_a_number_is_known_by_what_it_is_called_with(ran):
    bare = {name: value for name, value in SEARCH.items() if name != "index"}
    done = {**bare, "output": "Title: Tides", **ran}
    deltas = parse(
        chunk({"executed_tools": [{**bare, **ran}]}), chunk({"executed_tools": [done, done]})
    )
    assert [t.status for t in told(deltas)] == ["started", "completed"]
    assert told(deltas)[0].id == told(deltas)[1].id


def test_pictures_that_a_search_found_are_files():
    images = ["https://a.test/moon.png", {"url": "https://a.test/sea.png"}, {}]
    search = {**SEARCHED, "search_results": {"results": [FOUND], "images": images}}
    assert [f.part.url for f in made(parse(chunk({"executed_tools": [search]})))] == [
        "https://a.test/moon.png",
        "https://a.test/sea.png",
    ]


@pytest.mark.parametrize("ran", [7, ["x"], [None, {}], [{"index": {}}], {"index": 0}])
def test_tools_of_a_wrong_shape_break_nothing(ran):
    *_, last = parse(chunk({"executed_tools": ran, "content": "Hi"}))
    assert last.text == "Hi"


@pytest.mark.parametrize("asked", [True, 3])
def test_log_probabilities_are_left_out_and_that_is_reported(asked):
    request = Request(model="m", messages=(USER,), extra={"logprobs": asked})
    http = chimeric_build_request(request, CONFIG)
    assert "logprobs" not in http.body
    assert http.dropped == ("logprobs: m at groq does not take it",)


@pytest.mark.parametrize("body", [b'{"error": {"message": "busy"}}', b""])
def test_status_498_is_a_rate_limit_to_be_tried_again(body):
    error = chimeric_parse_error(HTTPResponse(status=498, headers={}, body=body))
    assert error is not None
    assert (error.kind, error.retryable) == ("rate_limit", True)


def test_other_statuses_speak_for_themselves():
    error = chimeric_parse_error(
        HTTPResponse(status=400, headers={}, body=b'{"error": {"message": "no"}}')
    )
    assert error is not None
    assert (error.message, error.kind, error.retryable) == ("no", None, None)
