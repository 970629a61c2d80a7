"""CopilotKit's aimock answers requests of the library as it answers the official SDKs'."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from chimeric import (
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    ServerError,
    StreamError,
    TransportError,
)

from .environments import require
from .served import WAYS, Target, call

require()

CHAT = {"api": "chat_completions"}
TARGETS = {
    "responses": Target("openai:gpt-5.4", "/v1"),
    "chat": Target("openai:gpt-4o", "/v1", CHAT),
    "anthropic": Target("anthropic:claude-sonnet-4-5", options={"max_tokens": 1000}),
    "google": Target("google:gemini-2.5-flash"),
    "cohere": Target("cohere:command-a-03-2025"),
    "ollama": Target("ollama:llama3.2"),
    "bedrock": Target("bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    "openrouter": Target("openrouter:openai/gpt-4o", "/api/v1"),
    "mistral": Target("mistral:mistral-large-latest"),
    "groq": Target("groq:llama-3.3-70b-versatile"),
    "grok": Target("grok:grok-4", "/v1", CHAT),
    "compatible": Target("compatible:llama3.1-8b", "/v1"),
}
ERRORS = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    429: RateLimitError,
    500: ServerError,
    503: ServerError,
}


class Recipe(msgspec.Struct):
    title: str
    minutes: int


def weather(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


@pytest.fixture(scope="module")
def url(program) -> str:
    return _started(program)


def _started(program: Any) -> str:
    return str(program("aimock").read()["url"])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TARGETS)
def test_a_text_arrives(url, name, way):
    response = call(url, TARGETS[name], way, "Please greet me")
    assert response.content == "Hello, one two three."
    assert response.finish_reason == "stop"
    assert response.usage is not None


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("asked", ["weather", "say and call"])
@pytest.mark.parametrize("name", TARGETS)
def test_a_tool_is_run_and_its_result_is_read(url, name, asked, way):
    response = call(url, TARGETS[name], way, f"{asked}, please", tools=[weather])
    (result,) = response.tool_results
    assert result.output == "sunny in Rome"
    assert response.content.endswith("Rome is sunny.")
    assert ("One moment." in response.content) is (asked == "say and call")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TARGETS)
def test_structured_output_is_parsed(url, name, way):
    response = call(url, TARGETS[name], way, "A recipe, please", response_format=Recipe)
    assert response.parsed == Recipe("Soup", 20)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TARGETS)
def test_two_turns_are_taken(url, name, way):
    first = call(url, TARGETS[name], way, "Please greet me")
    said = [{"role": "user", "content": "Please greet me"}, *first.messages]
    again = call(url, TARGETS[name], way, [*said, {"role": "user", "content": "ponder on it"}])
    # aimock says Cohere's thoughts as text.
    thought = "Two and two." if name == "cohere" else ""
    assert again.content == f"{thought}It is four."


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", ERRORS)
@pytest.mark.parametrize("name", TARGETS)
def test_a_refusal_has_its_class(url, name, status, way):
    with pytest.raises(ProviderError) as caught:
        call(url, TARGETS[name], way, f"refuse {status}")
    error = caught.value
    assert type(error) is ERRORS[status]
    assert error.status == status
    assert f"refused with {status}" in str(error)
    if status == 429:
        assert error.retry_after == 7


@pytest.mark.parametrize("way", ["stream", "astream"])
@pytest.mark.parametrize("name", TARGETS)
def test_a_stream_that_breaks_off_is_an_error_with_what_came(url, name, way):
    with pytest.raises((StreamError, TransportError)) as caught:
        call(url, TARGETS[name], way, "break off")
    partial = caught.value.partial
    assert partial is not None
    assert partial.content
    assert "A long answer of many words that nobody reads to its end.".startswith(partial.content)


def test_the_server_saw_no_request_that_it_did_not_know(url):
    seen = httpx.get(f"{url}/v1/_requests").json()
    assert seen
    assert {entry["response"]["status"] for entry in seen} <= {200, *ERRORS}
