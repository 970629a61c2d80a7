"""A service on loopback that answers every request in its provider's form, and keeps it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import msgspec
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import Chimeric, CompletionResponse, TranslationWarning

__all__ = ["PATHS", "PROVIDERS", "Sent", "answer_of", "ask"]

PROVIDERS = {
    "openai": "openai:gpt-4o",
    "chat": "compatible:some-model",
    "anthropic": "anthropic:claude-sonnet-4-5",
    "google": "google:gemini-2.5-flash",
    "bedrock": "bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "cohere": "cohere:command-a-03-2025",
    "ollama": "ollama:llama3.2",
    "mistral": "mistral:mistral-large-latest",
    "groq": "groq:llama-3.3-70b-versatile",
    "openrouter": "openrouter:openai/gpt-4o",
}
"""A model of each protocol, and of some that differ in it."""

PATHS = {"google": "/v1beta", "cohere": "/v2", "zai": "/api/paas/v4"} | dict.fromkeys(
    ("azure", "bedrock", "ollama", "perplexity", "vertex"), ""
)


def answer_of(provider: str, text: str) -> dict[str, Any]:
    said = [{"type": "text", "text": text}]
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if provider in ("openai", "grok", "azure-responses"):
        part = {"type": "output_text", "text": text, "annotations": []}
        item = {"type": "message", "id": "m1", "role": "assistant", "content": [part]}
        return {"id": "r", "status": "completed", "model": "m", "output": [item]}
    if provider in ("anthropic", "azure-claude", "vertex-claude"):
        usage = {"input_tokens": 1, "output_tokens": 1}
        told = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": said}
        return {**told, "stop_reason": "end_turn", "usage": usage}
    if provider in ("google", "vertex"):
        content = {"role": "model", "parts": [{"text": text}]}
        return {"candidates": [{"content": content, "finishReason": "STOP"}]}
    if provider == "bedrock":
        told = {"role": "assistant", "content": [{"text": text}]}
        usage = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
        return {"output": {"message": told}, "stopReason": "end_turn", "usage": usage}
    if provider == "cohere":
        told = {"role": "assistant", "content": said}
        return {"id": "c", "finish_reason": "COMPLETE", "message": told}
    if provider == "ollama":
        return {"model": "m", "message": message, "done": True, "done_reason": "stop"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "c", "model": "m", "choices": [choice]}


def known_to_the_sdk(provider: str, requests: list[SeenRequest]) -> None:
    """Fail where a request has what the official SDK of its service does not know.

    Raises:
        AssertionError: with what is wrong.
    """
    from .oracles.services import judged

    for seen in requests:
        wrong = judged(provider, seen)
        assert wrong == [], (wrong[:5], seen.json())


class Sent(msgspec.Struct):
    """What became of a call: the body that was sent, what was told, and what came of it."""

    body: Any
    told: list[str]
    result: CompletionResponse


def ask(
    model: str,
    messages: Any = "Hi",
    *,
    text: str = "ok",
    replies: Iterable[dict[str, Any]] = (),
    strict: bool = False,
    **params: Any,
) -> Sent:
    """Ask once. The service gives the replies first, one a request, and then the text.

    Raises:
        ChimericError: as the call does.
    """
    provider = model.partition(":")[0]
    chat = params.get("api") == "chat_completions"
    answers = [*replies, answer_of("chat" if chat else provider, text)]

    def respond(request: SeenRequest) -> list[bytes]:
        body = msgspec.json.encode(answers.pop(0) if len(answers) > 1 else answers[0])
        head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
        return [f"{head}{len(body)}\r\n\r\n".encode() + body]

    with LoopbackServer(respond) as server, warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        url = server.url + PATHS.get(provider, "/v1")
        keys = {provider: "key-of-a-test"}
        settings: dict[str, Any] = {"base_urls": {provider: url}, "api_keys": keys}
        with Chimeric(**settings, max_retries=0, strict=strict) as client:
            result = client.generate(model, messages, **params)
        if not model.endswith("-of-tomorrow"):  # the SDK of today knows nothing of it
            known_to_the_sdk(provider, server.requests)
        sentences = [str(w.message) for w in told if w.category is TranslationWarning]
        return Sent(server.requests[-1].json(), sentences, result)
