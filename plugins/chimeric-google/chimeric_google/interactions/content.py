"""Parts of messages as content of an interaction."""

from __future__ import annotations

import base64
from typing import Any, Final

import msgspec

from chimeric import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    NativePart,
    Part,
    TextPart,
    own_keys,
)
from chimeric_google.contents import MediaPart, placed

__all__ = ["KINDS", "content_of", "media_of", "own_types"]

KINDS: Final = ("text", "image", "audio", "video", "document")
"""Types of content."""

MEMBERS: Final = (*("annotations", "resolution", "processing", "channels", "sample_rate", "name"),)
"""What content may have besides its text, or its data and its type."""

DETAILS: Final = ("low", "medium", "high", "ultra_high")
"""Words of ``ImagePart.detail`` that are a ``resolution`` here."""


def own_types(message: Message) -> tuple[str, ...]:
    """The types of parts that stay as they are; a ``document`` if it is this API's."""
    parts = () if isinstance(message.content, str) else message.content
    natives = [part.value for part in parts if isinstance(part, NativePart)]
    ours = any(n.get("type") == "document" and n.keys() & {"uri", "mime_type"} for n in natives)
    return ("video", "document.text") if ours else ("video",)


def content_of(part: Part, dropped: list[str]) -> dict[str, Any]:
    """A part as content.

    Raises:
        ModelNotSupportedError: for bytes whose type nobody tells.
        ConfigurationError: for media that is not what it is called.
    """
    match part:
        case TextPart(text=text):
            return {"type": "text", "text": text, **own_keys(part.extra, MEMBERS)}
        case NativePart(value=value):
            return value  # ``readable`` has refused what has no type
        case ImagePart() | FilePart() | AudioPart():
            return media_of(part, dropped)


def media_of(part: ImagePart | FilePart | AudioPart, dropped: list[str]) -> dict[str, Any]:
    """A picture, a sound, a film or a document, by what its media type says it is."""
    part, uri = placed(_own(part))
    if isinstance(part, FilePart) and (text := _read(part)) is not None:
        if part.filename:
            dropped.append(f"Gemini takes no filename: {part.filename!r} is not sent")
        return {"type": "text", "text": text, **own_keys(part.extra, MEMBERS)}
    told: dict[str, Any] = {"type": _kind(part)}
    told |= {"data": part.data} if uri is None else {"uri": uri}
    if part.media_type:
        told["mime_type"] = part.media_type
    if isinstance(part, ImagePart) and part.detail in DETAILS:
        told["resolution"] = part.detail
    if isinstance(part, FilePart) and part.filename:
        if told["type"] == "video":
            told["name"] = part.filename
        else:
            dropped.append(f"Gemini takes no filename: {part.filename!r} is not sent")
    return told | own_keys(part.extra, MEMBERS)


def _own(part: MediaPart) -> MediaPart:
    """A document that was a dict of this API's, which is a form that others write, too."""
    if not isinstance(part, FilePart):
        return part
    extra = dict(part.extra or {})
    kind = part.media_type or extra.pop("mime_type", None)
    url = part.url
    if part.data is None and url is None and part.file_id is None:
        url = extra.pop("uri", None)
    if (kind, url) == (part.media_type, part.url):
        return part
    return msgspec.structs.replace(part, media_type=kind, url=url, extra=extra or None)


def _read(part: FilePart) -> str | None:
    """The text of a file that is one: ``text/csv`` is the only such type that a document has."""
    kind = (part.media_type or "").partition(";")[0]
    if part.data is None or not kind.startswith("text/") or kind == "text/csv":
        return None
    try:
        return base64.b64decode(part.data).decode()
    except ValueError:
        return None


def _kind(part: ImagePart | FilePart | AudioPart) -> str:
    if isinstance(part, ImagePart):
        return "image"
    if isinstance(part, AudioPart):
        return "audio"
    kind = (part.media_type or "").partition("/")[0]
    return kind if kind in ("image", "audio", "video") else "document"
