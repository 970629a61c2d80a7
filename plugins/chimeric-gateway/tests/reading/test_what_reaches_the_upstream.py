"""What a client says in its protocol, as another protocol's upstream is sent it."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chimeric_gateway.protocols.chat_completions import CHAT_COMPLETIONS
from chimeric_gateway.protocols.messages import MESSAGES
from chimeric_sim import Simulator

from chimeric import Chimeric, TranslationWarning

PNG = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
        "53de0000000c4944415408d763f8ffff3f0005fe02fedccc59e70000000049454e44ae426082"
    )
).decode()
PDF = base64.b64encode(b"%PDF-1.4\n%%EOF\n").decode()
WAV = base64.b64encode(b"RIFF\x24\x00\x00\x00WAVEfmt ").decode()
SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}

Send = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def send(sim: Simulator) -> Iterator[Send]:
    """Reads a body, asks an upstream, and gives the body that it was sent."""
    urls = {name: sim.base_url(name) for name in ("anthropic", "compatible", "google", "openai")}
    with Chimeric(base_urls=urls, api_keys=dict.fromkeys(urls, "any")) as client:

        def sent(protocol: Any, model: str, **body: Any) -> dict[str, Any]:
            asked = protocol.read({"model": "fast", **body})
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", TranslationWarning)
                client.generate(model, auto_tool=False, **asked.arguments)
            found: dict[str, Any] = sim.requests[-1].body
            return found

        yield sent


def chat_parts(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(parts)}]}


def test_a_picture_of_a_chat_reaches_claude(send: Send) -> None:
    url = f"data:image/png;base64,{PNG}"
    for picture, source in (
        (url, {"type": "base64", "media_type": "image/png", "data": PNG}),
        ("https://e.org/a.png", {"type": "url", "url": "https://e.org/a.png"}),
    ):
        part = {"type": "image_url", "image_url": {"url": picture, "detail": "low"}}
        body = send(CHAT_COMPLETIONS, "anthropic:echo", **chat_parts(part))
        assert {"type": "image", "source": source} in body["messages"][0]["content"]


def test_a_file_of_a_chat_reaches_claude(send: Send) -> None:
    file = {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}
    part = {"type": "file", "file": file}
    body = send(CHAT_COMPLETIONS, "anthropic:echo", **chat_parts(part))
    source = {"type": "base64", "media_type": "application/pdf", "data": PDF}
    document = {"type": "document", "source": source, "title": "a.pdf"}
    assert document in body["messages"][0]["content"]


def test_a_sound_of_a_chat_reaches_gemini(send: Send) -> None:
    part = {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}}
    body = send(CHAT_COMPLETIONS, "google:echo", **chat_parts(part))
    sound = body["contents"][0]["parts"][0]["inlineData"]
    assert sound == {"mimeType": "audio/wav", "data": WAV}


def test_pictures_and_documents_of_messages_reach_openai(send: Send) -> None:
    png = {"type": "base64", "media_type": "image/png", "data": PNG}
    pdf = {"type": "base64", "media_type": "application/pdf", "data": PDF}
    content = [
        {"type": "image", "source": png},
        {"type": "image", "source": {"type": "url", "url": "https://e.org/a.png"}},
        {"type": "document", "source": pdf, "title": "a.pdf"},
        {"type": "text", "text": "What is this?"},
    ]
    body = send(MESSAGES, "openai:echo", messages=[{"role": "user", "content": content}])
    parts = body["input"][0]["content"]
    assert [part["type"] for part in parts] == [
        "input_image",
        "input_image",
        "input_file",
        "input_text",
    ]
    assert parts[0]["image_url"] == f"data:image/png;base64,{PNG}"
    assert parts[1]["image_url"] == "https://e.org/a.png"
    assert parts[2]["file_data"].endswith(PDF)


def test_results_come_before_the_rest_of_their_message(send: Send) -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"x": 1}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "5", "is_error": True}
    said = [
        {"role": "user", "content": "Go"},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [{"type": "text", "text": "And?"}, result]},
    ]
    body = send(MESSAGES, "compatible:echo", messages=said)
    assert [message["role"] for message in body["messages"]] == [
        "user",
        "assistant",
        "tool",
        "user",
    ]
    assert body["messages"][2]["tool_call_id"] == "toolu_1"
    assert body["messages"][3]["content"] == "And?"


def test_consecutive_roles_empty_texts_and_unanswered_calls_reach_a_strict_upstream(
    send: Send,
) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    said = [
        {"role": "system", "content": ""},
        {"role": "user", "content": "One"},
        {"role": "user", "content": ""},
        {
            "role": "user",
            "content": [{"type": "text", "text": ""}, {"type": "text", "text": "Two"}],
        },
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "user", "content": "Three"},
    ]
    body = send(CHAT_COMPLETIONS, "anthropic:echo", messages=said)
    roles = [message["role"] for message in body["messages"]]
    assert roles == ["user", "assistant", "user"]
    assert "system" not in body
    assert body["messages"][2]["content"][0]["type"] == "tool_result"


def test_the_developers_words_are_the_systems(send: Send) -> None:
    said = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    assert send(CHAT_COMPLETIONS, "anthropic:echo", messages=said)["system"] == "Be brief."


def test_parameters_of_a_chat_reach_claude(send: Send) -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": SCHEMA}}
    body = send(
        CHAT_COMPLETIONS,
        "anthropic:claude-sonnet-4-5",
        messages=[{"role": "user", "content": "Hi"}],
        max_completion_tokens=99,
        stop=["END"],
        tools=[tool],
        tool_choice="required",
        parallel_tool_calls=False,
        user="u1",
    )
    assert body["max_tokens"] == 99
    assert body["stop_sequences"] == ["END"]
    assert body["tools"][0]["input_schema"]["properties"] == SCHEMA["properties"]
    assert body["tool_choice"] == {"type": "any", "disable_parallel_tool_use": True}
    assert body["metadata"] == {"user_id": "u1"}


def test_parameters_of_messages_reach_openai(send: Send) -> None:
    body = send(
        MESSAGES,
        "openai:gpt-5",
        max_tokens=999,
        system="Be brief.",
        messages=[{"role": "user", "content": "Hi"}],
        tools=[{"name": "f", "description": "F", "input_schema": SCHEMA}],
        tool_choice={"type": "tool", "name": "f", "disable_parallel_tool_use": True},
        thinking={"type": "enabled", "budget_tokens": 8000},
        output_config={"format": {"type": "json_schema", "schema": SCHEMA}},
        metadata={"user_id": "u1"},
    )
    assert body["max_output_tokens"] == 999
    assert body["instructions"] == "Be brief."
    assert (body["tools"][0]["type"], body["tools"][0]["name"]) == ("function", "f")
    assert body["tool_choice"] == {"type": "function", "name": "f"}
    assert body["parallel_tool_calls"] is False
    assert body["reasoning"]["effort"] == "medium"
    assert body["text"]["format"]["type"] == "json_schema"
    assert body["user"] == "u1"


def test_reasoning_of_a_chat_goes_back_to_upstreams_that_want_it(sim: Simulator) -> None:
    """Moonshot and DeepSeek refuse calls without the thoughts before them."""
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    said = [
        {"role": "user", "content": "Go"},
        {"role": "assistant", "content": "", "reasoning_content": "so", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "5"},
    ]
    arguments = CHAT_COMPLETIONS.read({"model": "fast", "messages": said}).arguments
    url = sim.base_url("deepseek")
    with Chimeric(deepseek_base_url=url, deepseek_api_key="any") as client:
        client.generate("deepseek:deepseek-v4-think", auto_tool=False, **arguments)
    assert sim.requests[-1].body["messages"][1]["reasoning_content"] == "so"


def test_thoughts_of_messages_go_back_to_the_claude_that_signed_them(send: Send) -> None:
    first = {"type": "text", "text": "Hello"}
    thought = {"type": "redacted_thinking", "data": "EvMC"}
    said = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": [thought, first]},
        {"role": "user", "content": "And?"},
    ]
    body = send(MESSAGES, "openai:echo", messages=said)
    assert "EvMC" not in repr(body)
    assert "Hello" in repr(body)


def test_cache_points_reach_claude_and_not_openai(send: Send) -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    body: dict[str, Any] = {
        "system": [{"type": "text", "text": "Be brief.", **mark}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi", **mark}]}],
        "tools": [{"name": "f", "input_schema": SCHEMA, **mark}],
    }
    sent = send(MESSAGES, "anthropic:echo", **body)
    for marked in (sent["system"][0], sent["messages"][0]["content"][0], sent["tools"][0]):
        assert marked["cache_control"] == {"type": "ephemeral"}
    assert "cache_control" not in repr(send(MESSAGES, "openai:echo", **body))
