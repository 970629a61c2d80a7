"""OpenRouter: echoed reasoning, routing data, errors of the vendors behind it."""

from __future__ import annotations

import warnings
from fnmatch import fnmatch
from typing import Any

import msgspec
import pytest
from chimeric_openrouter import (
    chimeric_build_request,
    chimeric_parse_error,
    chimeric_parse_event,
    chimeric_provider,
)
from chimeric_testing import Reply, play, prepare

from chimeric import (
    Chimeric,
    Delta,
    Event,
    FilePart,
    GeneratedFile,
    HTTPResponse,
    ImagePart,
    Message,
    ProviderConfig,
    ProviderState,
    Request,
    TranslationWarning,
)

DECLARATION = chimeric_provider()
CONFIG = ProviderConfig(name="openrouter", base_url=DECLARATION.base_url, declaration=DECLARATION)
USER = Message("user", "Hi")


def asked(messages: Any, **params: Any) -> tuple[dict[str, Any], list[str]]:
    """The body that a call makes, and what is told of it."""
    with (
        Chimeric(openrouter_api_key="key-of-a-test", max_retries=0) as client,
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        call = prepare(
            client, "openrouter:openai/gpt-4o", messages=messages, stream=False, **params
        )
        played = play(call, [Reply((b"",), 500)])
    told = [str(w.message) for w in caught if w.category is TranslationWarning]
    return msgspec.json.decode(played.requests[0].body), told


def parse(*frames: dict[str, Any]) -> list[Any]:
    state = DECLARATION.state(Request(model="m", messages=()))
    told = [chimeric_parse_event(Event(msgspec.json.encode(f)), state) for f in frames]
    return [delta for one in told for delta in (one if isinstance(one, list) else [one])]


def chunk(delta: Any, finish: str | None = None, **top: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "native_finish_reason": finish}
    return {"id": "gen-1", "provider": "Google", "model": "m", "choices": [choice], **top}


def test_reasoning_details_come_as_text_once_and_go_back_merged():
    def thought(said: str | None, /, **detail: Any) -> dict[str, Any]:
        details = [{"type": "reasoning.text", "index": 0, **detail}]
        return chunk({"content": "", "reasoning": said, "reasoning_details": details})

    deltas = parse(
        thought("Sim", text="Sim"),
        thought("ple.", text="ple."),
        thought(None, signature="sig"),
        chunk({"content": "4", "reasoning": None, "reasoning_details": []}),
        chunk({"content": ""}, "stop"),
    )
    assert [getattr(d, "reasoning", None) for d in deltas] == ["Sim", "ple.", None, None, None]
    details = [{"type": "reasoning.text", "index": 0, "text": "Simple.", "signature": "sig"}]
    assert deltas[-1].state == [{"reasoning_details": details}]

    state = ProviderState("chat_completions", deltas[-1].state)
    messages = (USER, Message("assistant", "4", reasoning="Simple.", state=state), USER)
    http = chimeric_build_request(Request(model="m", messages=messages), CONFIG)
    assert http.body["messages"][1]["reasoning_details"] == details
    assert http.dropped == ()


def test_the_last_chunk_tells_upstream_finish_and_cost():
    usage = {"prompt_tokens": 43, "completion_tokens": 10, "total_tokens": 53, "cost": 0.0006}
    usage["completion_tokens_details"] = {"reasoning_tokens": 11}  # type: ignore[assignment]
    (delta,) = parse(chunk({"content": ""}, "stop", usage=usage))
    assert delta.metadata == {"upstream_provider": "Google", "cost": 0.0006}
    assert (delta.finish_detail, delta.usage.reasoning_tokens) == ("stop", 10)


def test_an_error_beside_choices_ends_the_stream_with_its_status():
    error = {"code": 502, "message": "Provider returned error", "metadata": {"raw": "overloaded"}}
    first, last = parse(chunk({"content": "a"}), chunk({"content": ""}, "error", error=error))
    assert first.text == "a"
    assert (last.error.status, last.error.code) == (502, 502)
    assert last.error.message == "Provider returned error: overloaded"
    response = HTTPResponse(status=502, headers={}, body=msgspec.json.encode({"error": error}))
    assert chimeric_parse_error(response).message == last.error.message


def test_tools_of_the_vendor_among_the_reasoning_are_shown_once_and_go_back():
    search = {
        "type": "reasoning.server_tool_call",
        "tool_name": "web_search",
        "tool_call_id": "srv_1",
        "arguments": '{"query": "tides"}',
        "result": [{"url": "https://a.test", "title": "Tides"}],
        "index": 0,
    }
    odd = {"type": "reasoning.server_tool_call", "tool_name": "datetime", "result": "9", "index": 1}
    deltas = parse(
        chunk({"content": "", "reasoning_details": [search]}),
        chunk({"content": "", "reasoning_details": [search, odd]}),
        chunk({"content": "Tides."}),
        chunk({"content": ""}, "stop"),
    )
    tools = [t for delta in deltas if isinstance(delta, Delta) for t in delta.server_tools]
    assert [(t.id, t.kind, t.name, t.status) for t in tools] == [
        ("srv_1", "web_search", "web_search", "started"),
        ("srv_1", "web_search", "web_search", "completed"),
        ("server_tool_1", "other", "datetime", "started"),
        ("server_tool_1", "other", "datetime", "completed"),
    ]
    assert tools[1].input == {"queries": ["tides"]}
    assert tools[1].output == [{"url": "https://a.test", "title": "Tides"}]
    assert (tools[1].native, tools[3].native, tools[3].output) == (search, odd, "9")
    assert search in deltas[-1].state[0]["reasoning_details"]


def test_a_picture_that_a_later_chunk_repeats_is_one_file():
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
    deltas = parse(
        chunk({"content": "", "images": [picture]}),
        chunk({"content": "", "images": [picture]}, "stop"),
    )
    part = ImagePart(data="aGk=", media_type="image/png")
    assert [file for d in deltas for file in d.files] == [GeneratedFile("file_0", part)]


def test_pictures_that_the_model_made_are_in_the_metadata():
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
    first, second = parse(
        chunk({"content": "x", "images": [picture]}), chunk({"content": "", "images": [picture]})
    )
    assert first.metadata["images"] == [picture]
    assert second.metadata["images"] == [picture, picture]


def test_videos_and_files_by_url_are_sent():
    parts = (
        FilePart(url="https://x.test/a.mp4", media_type="video/mp4"),
        FilePart(url="https://x.test/a.pdf", filename="a.pdf"),
    )
    request = Request(model="m", messages=(Message("user", parts),))
    content = chimeric_build_request(request, CONFIG).body["messages"][0]["content"]
    assert content == [
        {"type": "video_url", "video_url": {"url": "https://x.test/a.mp4"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "https://x.test/a.pdf"}},
    ]


def test_the_app_is_named_in_headers():
    config = msgspec.structs.replace(
        CONFIG, options={"app_url": "https://x.test", "app_title": "X"}
    )
    http = chimeric_build_request(Request(model="m", messages=(USER,)), config)
    assert http.headers == {"HTTP-Referer": "https://x.test", "X-OpenRouter-Title": "X"}
    assert chimeric_build_request(Request(model="m", messages=(USER,)), CONFIG).headers == {}


@pytest.mark.parametrize(
    ("model", "claimed"),
    [
        ("anthropic/claude-sonnet-4.5", True),
        ("openrouter/auto", True),
        ("~anthropic/claude-opus-latest", True),
        ("openai/gpt-oss-120b", True),
        ("gpt-4o", False),
        ("qwen/qwen3-32b", True),
    ],
)
def test_it_claims_names_with_a_vendor_prefix_and_no_bare_ones(model, claimed):
    matches = any(fnmatch(model, pattern) for pattern in DECLARATION.models)
    excluded = any(fnmatch(model, pattern) for pattern in DECLARATION.not_models)
    assert (matches and not excluded) is claimed


def test_a_cache_point_stands_at_texts_and_tools_and_is_told_elsewhere() -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    picture = {"type": "image_url", "image_url": {"url": "https://a.example/x.png"}, **mark}
    said = [{"role": "user", "content": [{"type": "text", "text": "Look", **mark}, picture]}]
    tool = {"name": "f", "input_schema": {"type": "object", "properties": {}}, **mark}
    body, told = asked(said, tools=[tool], auto_tool=False)
    text, image = body["messages"][0]["content"]
    assert text["cache_control"] == body["tools"][0]["cache_control"] == mark["cache_control"]
    assert "cache_control" not in image
    assert any("cache_control" in sentence for sentence in told)


def test_what_openrouter_has_no_field_for_is_told() -> None:
    body, told = asked("Hi", store=True, safety_identifier="s")
    assert not body.keys() & {"store", "safety_identifier"}
    assert all(f"{name}: openai/gpt-4o" in str(told) for name in ("safety_identifier", "store"))
