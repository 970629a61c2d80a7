"""The official Google SDK against the simulator."""

from __future__ import annotations

import json

import pytest
from chimeric_sim import Simulator

genai = pytest.importorskip("google.genai", reason="the official SDK is a test-only oracle")
types = pytest.importorskip("google.genai.types", reason="the official SDK is a test-only oracle")
errors = pytest.importorskip("google.genai.errors", reason="the official SDK is a test-only oracle")

DECLARATIONS = [
    {
        "name": name,
        "description": name,
        "parametersJsonSchema": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    }
    for name in ("weather", "news")
]


def connect(sim: Simulator, key: str = "any", version: str = "v1beta"):
    options = types.HttpOptions(base_url=sim.base_url("google"), api_version=version)
    return genai.Client(api_key=key, http_options=options)


@pytest.fixture
def client(sim: Simulator):
    client = connect(sim)
    yield client
    client.close()


def test_a_story_streams(client):
    chunks = list(
        client.models.generate_content_stream(
            model="gemini-2.5-flash", contents="A story about salt"
        )
    )
    text = "".join(c.text or "" for c in chunks)
    assert "salt" in text
    assert chunks[-1].candidates[0].finish_reason == "STOP"
    usage = chunks[-1].usage_metadata
    assert usage.total_token_count == usage.prompt_token_count + usage.candidates_token_count
    assert chunks[0].response_id


def test_whole_answers_and_limits(client):
    config = types.GenerateContentConfig(max_output_tokens=12)
    answer = client.models.generate_content(model="story", contents="x", config=config)
    assert answer.candidates[0].finish_reason == "MAX_TOKENS"
    assert answer.usage_metadata.candidates_token_count == 12


def test_signed_tool_calls_go_round(client):
    config = types.GenerateContentConfig(
        tools=[types.Tool(function_declarations=DECLARATIONS)],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        thinking_config=types.ThinkingConfig(include_thoughts=True, thinking_level="LOW"),
    )
    contents = [types.Content(role="user", parts=[types.Part(text="Weather, news in Rome")])]
    chunks = list(
        client.models.generate_content_stream(
            model="gemini-3.8-flash", contents=contents, config=config
        )
    )
    parts = [p for c in chunks for p in (c.candidates[0].content.parts or [])]
    assert any(p.thought for p in parts)
    calls = [p for p in parts if p.function_call]
    assert [p.function_call.name for p in calls] == ["weather", "news"]
    assert calls[0].function_call.args == {"city": "Rome"}
    assert calls[0].thought_signature
    answers = [
        types.Part(
            function_response=types.FunctionResponse(
                name=p.function_call.name, id=p.function_call.id, response={"output": f"r{n}"}
            )
        )
        for n, p in enumerate(calls)
    ]
    history = [
        *contents,
        types.Content(role="model", parts=calls),
        types.Content(role="user", parts=answers),
    ]
    answer = client.models.generate_content(
        model="gemini-3.8-flash", contents=history, config=config
    )
    assert "weather answered: r0" in answer.text
    assert "news answered: r1" in answer.text
    calls[0].thought_signature = None
    with pytest.raises(errors.ClientError, match="thought_signature"):
        client.models.generate_content(model="gemini-3.8-flash", contents=history, config=config)
    with pytest.raises(errors.ClientError, match="number of function response parts"):
        client.models.generate_content(model="gemini-2.5-flash", contents=history[:2])


def test_a_schema_is_kept(client):
    config = types.GenerateContentConfig(
        response_mime_type="application/json",
        response_json_schema={"type": "object", "properties": {"n": {"type": "integer"}}},
    )
    answer = client.models.generate_content(model="story", contents="Say 7", config=config)
    assert json.loads(answer.text) == {"n": 7}


def test_errors_are_the_sdk_s_own(sim, client):
    with pytest.raises(errors.ClientError) as unknown:
        client.models.generate_content(model="gemini-0", contents="x")
    assert (unknown.value.code, unknown.value.status) == (404, "NOT_FOUND")
    refused = connect(sim, "bad-key")
    with pytest.raises(errors.ClientError, match="API key not valid") as key:
        refused.models.generate_content(model="story", contents="x")
    assert key.value.code == 400
    refused.close()
    busy = {"sim": {"status": 503}}
    config = types.GenerateContentConfig(http_options=types.HttpOptions(extra_body=busy))
    with pytest.raises(errors.ServerError):
        client.models.generate_content(model="story", contents="x", config=config)


def test_models_are_listed_page_by_page(client, sim):
    pager = client.models.list(config={"page_size": 5})
    names = [model.name for model in pager]
    assert "models/gemini-2.5-flash" in names
    assert len(names) > 10
    assert len(sim.requests) > 2
