"""Every protocol that is spoken here, four ways to ask through it, and tools to offer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from chimeric import Chimeric, CompletionResponse, StreamChunk

Way: TypeAlias = Literal["whole", "stream", "async-whole", "async-stream"]
RUNNER = asyncio.Runner()
"""One event loop for all tests, so that a client's async connections can be used again."""

WAYS: tuple[Way, ...] = ("whole", "stream", "async-whole", "async-stream")


class Speaker(msgspec.Struct, frozen=True):
    """A provider by one of its protocols, and how it spells the simulator's models.

    ``marks_errors`` tells whether the protocol has a place to say that a tool failed.
    """

    key: str
    provider: str
    options: Mapping[str, Any] = {}
    spelling: str = "{}"
    marks_errors: bool = False

    def model(self, name: str) -> str:
        return f"{self.provider}:{self.spelling.format(name)}"


SPEAKERS = (
    Speaker("openai-responses", "openai", {"api": "responses"}),
    Speaker("openai-chat", "openai", {"api": "chat_completions"}),
    Speaker("anthropic", "anthropic", marks_errors=True),
    Speaker("google", "google", {}, "gemini-3-{}", marks_errors=True),
    Speaker("cohere", "cohere"),
    Speaker("groq", "groq"),
    Speaker("cerebras", "cerebras"),
    Speaker("grok-responses", "grok", {"api": "responses"}),
    Speaker("grok-chat", "grok", {"api": "chat_completions"}),
    Speaker("mistral", "mistral", {}, "mistral-{}"),
    Speaker("deepseek", "deepseek"),
    Speaker("openrouter", "openrouter"),
    Speaker("compatible", "compatible"),
    Speaker("ollama", "ollama"),
    Speaker("vertex", "vertex", {}, "gemini-3-{}", marks_errors=True),
    Speaker("bedrock", "bedrock", {}, "anthropic.claude-{}", marks_errors=True),
    Speaker(
        "bedrock-invoke", "bedrock", {"api": "invoke"}, "anthropic.claude-{}", marks_errors=True
    ),
)
PROVIDERS = tuple(sorted({speaker.provider for speaker in SPEAKERS}))
KEY = "a-key-for-loopback"


def client_at(url: str, **settings: Any) -> Chimeric:
    """A client whose providers are all at ``url``."""
    return Chimeric(
        api_keys=dict.fromkeys(PROVIDERS, KEY),
        base_urls=dict.fromkeys(PROVIDERS, url),
        **{"max_retries": 0, **settings},
    )


@contextlib.contextmanager
def client_for_all_ways(url: str, **settings: Any) -> Iterator[Chimeric]:
    """The same, whose asynchronous connections are closed on the loop that made them."""
    with client_at(url, **settings) as client:
        try:
            yield client
        finally:
            RUNNER.run(client.aclose())


class Answered(msgspec.Struct):
    """What a call came to: the response, and the chunks when it was streamed."""

    response: CompletionResponse
    chunks: list[StreamChunk] = []


def ask(
    client: Chimeric, speaker: Speaker, way: Way, messages: Any, model: str = "tools", **params: Any
) -> Answered:
    """Ask a simulated model through one protocol, one of the four ways."""
    call = {"model": speaker.model(model), "messages": messages, **speaker.options, **params}
    if way == "whole":
        return Answered(client.generate(**call))
    if way == "stream":
        with client.generate(stream=True, **call) as stream:
            chunks = list(stream)
            return Answered(stream.response, chunks)
    return RUNNER.run(_aask(client, call, streamed=way == "async-stream"))


async def _aask(client: Chimeric, call: dict[str, Any], *, streamed: bool) -> Answered:
    if not streamed:
        return Answered(await client.agenerate(**call))
    async with await client.agenerate(stream=True, **call) as stream:
        chunks = [chunk async for chunk in stream]
        return Answered(stream.response, chunks)


def weather(city: str) -> str:
    """Tell the weather of a city.

    Args:
        city: name of the city.
    """
    return f"sunny in {city}"


def add(x: int, y: int) -> int:
    """Add two numbers."""
    return x + y


async def fetch(city: str) -> str:
    """Fetch the weather of a city, slowly."""
    await asyncio.sleep(0.001)
    return f"cloudy in {city}"


def broken(city: str) -> str:
    """Fail."""
    raise RuntimeError(f"no station in {city}")


TOOLS: list[Callable[..., Any]] = [weather, add]
QUESTION = "What is the weather in Rome? And add 2 and 3."
