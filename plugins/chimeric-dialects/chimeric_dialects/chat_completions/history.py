"""The ``messages`` of Chat Completions, read and judged as OpenAI does."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.json_values import is_array, is_object
from chimeric_dialects.openai.errors import invalid_type, missing_parameter
from chimeric_dialects.openai.rules import check_image_url
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import ToolCall, ToolResult, Turn

__all__ = ["read_messages"]


_ROLES = ("system", "assistant", "user", "function", "tool", "developer")


_FOREIGN_PARTS = (
    "document",
    "document_url",
    "input_video",
    "reference",
    "thinking",
    "video_url",
)


_PARTS = ("text", "image_url", "input_audio", "file")


def read_messages(body: dict[str, Any], *, strict: bool) -> list[Turn]:
    """The history. Unless ``strict``, parts that other servers know are taken as well.

    Raises:
        Problem: where OpenAI answers 400: roles, contents, and results that answer no call.
    """
    messages = body.get("messages")
    if messages is None:
        raise missing_parameter("messages")
    if not is_array(messages):
        raise invalid_type("messages", "an array of objects", messages)
    if not messages:
        message = (
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got "
            "an empty array instead."
        )
        raise Problem("bad_request", message, param="messages", code="empty_array")
    turns: list[Turn] = []
    open_calls: dict[str, str] = {}
    for index, message in enumerate(messages):
        place = f"messages[{index}]"
        if not is_object(message):
            raise invalid_type(place, "an object", message)
        turn = _read_message(message, place, open_calls, strict=strict)
        if turn.role != "tool":
            _check_answered(open_calls, f"messages.[{index}].role")
            open_calls = {call.id: call.name for call in turn.calls}
        turns.append(turn)
    _check_answered(open_calls, f"messages.[{len(messages)}].role")
    return turns


def _check_answered(open_calls: dict[str, str], place: str) -> None:
    if open_calls:
        message = (
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            "to each 'tool_call_id'. The following tool_call_ids did not have response messages: "
            + ", ".join(open_calls)
        )
        raise Problem("bad_request", message, param=place)


def _read_message(
    message: dict[str, Any], place: str, open_calls: dict[str, str], *, strict: bool
) -> Turn:
    role = message.get("role")
    if role is None:
        raise missing_parameter(f"{place}.role")
    if role not in _ROLES:
        names = ", ".join(f"'{r}'" for r in _ROLES[:-1])
        text = f"Invalid value: '{role}'. Supported values are: {names}, and 'developer'."
        raise Problem("bad_request", text, param=f"{place}.role", code="invalid_value")
    if role == "assistant":
        return _read_assistant(message, place, strict=strict)
    content = _read_content(message.get("content"), f"{place}.content", role, strict=strict)
    if role == "tool":
        return Turn("tool", results=(_read_result(message, place, content, open_calls),))
    return Turn("system" if role in ("system", "developer") else "user", content)


def _read_result(
    message: dict[str, Any], place: str, content: str, open_calls: dict[str, str]
) -> ToolResult:
    call_id = message.get("tool_call_id")
    if call_id is None:
        raise missing_parameter(f"{place}.tool_call_id")
    if not open_calls:
        text = (
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding "
            "message with 'tool_calls'."
        )
        raise Problem("bad_request", text, param=place.replace("[", ".[") + ".role")
    if call_id not in open_calls:
        text = (
            f"Invalid parameter: 'tool_call_id' of '{call_id}' not found in 'tool_calls' of "
            "previous message."
        )
        raise Problem("bad_request", text, param=f"{place}.tool_call_id")
    return ToolResult(call_id, content, open_calls.pop(call_id))


def _read_assistant(message: dict[str, Any], place: str, *, strict: bool) -> Turn:
    calls = message.get("tool_calls")
    content = message.get("content")
    if calls is not None and not is_array(calls):
        raise invalid_type(f"{place}.tool_calls", "an array of objects", calls)
    # Others take what their own clients send: pydantic-ai sends Mistral an empty list in each turn.
    if calls == [] and strict:
        text = (
            f"Invalid '{place}.tool_calls': empty array. Expected an array with minimum length 1, "
            "but got an empty array instead."
        )
        raise Problem("bad_request", text, param=f"{place}.tool_calls", code="empty_array")
    text = ""
    if content is not None:
        text = _read_content(content, f"{place}.content", "assistant", strict=strict)
    elif not calls and not message.get("refusal") and not message.get("audio"):
        raise invalid_type(f"{place}.content", "a string", None)
    found = [
        _read_call(c, f"{place}.tool_calls[{i}]", strict=strict) for i, c in enumerate(calls or ())
    ]
    return Turn("assistant", text, tuple(found))


def _read_call(call: Any, place: str, *, strict: bool) -> ToolCall:
    if not is_object(call):
        raise invalid_type(place, "an object", call)
    call_id = call.get("id")
    if not isinstance(call_id, str) or not call_id:
        raise missing_parameter(f"{place}.id")
    # Mistral's schema, and most other servers', have "function" for a default.
    kind = call.get("type", None if strict else "function")
    if kind not in ("function", "custom"):
        text = f"Invalid value: '{kind}'. Supported values are: 'function' and 'custom'."
        raise Problem("bad_request", text, param=f"{place}.type", code="invalid_value")
    inner = call.get(kind)
    if not is_object(inner) or not inner.get("name"):
        raise missing_parameter(f"{place}.{kind}.name")
    key = "arguments" if kind == "function" else "input"
    if not isinstance(inner.get(key), str):
        raise invalid_type(f"{place}.{kind}.{key}", "a string", inner.get(key))
    return ToolCall(call_id, inner["name"], inner[key])


def _read_content(content: Any, place: str, role: str, *, strict: bool) -> str:
    if isinstance(content, str):
        return content
    if content is None or not is_array(content):
        raise invalid_type(place, "one of a string or array of objects", content)
    allowed = _PARTS if role == "user" else ("text", "refusal")
    texts: list[str] = []
    for index, part in enumerate(content):
        if not is_object(part):
            raise invalid_type(f"{place}[{index}]", "an object", part)
        kind = part.get("type")
        if kind in _FOREIGN_PARTS and not strict:
            continue
        if kind not in allowed:
            names = ", ".join(f"'{p}'" for p in allowed)
            text = f"Invalid value: '{kind}'. Supported values are: {names}."
            raise Problem("bad_request", text, param=f"{place}[{index}].type", code="invalid_value")
        # Mistral's and others' addresses and sounds stand there without an object around them.
        flat = kind in ("image_url", "input_audio") and isinstance(part.get(kind), str)
        if strict or not flat:
            _check_part(part, str(kind), f"{place}[{index}]", strict=strict)
        texts.append(part.get("text") or "")
    return "".join(texts)


def _check_part(part: dict[str, Any], kind: str, place: str, *, strict: bool) -> None:
    inner = part.get(kind)
    if kind in ("text", "refusal"):
        if not isinstance(inner, str):
            raise invalid_type(f"{place}.{kind}", "a string", inner)
        return
    if kind == "input_audio" and isinstance(inner, str):
        return  # base64 or a URL as it is: Mistral's form (its API reference, AudioChunk)
    if not is_object(inner):
        raise missing_parameter(f"{place}.{kind}")
    if kind == "image_url":
        check_image_url(inner.get("url"), f"{place}.image_url.url", official=strict)
    elif kind == "file" and not (inner.get("file_id") or inner.get("file_data")):
        raise missing_parameter(f"{place}.file.file_id")
    elif kind == "input_audio" and not (inner.get("data") and inner.get("format")):
        raise missing_parameter(f"{place}.input_audio.data")
