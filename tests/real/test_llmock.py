"""LLMock answers requests of the library, and has nothing to say against how it takes faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from chimeric import (
    AuthenticationError,
    BadRequestError,
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
    "compatible": Target("compatible:llama3.1-8b", "/together/v1"),
    # Paths as the official SDKs take them, which add the version.
    "anthropic": Target("anthropic:claude-sonnet-4-5", "/anthropic", {"max_tokens": 1000}),
    "google": Target("google:gemini-2.5-flash", "/gemini"),
    "cohere": Target("cohere:command-a-03-2025", "/cohere"),
    "mistral": Target("mistral:mistral-large-latest", "/mistral"),
    "groq": Target("groq:llama-3.3-70b-versatile", "/groq"),
    "grok": Target("grok:grok-4", "/xai/v1", CHAT),
}
ERRORS = {400: BadRequestError, 401: AuthenticationError, 429: RateLimitError, 503: ServerError}
FAULTS = ("disconnect", "truncate", "malformed")
TEXT = "One, two, three and four are said in many small pieces."


class Recipe(msgspec.Struct):
    title: str
    minutes: int


def weather(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


class Server:
    """LLMock, and its own words about what comes and what came."""

    def __init__(self, url: str, admin: httpx.Client) -> None:
        self.url = url
        self._admin = admin

    def reset(self) -> None:
        """Nothing was seen, and nothing waits."""
        self._admin.post("/_llmock/reset").raise_for_status()

    def script(self, *behaviours: dict[str, Any]) -> None:
        """Say what comes next."""
        told = self._admin.post("/_llmock/scenario", json={"behaviors": behaviours})
        assert told.is_success, told.text

    def findings(self) -> list[str]:
        """What the server holds against its client."""
        verdict = self._admin.get("/_llmock/verdict").json()
        return [found["code"] for found in verdict["findings"]]


@pytest.fixture(scope="module")
def running(program) -> Iterator[Server]:
    url = str(program("llmock").read()["url"])
    with httpx.Client(base_url=url, trust_env=False) as admin:
        yield Server(url, admin)


@pytest.fixture
def server(running: Server) -> Server:
    running.reset()
    return running


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TARGETS)
def test_a_text_arrives(server, name, way):
    server.script({"type": "reply", "text": TEXT})
    response = call(server.url, TARGETS[name], way, "Hi")
    assert response.content == TEXT
    assert response.finish_reason == "stop"
    assert response.usage is not None
    assert server.findings() == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TARGETS)
def test_a_tool_is_run_and_its_result_is_read(server, name, way):
    calls = [{"name": "weather", "arguments": {"city": "Rome"}}]
    server.script({"type": "reply", "tool_calls": calls}, {"type": "reply", "text": "Sunny."})
    response = call(server.url, TARGETS[name], way, "Weather in Rome?", tools=[weather])
    (result,) = response.tool_results
    assert result.output == "sunny in Rome"
    assert response.content == "Sunny."


# LLMock 0.2 reads the field that Anthropic had before `output_config`.
OLD_FIELD = pytest.mark.xfail(reason="LLMock looks for output_format")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=OLD_FIELD if n == "anthropic" else ()) for n in TARGETS],
)
def test_structured_output_fits_its_type(server, name, way):
    response = call(server.url, TARGETS[name], way, "A recipe, please", response_format=Recipe)
    assert isinstance(response.parsed, Recipe)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", ERRORS)
@pytest.mark.parametrize("name", TARGETS)
def test_a_refusal_has_its_class(server, name, status, way):
    server.script({"type": "fail", "status": status, "retry_after": 7, "message": "told so"})
    with pytest.raises(ProviderError) as caught:
        call(server.url, TARGETS[name], way, "Hi")
    error = caught.value
    assert type(error) is ERRORS[status]
    assert error.status == status
    assert "told so" in str(error)
    if status == 429:
        assert error.retry_after == 7


@pytest.mark.parametrize("way", ["stream", "astream"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", TARGETS)
def test_a_stream_that_is_broken_is_an_error_with_what_came(server, name, fault, way):
    server.script(
        {"type": "reply", "text": TEXT},
        {"type": "stream_fault", "kind": fault, "after_chunks": 6},
    )
    with pytest.raises((StreamError, TransportError)) as caught:
        call(server.url, TARGETS[name], way, "Hi")
    partial = caught.value.partial
    assert partial is not None
    assert TEXT.startswith(partial.content)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TARGETS)
def test_what_passes_is_tried_again_as_the_server_asks(server, name, way):
    server.script({"type": "fail", "status": 429, "retry_after": 0.1})
    server.script({"type": "reply", "text": TEXT})
    response = call(server.url, TARGETS[name], way, "Hi", max_retries=1)
    assert response.content == TEXT
    assert server.findings() == []
