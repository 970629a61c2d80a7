"""The body of Cohere v2 chat, read and judged as the service does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from .problems import Problem
from .prompts import Call, Offer, Prompt, Result, Turn
from .shapes import child, is_array, is_object

__all__ = ["read_prompt"]

_KNOWN = frozenset(
    [
        "model",
        "messages",
        "stream",
        "tools",
        "strict_tools",
        "documents",
        "citation_options",
        "response_format",
        "safety_mode",
        "max_tokens",
        "stop_sequences",
        "temperature",
        "seed",
        "frequency_penalty",
        "presence_penalty",
        "k",
        "p",
        "logprobs",
        "tool_choice",
        "thinking",
        "priority",
        "raw_prompting",
        "return_prompt",
        "sim",
    ]
)
_RANGES = {
    "p": (0.01, 0.99),
    "k": (0, 500),
    "frequency_penalty": (0, 1),
    "presence_penalty": (0, 1),
}


def bad(message: str) -> Problem:
    """A 400."""
    return Problem("bad_request", f"invalid request: {message}")


def read_prompt(body: dict[str, Any], behaviour: Callable[[str], str]) -> Prompt:
    """A whole body.

    Raises:
        Problem: where the service answers 400 or 404.
    """
    for key in body:
        if key not in _KNOWN:
            raise bad(f"unknown field: parameter '{key}' is not a valid field")
    model = body.get("model")
    if not isinstance(model, str):
        raise bad("model is required")
    doing = behaviour(model)
    for key, (low, high) in _RANGES.items():
        value = body.get(key)
        if value is not None and not low <= value <= high:
            raise bad(f"{key} must be between {low} and {high} inclusive")
    offers = _read_tools(body.get("tools"))
    choice = body.get("tool_choice")
    if choice not in (None, "REQUIRED", "NONE"):
        raise bad("tool_choice must be one of REQUIRED, NONE")
    if choice is not None and not offers:
        raise bad("tool_choice can only be used with tools")
    thinking = body.get("thinking")
    if thinking is not None and thinking.get("type") not in ("enabled", "disabled"):
        raise bad("thinking.type must be one of enabled, disabled")
    return Prompt(
        model=model,
        behaviour=doing,
        turns=_read_messages(body.get("messages")),
        offers=offers,
        choice={"REQUIRED": "required", "NONE": "none"}.get(choice or "", "auto"),
        max_tokens=body.get("max_tokens"),
        stop=tuple(body.get("stop_sequences") or ()),
        seed=body.get("seed"),
        schema=_read_format(body.get("response_format")),
        thinking=None if thinking is None else thinking["type"] == "enabled",
        plans=True,
        stream=body.get("stream") is True,
    )


def _read_format(wanted: Any) -> dict[str, Any] | None:
    if wanted is None or wanted.get("type") == "text":
        return None
    if wanted.get("type") != "json_object":
        raise bad("response_format.type must be one of text, json_object")
    return wanted.get("json_schema") or wanted.get("schema") or {}


def _read_tools(tools: Any) -> tuple[Offer, ...]:
    offers: list[Offer] = []
    for index, tool in enumerate(tools or ()):
        function = tool.get("function")
        if tool.get("type") != "function" or not is_object(function):
            raise bad(f"tools[{index}] must be of type function")
        if not is_object(function.get("parameters")):
            raise bad(f"tools[{index}].function.parameters is required")
        name = function.get("name")
        if not isinstance(name, str) or not name:
            raise bad(f"tools[{index}].function.name is required")
        offers.append(Offer(name, function["parameters"]))
    return tuple(offers)


def _read_messages(messages: Any) -> list[Turn]:
    if not is_array(messages) or not messages:
        raise bad("messages must be an array with at least 1 element")
    turns: list[Turn] = []
    open_calls: dict[str, str] = {}
    for index, message in enumerate(messages):
        role = message.get("role")
        if role not in ("system", "developer", "user", "assistant", "tool"):
            raise bad(f"messages[{index}].role must be one of system, user, assistant, tool")
        if role == "tool":
            turns.append(_read_result(message, index, open_calls))
            continue
        if open_calls:
            raise bad(f"missing tool results for tool call ids: {', '.join(open_calls)}")
        text = _read_content(message.get("content"), index, role)
        calls = tuple(_read_call(c, index) for c in message.get("tool_calls") or ())
        if not text and not calls and role == "assistant" and not message.get("content"):
            raise bad(f"messages[{index}] must have content or tool_calls")
        open_calls = {call.id: call.name for call in calls}
        turns.append(Turn("system" if role == "developer" else role, text, calls))
    if open_calls:
        raise bad(f"missing tool results for tool call ids: {', '.join(open_calls)}")
    if not any(t.role in ("user", "tool") for t in turns):
        raise bad("messages must contain a user message")
    return turns


def _read_result(message: dict[str, Any], index: int, open_calls: dict[str, str]) -> Turn:
    call_id = message.get("tool_call_id")
    if call_id not in open_calls:
        raise bad(f"tool call id {call_id} at messages[{index}] not found in previous tool calls")
    text = _read_content(message.get("content"), index, "tool")
    return Turn("tool", results=(Result(str(call_id), text, open_calls.pop(call_id)),))


def _read_call(call: Any, index: int) -> Call:
    function = child(call, "function")
    name, arguments = function.get("name"), function.get("arguments")
    if not call.get("id") or not name or not isinstance(arguments, str):
        raise bad(f"messages[{index}].tool_calls must have an id, a name and arguments as a string")
    return Call(str(call["id"]), str(name), arguments)


def _read_content(content: Any, index: int, role: str) -> str:
    if content is None and role == "assistant":
        return ""
    if isinstance(content, str):
        if not content and role in ("user", "system"):
            raise bad(f"messages[{index}].content must not be empty")
        return content
    if not is_array(content):
        raise bad(f"messages[{index}].content must be a string or an array")
    texts: list[str] = []
    for part in content:
        kind = part.get("type")
        if kind == "text":
            texts.append(str(part.get("text") or ""))
        elif kind == "document" and role == "tool":
            data = child(part, "document").get("data")
            texts.append(data if isinstance(data, str) else msgspec.json.encode(data).decode())
        elif kind == "image_url" and role == "user":
            if not child(part, "image_url").get("url"):
                raise bad(f"messages[{index}].content image_url.url is required")
        elif kind != "thinking" or role != "assistant":
            raise bad(f"messages[{index}].content has a part of unknown type '{kind}'")
    return "".join(texts)
