"""A unified request as the body of an interaction."""

from __future__ import annotations

import json
from typing import Any

from chimeric import ConfigurationError, HTTPRequest, Message, ProviderConfig, Request, TextPart

from .answer import Answer


def build_interaction(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """The HTTP request for a new interaction; what it cannot say is an error.

    Raises:
        ConfigurationError: for what is not written for this API: files, a structured answer,
            a choice of tools.
    """
    for name in ("response_format", "tool_choice", "parallel_tool_calls"):
        if getattr(request, name) is not None:
            raise ConfigurationError(f"api='interactions' takes no {name} here")
    body: dict[str, Any] = {"model": request.model, "store": False, "stream": request.stream}
    system = [_text(m) for m in request.messages if m.role in ("system", "developer")]
    if system:
        body["system_instruction"] = "\n\n".join(system)
    steps = [step for message in request.conversation() for step in _steps(message)]
    body["input"] = steps
    if request.tools:
        body["tools"] = [
            dict(tool.native)
            if tool.native is not None
            else {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": dict(tool.parameters),
            }
            for tool in request.tools
        ]
    config = {
        "max_output_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "seed": request.seed,
        "stop_sequences": list(request.stop) or None,
        "thinking_level": request.reasoning_effort,
    }
    if given := {name: value for name, value in config.items() if value is not None}:
        body["generation_config"] = given
    return HTTPRequest(
        url=f"{provider.base_url}/interactions",
        # The revision of the step events.
        headers={"Api-Revision": "2026-05-20"},
        body={**body, **request.extra, **request.extra_body},
    )


def _text(message: Message) -> str:
    texts: list[str] = []
    for part in message.parts:
        if not isinstance(part, TextPart):
            raise ConfigurationError(f"api='interactions' takes no {type(part).__name__} here")
        texts.append(part.text)
    return "".join(texts)


def _steps(message: Message) -> list[dict[str, Any]]:
    if message.state is not None and message.state.api == Answer.api:
        return list(message.state.items)  # thoughts and their signatures, unchanged
    if message.role == "tool":
        result = {"type": "function_result", "call_id": message.tool_call_id}
        named = {"name": message.name} if message.name else {}
        return [{**result, **named, "result": _text(message)}]
    kind = "model_output" if message.role == "assistant" else "user_input"
    text = _text(message)
    said = [{"type": kind, "content": [{"type": "text", "text": text}]}] if text else []
    calls = [
        {
            "type": "function_call",
            "id": call.id,
            "name": call.name,
            "arguments": json.loads(call.arguments or "{}"),
        }
        for call in message.tool_calls or ()
    ]
    return [*said, *calls]
