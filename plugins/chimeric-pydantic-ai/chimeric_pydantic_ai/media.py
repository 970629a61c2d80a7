"""Pictures, sounds and files of a user or a tool, as parts of a message."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from pydantic_ai.exceptions import UserError
from pydantic_ai.messages import (
    AudioUrl,
    BinaryContent,
    CachePoint,
    DocumentUrl,
    ImageUrl,
    TextContent,
    UploadedFile,
    VideoUrl,
)

from chimeric import AudioPart, FilePart, ImagePart, Part, TextPart

__all__ = ["binary_of", "parts_of"]


def parts_of(content: str | Iterable[Any]) -> str | tuple[Part, ...]:
    """What a user said, as the content of a message.

    Raises:
        UserError: for content that no message can hold.
    """
    if isinstance(content, str):
        return content
    return tuple(_part(item) for item in content if not isinstance(item, CachePoint))


def _part(item: Any) -> Part:
    match item:
        case str():
            return TextPart(item)
        case TextContent():
            return TextPart(item.content)
        case ImageUrl():
            return ImagePart(url=item.url, media_type=_type(item), detail=_detail(item))
        case AudioUrl():
            return AudioPart(url=item.url, media_type=_type(item))
        case DocumentUrl() | VideoUrl():
            return FilePart(url=item.url, media_type=_type(item))
        case UploadedFile():
            if item.media_type.startswith("image/"):
                return ImagePart(file_id=item.file_id, media_type=item.media_type)
            return FilePart(file_id=item.file_id, media_type=item.media_type)
        case BinaryContent():
            return _inlined(item)
        case _:
            raise UserError(f"{type(item).__name__} cannot be sent through ChimericModel")


def _inlined(item: BinaryContent) -> Part:
    data, kind = base64.b64encode(item.data).decode("ascii"), item.media_type
    if item.is_image:
        return ImagePart(data=data, media_type=kind, detail=_detail(item))
    if item.is_audio:
        return AudioPart(data=data, media_type=kind)
    return FilePart(data=data, media_type=kind, filename=item.identifier)


def _detail(item: ImageUrl | BinaryContent) -> str | None:
    detail = (item.vendor_metadata or {}).get("detail")
    return detail if isinstance(detail, str) else None


def _type(item: Any) -> str | None:
    try:
        kind: str = item.media_type
    except ValueError:  # of an address without a suffix
        return None
    return kind


def binary_of(part: ImagePart | AudioPart | FilePart) -> BinaryContent | None:
    """A file that the model made; None where it is elsewhere, by URL or id."""
    if part.data is None:
        return None
    kind = part.media_type or "application/octet-stream"
    return BinaryContent(base64.b64decode(part.data), media_type=kind)
