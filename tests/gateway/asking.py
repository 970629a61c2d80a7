"""The same few requests in each protocol of clients, as plain bodies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

__all__ = ["PATHS", "PROTOCOLS", "body", "calls_of", "headers"]

PATHS: Final = {
    "chat_completions": "/v1/chat/completions",
    "responses": "/v1/responses",
    "messages": "/v1/messages",
}
PROTOCOLS: Final = tuple(PATHS)


def headers(protocol: str, key: str = "a-client") -> dict[str, str]:
    """What an SDK of the protocol sends, with a key in its usual place."""
    if protocol == "messages":
        return {"x-api-key": key, "anthropic-version": "2023-06-01"}
    return {"authorization": f"Bearer {key}"}


def body(
    protocol: str,
    model: str,
    prompt: str = "Hello",
    *,
    stream: bool = True,
    tools: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """A request with one question; ``tools`` are names with schemas."""
    asked: dict[str, Any] = {"model": model, "stream": stream}
    if protocol == "responses":
        asked["input"] = prompt
    else:
        asked["messages"] = [{"role": "user", "content": prompt}]
    if protocol == "messages":
        asked["max_tokens"] = 4000
    if protocol == "chat_completions" and stream:
        asked["stream_options"] = {"include_usage": True}
    if tools:
        asked["tools"] = [_tool(protocol, name, schema) for name, schema in tools.items()]
    return asked


def _tool(protocol: str, name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    if protocol == "messages":
        return {"name": name, "input_schema": schema}
    function = {"name": name, "parameters": schema}
    if protocol == "responses":
        return {"type": "function", "strict": False, **function}
    return {"type": "function", "function": function}


def calls_of(calls: Sequence[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Names and arguments, without ids."""
    return [(name, arguments) for _, name, arguments in calls]
