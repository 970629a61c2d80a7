"""Parts and tools in Converse's own form, read for calls of any provider."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from chimeric import (
    FilePart,
    ImagePart,
    Message,
    NativePart,
    Part,
    ProviderState,
    TextPart,
    Tool,
    ToolCall,
)

from .content import API
from .values import as_object

MEDIA_TYPES: Final = {
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "txt": "text/plain",
    "md": "text/markdown",
}
"""What Converse calls a format."""


def read_dict(kind: str, value: Mapping[str, Any], before: tuple[Message, ...]) -> Any:
    """A dict of Converse's form in unified form; None for one of another."""
    if len(value) != 1:
        return None  # each is a union with one member
    ((name, body),) = value.items()
    if kind == "part":
        if name == "text":
            return TextPart(body) if isinstance(body, str) else None
        reader = PARTS.get(name)
        found = (
            reader(dict(cast("Mapping[str, Any]", body))) if reader and _is_object(body) else None
        )
        return NativePart(dict(value)) if found is None and name in MEMBERS else found
    if kind == "tool":
        return (Tool(name=name, native=value),) if name in ("cachePoint", "systemTool") else None
    return None


def _image(body: dict[str, Any]) -> Part | None:
    data = _bytes(body.pop("source", None))
    media_type = MEDIA_TYPES.get(str(body.pop("format", "")).lower())
    if data is None:
        return None
    return ImagePart(data=data, media_type=media_type, extra=body or None)


def _document(body: dict[str, Any]) -> Part | None:
    source = body.pop("source", None)
    data = _bytes(source)
    if data is None and _is_object(source) and isinstance(source.get("text"), str):
        data = base64.b64encode(source["text"].encode()).decode()
    media_type = MEDIA_TYPES.get(str(body.pop("format", "")).lower())
    if data is None:
        return None
    name = body.pop("name", None)
    return FilePart(data=data, media_type=media_type, filename=name, extra=body or None)


def _call(body: dict[str, Any]) -> ToolCall | None:
    call_id, name = body.pop("toolUseId", None), body.pop("name", None)
    arguments = msgspec.json.encode(body.pop("input", None) or {}).decode()
    return ToolCall(str(call_id or ""), name, arguments, extra=body or None) if name else None


def _result(body: dict[str, Any]) -> Message | None:
    call_id, status = body.pop("toolUseId", None), body.pop("status", None)
    parts: list[Part] = []
    content = body.pop("content", None) or ()
    items: list[Any] = [*content] if isinstance(content, (list, tuple)) else [content]
    if not all(map(_is_object, items)):
        return None
    for item in items:
        if set(item) == {"json"}:
            parts.append(TextPart(msgspec.json.encode(item["json"]).decode()))
            continue
        found = read_dict("part", item, ())
        if found is None or isinstance(found, (ToolCall, Message)):
            return None
        parts.append(found)
    if call_id is None:
        return None
    only = parts[0] if len(parts) == 1 else None
    return Message(
        "tool",
        only.text if isinstance(only, TextPart) else tuple(parts),
        tool_call_id=str(call_id),
        is_error=status == "error",
        extra=body or None,
    )


def _thought(body: dict[str, Any]) -> Message | None:
    """A block of reasoning; with a signature, or hidden, it only means something to Converse."""
    told = as_object(body.get("reasoningText"))
    text: Any = told.get("text")
    opaque = "redactedContent" in body or bool(told.get("signature"))
    state = ProviderState(API, [{"reasoningContent": body}]) if opaque else None
    if state is None and not isinstance(text, str):
        return None
    return Message("assistant", reasoning=text, state=state)


MEMBERS: Final = (
    *("audio", "cachePoint", "citationsContent", "document", "guardContent", "image"),
    *("reasoningContent", "searchResult", "toolResult", "toolUse", "video"),
)
"""What a ``ContentBlock`` holds besides text."""

PARTS: Final = {
    "reasoningContent": _thought,
    "image": _image,
    "document": _document,
    "toolUse": _call,
    "toolResult": _result,
}


def _bytes(source: Any) -> str | None:
    """The bytes of a source, which boto3 takes as they are and HTTP as base64."""
    data: Any = source.get("bytes") if _is_object(source) else None
    if isinstance(data, (bytes, bytearray)):
        return base64.b64encode(data).decode()
    return data if isinstance(data, str) else None


def _is_object(value: object) -> bool:
    return isinstance(value, Mapping)
