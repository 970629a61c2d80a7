"""OpenAI through the whole client, over loopback sockets."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_models import Asked
from chimeric_openai import chimeric_provider
from chimeric_openai.models import chat_rules, reasons, system_role
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import (
    BadRequestError,
    Chimeric,
    Citation,
    ConfigurationError,
    RateLimitError,
    TextPart,
    TokenLogprob,
    TranslationWarning,
)

KEY = "sk-loopback-0123456789"


def sse(*events: dict[str, Any], named: bool = True) -> bytes:
    lines = [
        (f"event: {e['type']}\n" if named else "") + f"data: {json.dumps(e)}\n\n" for e in events
    ]
    return "".join(lines).encode()


def answer(body: bytes, kind: str = "text/event-stream", status: int = 200) -> bytes:
    head = f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n"
    return f"{head}x-request-id: req_1\r\n\r\n".encode() + body


def item(index: int, **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return (
        {"type": "response.output_item.added", "output_index": index, "item": fields},
        {"type": "response.output_item.done", "output_index": index, "item": fields},
    )


def completed(**fields: Any) -> dict[str, Any]:
    usage = {"input_tokens": 9, "output_tokens": 2, "total_tokens": 11}
    response = {"id": "resp_1", "model": "gpt-x", "status": "completed", "usage": usage, **fields}
    return {"type": "response.completed", "response": response}


THOUGHT: dict[str, Any] = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [],
    "encrypted_content": "gAAAA",
}
CALL: dict[str, Any] = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "call_1",
    "name": "add",
    "arguments": '{"x":2,"y":3}',
    "status": "completed",
}
HELLO = sse(
    {"type": "response.created", "response": {"id": "resp_1", "model": "gpt-x"}},
    {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Hel"},
    {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "lo"},
    completed(),
)
CHAT = sse(
    {"id": "c1", "model": "gpt-x", "choices": [{"index": 0, "delta": {"content": "Hello"}}]},
    {"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    named=False,
) + (b"data: [DONE]\n\n")


class Script:
    """Answers requests with prepared bytes, in order."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.server = LoopbackServer(self._handle)

    def _handle(self, request: SeenRequest) -> list[bytes]:
        return [self.answers.pop(0)]

    @property
    def bodies(self) -> list[Any]:
        return [request.json() for request in self.server.requests]


@pytest.fixture
def script() -> Iterator[Script]:
    script = Script()
    yield script
    script.server.close()


@pytest.fixture
def client(script: Script) -> Iterator[Chimeric]:
    with Chimeric(openai_api_key=KEY, openai_base_url=script.server.url, max_retries=0) as client:
        yield client


def choice(delta: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"id": "c1", "model": "gpt-x", "choices": [{"index": 0, "delta": delta, **fields}]}


def chat(*events: dict[str, Any]) -> bytes:
    return answer(sse(*events, named=False) + b"data: [DONE]\n\n")


def test_a_spoken_answer_of_chat_completions_can_be_played_as_it_comes(
    script: Script, client: Chimeric
) -> None:
    script.answers = [
        chat(
            choice({"role": "assistant", "content": None, "audio": {"id": "audio_1"}}),
            choice({"audio": {"transcript": "Hel"}}),
            choice({"audio": {"data": "AAA="}}),
            choice({"audio": {"transcript": "lo", "data": "AQE="}}),
            choice({"audio": {"expires_at": 9}}),
            choice({}, finish_reason="stop"),
        )
    ]
    stream = client.generate(
        "gpt-4o-audio-preview",
        "Hi",
        stream=True,
        api="chat_completions",
        modalities=["text", "audio"],
        audio={"voice": "alloy", "format": "pcm16"},
    )
    files = [file for chunk in stream for file in chunk.files]
    assert [(f.id, f.part.data, f.partial) for f in files] == [
        ("audio_1", "AAA=", True),
        ("audio_1", "AQE=", True),
        ("audio_1", "AAABAQ==", False),
    ]
    assert stream.response.content == "Hello"
    assert set(stream.response.parts) == {TextPart("Hello"), files[-1]}
    assert stream.response.metadata["audio"]["data"] == "AAABAQ=="


def test_what_a_search_model_cites_is_in_the_chunk_that_brings_it(
    script: Script, client: Chimeric
) -> None:
    page = {"url": "https://a.test", "title": "Tides", "start_index": 0, "end_index": 9}
    cited = {"type": "url_citation", "url_citation": page}
    script.answers = [
        chat(
            choice({"content": "The moon."}),
            choice({"content": " Yes."}),
            choice({"annotations": [cited]}),
            choice({}, finish_reason="stop"),
        )
    ]
    stream = client.generate("gpt-4o", "Hi", stream=True, api="chat_completions")
    chunks = list(stream)
    told = Citation(url="https://a.test", title="Tides", start=0, end=9, native=cited)
    assert [chunk.citations for chunk in chunks if chunk.citations] == [(told,)]
    assert stream.response.parts == (TextPart("The moon. Yes.", (told,)),)
    assert stream.response.metadata["citations"] == [cited]


def test_log_probabilities_of_chat_completions_come_with_their_text(
    script: Script, client: Chimeric
) -> None:
    best = {"token": "Hi", "logprob": -0.5, "bytes": None}
    token = {"content": [{**best, "top_logprobs": [best]}], "refusal": None}
    script.answers = [
        chat(
            choice({"content": "Hi"}, logprobs=token),
            choice({"content": "Hi"}, logprobs=token),
            choice({}, finish_reason="stop", logprobs=None),
        )
    ]
    stream = client.generate("gpt-4o", "Hi", stream=True, api="chat_completions", logprobs=1)
    told = [(chunk.delta, chunk.logprobs) for chunk in stream if chunk.delta]
    probable = TokenLogprob("Hi", -0.5, (TokenLogprob("Hi", -0.5),))
    assert told == [("Hi", (probable,))] * 2
    (body,) = script.bodies
    assert (body["logprobs"], body["top_logprobs"]) == (True, 1)


def test_a_stream_is_read_by_default_through_responses(script: Script, client: Chimeric) -> None:
    script.answers = [answer(HELLO)]
    stream = client.generate("gpt-4o", "Hi", stream=True)
    chunks = list(stream)
    assert [c.delta for c in chunks if c.delta] == ["Hel", "lo"]
    assert chunks[-1].finish_reason == "stop"
    assert chunks[-1].metadata["usage_native"]["input_tokens"] == 9
    assert chunks[-1].metadata["request_id"] == "req_1"
    (seen,) = script.server.requests
    assert seen.path == "/v1/responses"
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert script.bodies[0]["store"] is False


def test_the_tool_loop_echoes_encrypted_reasoning(script: Script, client: Chimeric) -> None:
    first = sse(*item(0, **THOUGHT), *item(1, **CALL), completed())
    script.answers = [answer(first), answer(HELLO)]

    def add(x: int, y: int) -> int:
        """Add two numbers."""
        return x + y

    response = client.generate("gpt-5.4", "2 + 3?", stream=True, tools=[add]).collect()
    assert response.content == "Hello"
    assert script.bodies[0]["include"] == ["reasoning.encrypted_content"]
    assert script.bodies[1]["input"] == [
        {"role": "user", "content": "2 + 3?"},
        THOUGHT,
        CALL,
        {"type": "function_call_output", "call_id": "call_1", "output": "5"},
    ]


def test_a_whole_answer_is_read_through_responses(script: Script, client: Chimeric) -> None:
    text = [{"type": "output_text", "text": "Hello"}]
    body = completed(output=[{"type": "message", "content": text}])["response"]
    script.answers = [answer(json.dumps(body).encode(), "application/json")]
    response = client.generate("gpt-4o", "Hi")
    assert (response.content, response.finish_reason) == ("Hello", "stop")
    assert type(response.native).__name__ == "Response"


@pytest.mark.parametrize("where", ["client", "call"])
def test_chat_completions_are_spoken_where_asked_for(where: str, script: Script) -> None:
    script.answers = [answer(CHAT)]
    settings: dict[str, Any] = {"openai_api": "chat_completions"} if where == "client" else {}
    call: dict[str, Any] = {"api": "chat_completions"} if where == "call" else {}
    settings |= {"openai_api_key": KEY, "openai_base_url": script.server.url}
    messages: list[Any] = [{"role": "system", "content": "Brief."}, "Hi"]
    with Chimeric(**settings) as client:
        stream = client.generate("gpt-5.4", messages, stream=True, max_tokens=5, **call)
        chunks = list(stream)
    assert "".join(c.delta or "" for c in chunks) == "Hello"
    assert type(chunks[0].native).__name__ == "ChatCompletionChunk"
    (body,) = script.bodies
    assert script.server.requests[0].path == "/v1/chat/completions"
    assert body["messages"][0] == {"role": "developer", "content": "Brief."}
    assert body["max_completion_tokens"] == 5
    assert body["stream_options"] == {"include_usage": True}
    assert "api" not in body


def test_native_events_are_typed_structs(script: Script, client: Chimeric) -> None:
    script.answers = [answer(HELLO)]
    events = list(client.generate("gpt-4o", "Hi", stream=True, native=True))
    assert [e.type for e in events][1] == "response.output_text.delta"
    assert events[-1].response.usage.input_tokens == 9


def test_an_unknown_api_is_refused_before_anything_is_sent(client: Chimeric) -> None:
    with pytest.raises(ConfigurationError, match="responses, chat_completions"):
        client.generate("gpt-4o", "Hi", api="assistants")


def test_a_seed_is_reported_since_responses_has_none(script: Script, client: Chimeric) -> None:
    script.answers = [answer(HELLO)]
    with pytest.warns(TranslationWarning, match="seed"):
        client.generate("gpt-4o", "Hi", stream=True, seed=7).collect()
    assert "seed" not in script.bodies[0]


def test_a_used_up_quota_is_a_rate_limit_that_is_not_tried_again(script: Script) -> None:
    told = {"code": "insufficient_quota", "type": "insufficient_quota", "message": "no money"}
    script.answers = [answer(sse({"type": "error", "error": told}))]
    with Chimeric(openai_api_key=KEY, openai_base_url=script.server.url) as client:
        with pytest.raises(RateLimitError, match="no money") as caught:
            client.generate("gpt-4o", "Hi", stream=True).collect()
        assert not caught.value.retryable
    assert len(script.server.requests) == 1


def test_an_error_answer_keeps_its_message_type_and_code(script: Script, client: Chimeric) -> None:
    error = {"message": "bad input", "type": "invalid_request_error", "code": "invalid_value"}
    body = json.dumps({"error": error}).encode()
    script.answers = [answer(body, "application/json", 400)]
    with pytest.raises(BadRequestError, match="bad input") as caught:
        client.generate("gpt-4o", "Hi")
    assert (caught.value.type, caught.value.code) == ("invalid_request_error", "invalid_value")


def test_organization_and_project_are_told(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    script.answers = [answer(HELLO)]
    with Chimeric(
        openai_api_key=KEY, openai_base_url=script.server.url, openai_project="proj-1"
    ) as client:
        client.generate("gpt-4o", "Hi", stream=True).collect()
    headers = script.server.requests[0].headers
    assert headers["openai-organization"] == "org-1"
    assert headers["openai-project"] == "proj-1"


def test_models_are_listed(script: Script, client: Chimeric) -> None:
    body = {"object": "list", "data": [{"id": "gpt-x", "object": "model", "created": 1}]}
    script.answers = [answer(json.dumps(body).encode(), "application/json")]
    (model,) = client.list_models("openai")
    assert (model.id, model.created, model.provider) == ("gpt-x", 1, "openai")


def test_model_names_tell_whether_a_model_reasons() -> None:
    assert [reasons(m) for m in ("gpt-5.4", "o3", "gpt-10", "codex-mini")] == [True] * 4
    assert [reasons(m) for m in ("gpt-4o", "ft:gpt-4.1:acme", "gpt-3.5-turbo")] == [False] * 3
    assert [reasons(m) for m in ("gpt-5-chat-latest", "llama")] == [None] * 2
    assert [system_role(m) for m in ("o3", "gpt-4o")] == ["developer", "system"]
    for model, left in (("o3", set[str]()), ("o1", {"stop"})):
        body: dict[str, Any] = {"stop": ["END"]}
        chat_rules().keep(Asked(model, body), [])
        assert body.keys() == left


def test_open_weight_models_are_left_to_others() -> None:
    assert "gpt-oss*" in chimeric_provider().not_models


def test_declaring_the_provider_loads_no_wire_code() -> None:
    code = (
        "import sys, chimeric_openai; chimeric_openai.chimeric_provider(); "
        "print([m for m in sys.modules if m.startswith('chimeric_responses.') "
        "and not m.endswith('dialect')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
