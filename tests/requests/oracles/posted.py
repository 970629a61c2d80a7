"""What a call posts to a provider's service: each body, with the judge that it falls to."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Self

import msgspec
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import Chimeric, ChimericError, Stream
from tests.requests.served import PATHS, answer_of

from .services import service_of

__all__ = ["MODELS", "Post", "Posted", "settings_of"]

MODELS = {
    "anthropic": "anthropic:claude-sonnet-4-5",
    "anthropic adaptive": "anthropic:claude-opus-4-8",
    "bedrock": "bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "bedrock nova": "bedrock:us.amazon.nova-pro-v1:0",
    "cerebras": "cerebras:gpt-oss-120b",
    "cohere": "cohere:command-a-03-2025",
    "cohere reasoning": "cohere:command-a-reasoning-08-2025",
    "google": "google:gemini-2.5-flash",
    "google 3": "google:gemini-3-pro-preview",
    "groq": "groq:llama-3.3-70b-versatile",
    "groq reasoning": "groq:openai/gpt-oss-120b",
    "mistral": "mistral:mistral-large-latest",
    "mistral reasoning": "mistral:magistral-medium-latest",
    "ollama": "ollama:llama3.2",
    "openai": "openai:gpt-4o",
    "openai reasoning": "openai:gpt-5.2",
    "chat": "openai:gpt-4o",
    "chat reasoning": "openai:o3",
    "azure": "azure:gpt-5.4",
    "azure-responses": "azure:gpt-5.4",
    "azure-claude": "azure:claude-sonnet-4-5",
    "vertex": "vertex:gemini-2.5-flash",
    "vertex-claude": "vertex:claude-opus-4-6",
    "vertex-chat": "vertex:meta/llama-4-maas",
    "grok": "grok:grok-4.3",
    "grok-chat": "grok:grok-4.3",
    "deepseek": "deepseek:deepseek-chat",
    "deepseek reasoning": "deepseek:deepseek-v4-pro",
    "openrouter": "openrouter:openai/gpt-4o",
    "openrouter claude": "openrouter:anthropic/claude-sonnet-4.6",
    "dashscope": "dashscope:qwen-plus",
    "fireworks": "fireworks:accounts/fireworks/models/glm-5p3",
    "huggingface": "huggingface:deepseek-ai/DeepSeek-V4-Pro:together",
    "moonshot": "moonshot:kimi-k3",
    "nvidia": "nvidia:deepseek-ai/deepseek-v3.1",
    "perplexity": "perplexity:sonar-pro",
    "together": "together:Qwen/Qwen3.8-Plus",
    "zai": "zai:glm-5.3",
}
"""Models that are asked in forms of their own, by the name of the service and its kind."""


APIS = {
    "chat": "chat_completions",
    "grok-chat": "chat_completions",
    "azure-responses": "responses",
}
"""What is asked for where a provider speaks several protocols."""


def settings_of(provider: str, url: str) -> dict[str, Any]:
    """What a client is made with that asks this server."""
    said: dict[str, Any] = {"base_urls": {provider: url}, "max_retries": 0}
    if provider == "vertex":
        return {**said, "vertex_project": "p", "vertex_auth_token": "token-of-a-test"}
    key = "AKIDEXAMPLE:secret" if provider == "bedrock" else "key-of-a-test"
    return {**said, "api_keys": {provider: key}}


class Posted(msgspec.Struct):
    """A request that reached the service."""

    service: str
    body: Any


class Post:
    """A service on loopback and a client of it: what calls post is kept.

    Args:
        name: one of ``MODELS``.

    Example:
        .. code-block:: python

            with Post("google") as post:
                [sent] = post("Hi", temperature=0.5)
    """

    def __init__(self, name: str) -> None:
        self._model, self._service = MODELS[name], name.partition(" ")[0]
        provider = self._model.partition(":")[0]
        self._server = LoopbackServer(self._respond)
        self._reply = msgspec.json.encode(answer_of(self._service, "{}"))
        self._provider = provider

    def _respond(self, _: SeenRequest) -> list[bytes]:
        head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
        return [f"{head}{len(self._reply)}\r\n\r\n".encode() + self._reply]

    def __enter__(self) -> Self:
        self._server.__enter__()
        url = self._server.url + PATHS.get(self._provider, "/v1")
        self._client = Chimeric(**settings_of(self._provider, url))
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._server.__exit__(None, None, None)

    def __call__(self, messages: Any, *, stream: bool = False, **params: Any) -> list[Posted]:
        """All requests of one call, in order. An answer that is not understood changes nothing.

        Raises:
            ChimericError: nothing was sent.
        """
        if self._service in APIS:
            params = {"api": APIS[self._service], **params}

        def call() -> None:
            result = self._client.generate(self._model, messages, stream=stream, **params)
            if isinstance(result, Stream):
                result.collect()

        seen = self._seen(call)
        return [Posted(service_of(self._provider, request), request.json()) for request in seen]

    def count(self, messages: Any, **params: Any) -> Any:
        """The body that asks how many tokens this is.

        Raises:
            ChimericError: nothing was sent.
        """
        params.pop("stream", None)
        return self._seen(lambda: self._client.count_tokens(self._model, messages, **params))[
            -1
        ].json()

    def _seen(self, call: Callable[[], object]) -> list[SeenRequest]:
        before = len(self._server.requests)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                call()
            except ChimericError:
                if len(self._server.requests) == before:
                    raise
        return self._server.requests[before:]
