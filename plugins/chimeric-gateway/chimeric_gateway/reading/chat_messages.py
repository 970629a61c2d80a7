"""Messages of Chat Completions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chimeric_gateway.call_ids import CHAT_IDS
from chimeric_gateway.refusal import Refusal
from chimeric_gateway.shapes import is_array, is_object

from .carried import state_of_calls
from .fields import openai_words

__all__ = ["read_messages"]

ROLES: Final = ("system", "developer", "user", "assistant", "tool", "function")

KEPT: Final = ("name", "cache_control", "prefix", "reasoning_details", "reasoning_opaque")
"""What a message may say besides, and the core hands on where the upstream has it."""


def read_messages(messages: Any) -> list[dict[str, Any]]:
    """The messages as the core reads them.

    Empty ones of the system and the user are left out, and so are fields of messages that unified
    form does not know. Ids of calls are the upstream's again.

    Raises:
        Refusal: 400 for what is no list of messages.
    """
    if messages is None:
        raise _missing("messages")
    if not is_array(messages):
        raise openai_words("messages", "an array of objects", messages)
    found: list[dict[str, Any]] = []
    open_function = ""
    for place, raw in enumerate(messages):
        path = f"messages[{place}]"
        if not is_object(raw):
            raise openai_words(path, "object", raw)
        message = raw
        role = message.get("role")
        if role is None:
            raise _missing(f"{path}.role")
        if role not in ROLES:
            raise _unknown_role(role, path)
        told = _message(message, str(role), path, open_function)
        if told is not None:
            found.append(told)
            legacy = message.get("function_call")
            open_function = f"call_function_{place}" if legacy else open_function
            if legacy:
                told["tool_calls"] = [_legacy(legacy, open_function, path)]
    if not found:
        raise Refusal(
            400,
            "Invalid 'messages': expected at least one message that says something.",
            param="messages",
            code="empty_array",
        )
    return found


def _message(
    message: Mapping[str, Any], role: str, path: str, open_function: str
) -> dict[str, Any] | None:
    content = _content(message.get("content"), f"{path}.content")
    told: dict[str, Any] = {"role": role, "content": content}
    told |= {name: message[name] for name in KEPT if message.get(name) is not None}
    if role == "assistant":
        return _answer(told, message, path)
    if role in ("tool", "function"):
        identity = message.get("tool_call_id") or (open_function if role == "function" else None)
        if identity is not None and not isinstance(identity, str):
            raise openai_words(f"{path}.tool_call_id", "string", identity)
        told["role"] = "tool"
        told["tool_call_id"] = CHAT_IDS.read(identity) if identity else None
        told["content"] = content if content is not None else ""
        return told
    return told if content else None


def _answer(told: dict[str, Any], message: Mapping[str, Any], path: str) -> dict[str, Any]:
    content = told["content"]
    if is_array(content):
        refusals = [str(p.get("refusal")) for p in content if p.get("type") == "refusal"]
        told["content"] = [part for part in content if part.get("type") != "refusal"]
        if refusals:
            told["refusal"] = "".join(refusals)
    if isinstance(message.get("refusal"), str):
        told["refusal"] = message["refusal"]
    for name in ("reasoning_content", "reasoning"):
        if isinstance(message.get(name), str) and message[name]:
            told["reasoning_content"] = message[name]
            break
    if is_object(message.get("audio")):
        told["audio"] = message["audio"]
    calls = message.get("tool_calls")
    if calls is not None and not is_array(calls):
        raise openai_words(f"{path}.tool_calls", "array", calls)
    if calls:
        places = enumerate(calls)
        told["tool_calls"] = [_call(c, f"{path}.tool_calls[{n}]") for n, c in places]
        state = state_of_calls(calls)
        if state is not None:
            told["state"] = state
    if told["content"] is None:
        told["content"] = ""
    return told


def _call(raw: Any, path: str) -> dict[str, Any]:
    if not is_object(raw):
        raise openai_words(path, "object", raw)
    call = raw
    kind = "custom" if call.get("custom") is not None else "function"
    inner = call.get(kind)
    if not is_object(inner):
        if inner is None:
            raise _missing(f"{path}.{kind}")
        raise openai_words(f"{path}.{kind}", "object", inner)
    name = inner.get("name")
    if not isinstance(name, str) or not name:
        raise _missing(f"{path}.{kind}.name")
    identity = call.get("id")
    if identity is not None and not isinstance(identity, str):
        raise openai_words(f"{path}.id", "string", identity)
    told = {"id": CHAT_IDS.read(identity or ""), "type": kind, kind: dict(inner)}
    extra = call.get("extra_content")
    if is_object(extra) and state_of_calls([call]) is None:
        told["extra_content"] = extra  # another's than ours: Gemini's own server reads it
    return told


def _legacy(raw: Any, identity: str, path: str) -> dict[str, Any]:
    call = {"id": identity, "type": "function", "function": raw}
    return _call(call, f"{path}.function_call")


def _content(content: Any, path: str) -> Any:
    """Text, a list of parts, or None; without empty texts."""
    if content is None or isinstance(content, str):
        return content
    if is_object(content):
        content = [content]
    if not is_array(content):
        raise openai_words(path, "message", content)
    parts = (_part(part, f"{path}[{n}]") for n, part in enumerate(content))
    return [part for part in parts if part is not None]


def _part(raw: Any, path: str) -> dict[str, Any] | None:
    if isinstance(raw, str):
        return {"type": "text", "text": raw} if raw else None
    if not is_object(raw):
        raise openai_words(path, "object", raw)
    part = dict(raw)
    kind = part.get("type")
    if kind is None and "text" not in part:
        raise _missing(f"{path}.type")
    if not (kind is None or isinstance(kind, str)):
        raise openai_words(f"{path}.type", "string", kind)
    if kind in (None, "text", "input_text", "output_text"):
        text = part.get("text")
        if text is None:
            raise _missing(f"{path}.text")
        if not isinstance(text, str):
            raise openai_words(f"{path}.text", "string", text)
        mark = part.get("cache_control")
        own = {"cache_control": mark} if mark is not None else {}
        return {"type": "text", "text": text, **own} if text else None
    if kind == "image_url":
        _check_image(part.get("image_url"), f"{path}.image_url")
    elif kind in ("input_audio", "file") and not is_object(part.get(kind)):
        missing = part.get(kind) is None
        raise (
            _missing(f"{path}.{kind}")
            if missing
            else openai_words(f"{path}.{kind}", "object", part[kind])
        )
    return part


def _check_image(image: Any, path: str) -> None:
    url = image.get("url") if is_object(image) else image
    if url is None:
        raise _missing(f"{path}.url" if is_object(image) else path)
    if not isinstance(url, str):
        raise openai_words(f"{path}.url" if is_object(image) else path, "string", url)


def _unknown_role(role: object, path: str) -> Refusal:
    known = ", ".join(f"'{name}'" for name in ROLES[:-1])
    return Refusal(
        400,
        f"Invalid value: {role!r}. Supported values are: {known}, and '{ROLES[-1]}'.",
        param=f"{path}.role",
        code="invalid_value",
    )


def _missing(path: str) -> Refusal:
    return Refusal(
        400,
        f"Missing required parameter: '{path}'.",
        param=path,
        code="missing_required_parameter",
    )
