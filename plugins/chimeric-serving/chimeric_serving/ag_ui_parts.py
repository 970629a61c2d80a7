"""Pieces of AG-UI's messages: content, interrupts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimeric import AudioPart, FilePart, ImagePart, Part, TextPart, ToolCall, ToolExecutionResult

from .media import MediaPart, media_part, media_type_of, part_of_url
from .requests import InvalidRequestError, is_object

__all__ = ["content_of", "interrupt_of", "part_of", "shown_part"]

APPROVAL = {
    "type": "object",
    "properties": {"approved": {"type": "boolean"}, "reason": {"type": "string"}},
    "required": ["approved"],
}


def interrupt_of(call: ToolCall, reason: str | None) -> dict[str, Any]:
    """The interrupt of a call that waits for somebody's decision; its id is the call's."""
    told = {"id": call.id, "reason": "tool_call", "toolCallId": call.id, "responseSchema": APPROVAL}
    return {**told, "message": reason} if reason else told


def content_of(result: ToolExecutionResult) -> str | list[dict[str, Any]]:
    """What the model is told of a result, as the content of a message."""
    if not result.parts:
        return result.output
    return [shown_part(part) for part in result.parts]


def shown_part(part: Part) -> dict[str, Any]:
    """A part of content."""
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    if not isinstance(part, (ImagePart, AudioPart, FilePart)):
        return {"type": "text", "text": str(part.value)}
    kind = media_type_of(part)
    if part.data is not None:
        source = {"type": "data", "value": part.data, "mimeType": kind}
    elif part.url is not None:
        source = {"type": "url", "value": part.url, "mimeType": kind}
    else:
        source = {"type": "file", "value": part.file_id or "", "mimeType": kind}
    return {"type": _name(part, kind), "source": source}


def _name(part: MediaPart, kind: str) -> str:
    if isinstance(part, ImagePart):
        return "image"
    if isinstance(part, AudioPart):
        return "audio"
    return "video" if kind.startswith("video/") else "document"


def part_of(raw: Any, where: str) -> Part | None:
    """A part of a front end's content; None for one of a type that is not known.

    Raises:
        InvalidRequestError: for a part that is broken.
    """
    if not is_object(raw):
        raise InvalidRequestError(f"{where} must be an object")
    part = raw
    kind = part.get("type")
    if kind == "text":
        if not isinstance(part.get("text"), str):
            raise InvalidRequestError(f"{where}.text must be a string")
        return TextPart(part["text"])
    if kind in ("image", "audio", "video", "document"):
        return _sourced(part.get("source"), kind, where)
    if kind == "binary":  # before 1.0
        return _binary(part, where)
    return None


def _sourced(source: Any, kind: str, where: str) -> Part:
    if not is_object(source):
        raise InvalidRequestError(f"{where}.source must be an object")
    told = source
    value, media_type = told.get("value"), told.get("mimeType")
    if not isinstance(value, str):
        raise InvalidRequestError(f"{where}.source.value must be a string")
    default = {"image": "image/*", "audio": "audio/*", "video": "video/*"}.get(kind)
    media_type = media_type if isinstance(media_type, str) else None
    if told.get("type") == "url":
        found = part_of_url(value, media_type or default, where)
    elif told.get("type") == "data":
        found = part_of_url(f"data:{media_type or default or ''};base64,{value}", None, where)
    elif told.get("type") == "file":
        found = media_part(media_type or default, file_id=value)
    else:
        raise InvalidRequestError(f"{where}.source has a type that is none of data, url, file")
    return _typed(found)


def _typed(part: MediaPart) -> MediaPart:
    """Without a media type that only told the kind."""
    import msgspec

    known = part.media_type is None or not part.media_type.endswith("/*")
    return part if known else msgspec.structs.replace(part, media_type=None)


def _binary(part: Mapping[str, Any], where: str) -> Part:
    told = {name: part.get(name) for name in ("mimeType", "data", "url", "id", "filename")}
    texts = {name: value if isinstance(value, str) else None for name, value in told.items()}
    kind, name = texts["mimeType"], texts["filename"]
    if texts["data"] is not None:
        return part_of_url(f"data:{kind or ''};base64,{texts['data']}", kind, where, name)
    if texts["url"] is not None:
        return part_of_url(texts["url"], kind, where, name)
    if texts["id"] is not None:
        return media_part(kind, file_id=texts["id"], filename=name)
    raise InvalidRequestError(f"{where} has neither data nor url")
