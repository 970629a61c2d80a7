"""Steps and contents of the Interactions API, read for calls of any provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, cast

import msgspec

from chimeric import (
    AudioPart,
    ConfigurationError,
    FilePart,
    ImagePart,
    Message,
    NativePart,
    Part,
    ProviderState,
    TextPart,
    ToolCall,
)
from chimeric_google.blocks.values import objects, text

from .names import API

__all__ = ["read_dict"]

MEDIA: Final = ("image", "audio", "video", "document")


def read_dict(kind: str, value: Mapping[str, Any], before: tuple[Message, ...]) -> Any:
    """A step or a content in unified form; None for a dict of another form.

    Example:
        >>> step = {"type": "user_input", "content": [{"type": "text", "text": "a"}]}
        >>> read_dict("message", step, ())
        (Message(role='user', content='a'),)
    """
    told = value.get("type")
    if not isinstance(told, str) or "role" in value:
        return None
    if kind == "part":
        return _part(dict(value)) if told in MEDIA and value.keys() & {"mime_type", "uri"} else None
    if kind != "message":
        return None
    step = dict(value)
    if told in ("user_input", "model_output"):
        return _said(step)
    if told == "thought":
        return _thought(step)
    if told == "function_call":
        return _call(step)
    if told == "function_result":
        return _result(step)
    if told.endswith(("_call", "_result")) and step.keys() & {"call_id", "id", "arguments"}:
        # What a tool of Google's did goes back to Google alone.
        return (Message("assistant", state=ProviderState(API, [step])),)
    return None


def _said(step: dict[str, Any]) -> tuple[Message, ...] | None:
    content = step.get("content")
    if not isinstance(content, (list, tuple)):
        return None
    parts = tuple(_content(item) for item in cast("Sequence[Any]", content))
    only = parts[0] if len(parts) == 1 else None
    said: Any = only.text if isinstance(only, TextPart) and not only.extra else parts
    role: Literal["user", "assistant"] = "user" if step["type"] == "user_input" else "assistant"
    rest = {k: v for k, v in step.items() if k not in ("type", "content")}
    return (Message(role, said, extra=rest or None),)


def _content(item: Any) -> Part:
    if isinstance(item, str):
        return TextPart(item)
    if not isinstance(item, Mapping):
        raise ConfigurationError(f"content holds {item!r:.80}; a content is a dict or a text")
    left = dict(cast("Mapping[str, Any]", item))
    if left.get("type") == "text" and isinstance(left.get("text"), str):
        words = left.pop("text")
        del left["type"]
        return TextPart(words, extra=left or None)
    if left.get("type") == "text":
        raise ConfigurationError(f"content holds a text that says {left.get('text')!r:.80}")
    return _part(left) if left.get("type") in MEDIA else NativePart(left)


def _part(left: dict[str, Any]) -> Part:
    whole = dict(left)
    kind, data, uri = left.pop("type"), left.pop("data", None), left.pop("uri", None)
    where: dict[str, Any] = {"media_type": left.pop("mime_type", None)}
    if (data is None) == (uri is None) or not isinstance(data or uri, str):
        return NativePart(whole)
    where |= {"url": uri} if data is None else {"data": data}
    if kind == "image":
        detail = left.pop("resolution", None)
        return ImagePart(**where, detail=detail, extra=left or None)
    if kind == "audio":
        return AudioPart(**where, extra=left or None)
    if kind == "video" and not where["media_type"]:
        return NativePart(whole)  # its type alone says what it is
    return FilePart(**where, filename=left.pop("name", None), extra=left or None)


def _thought(step: dict[str, Any]) -> tuple[Message, ...]:
    texts = [text(item.get("text")) or "" for item in objects(step.get("summary"))]
    state = ProviderState(API, [step])
    return (Message("assistant", reasoning="".join(texts) or None, state=state),)


def _call(step: dict[str, Any]) -> tuple[Message, ...] | None:
    arguments = step.get("arguments")
    if "call_id" in step or not isinstance(arguments, Mapping) or not step.get("name"):
        return None  # of the Responses API
    known = ("type", "id", "name", "arguments")
    rest = {k: v for k, v in step.items() if k not in known and v != ""}
    encoded = msgspec.json.encode(arguments).decode()
    call = ToolCall(str(step.get("id") or ""), str(step["name"]), encoded, extra=rest or None)
    return (Message("assistant", tool_calls=(call,)),)


def _result(step: dict[str, Any]) -> tuple[Message, ...] | None:
    result = step.get("result")
    if step.get("call_id") is None or result is None:
        return None
    said: Any = result
    if isinstance(result, (list, tuple)):
        said = tuple(_content(item) for item in cast("Sequence[Any]", result))
    elif not isinstance(result, str):
        said = msgspec.json.encode(result).decode()
    known = ("type", "call_id", "name", "result", "is_error")
    return (
        Message(
            "tool",
            said,
            tool_call_id=str(step["call_id"]),
            name=step.get("name"),
            is_error=step.get("is_error") is True,
            extra={k: v for k, v in step.items() if k not in known} or None,
        ),
    )
