"""Results of tools as front ends show them, and back."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import AudioPart, FilePart, ImagePart, Part, TextPart, ToolExecutionResult

from .media import media_part
from .requests import is_list, is_object

__all__ = ["json_text", "output_of", "parts_value", "said_by"]


def output_of(result: ToolExecutionResult) -> Any:
    """What a tool returned, as JSON: what the model is told of it, and nothing else.

    Middleware may have changed that (``chimeric-redact``), and not the function's own value. Text
    that a function returned as text stays text.
    """
    if result.parts:
        return parts_value(result.parts)
    text = result.output
    if isinstance(result.value, str) or text[:1] not in ("{", "["):
        return _plain(text, result.value)
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _plain(text: str, value: Any) -> Any:
    if isinstance(value, (bool, int, float)) or (value is None and text == "null"):
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            return text
    return text


def parts_value(parts: tuple[Part, ...]) -> dict[str, Any]:
    """Text and media as the AI SDK writes them where a tool gives content (``media``: base64)."""
    return {"type": "content", "value": [_item(part) for part in parts]}


def _item(part: Part) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    if isinstance(part, (ImagePart, AudioPart, FilePart)):
        kind = part.media_type or "application/octet-stream"
        if part.data is not None:
            return {"type": "media", "data": part.data, "mediaType": kind}
        if part.url is not None:
            return {"type": "file-url", "url": part.url, "mediaType": kind}
        return {"type": "text", "text": part.label}
    return {"type": "text", "text": json_text(part.value)}


def said_by(output: Any) -> str | tuple[Part, ...]:
    """What the model is told of a result that a front end has sent: the way back."""
    if isinstance(output, str):
        return output
    if is_object(output):
        told = output
        items = told.get("value")
        if told.get("type") == "content" and is_list(items):
            parts = [_part(item) for item in items]
            if all(part is not None for part in parts):
                return tuple(part for part in parts if part is not None)
    return json_text(output)


def _part(item: Any) -> Part | None:
    if not is_object(item):
        return None
    told = item
    kind, media_type = told.get("type"), told.get("mediaType")
    if kind == "text" and isinstance(told.get("text"), str):
        return TextPart(told["text"])
    media_type = media_type if isinstance(media_type, str) else None
    data, url = told.get("data"), told.get("url")
    if kind == "media" and isinstance(data, str):
        return media_part(media_type, data=data)
    if kind == "file-url" and isinstance(url, str):
        return media_part(media_type, url=url)
    return None


def json_text(value: Any) -> str:
    """A value as JSON text."""
    return msgspec.json.encode(value, enc_hook=str).decode()
