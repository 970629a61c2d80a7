"""What a tool of a server returned, as texts and parts for the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

from chimeric import AudioPart, FilePart, ImagePart

from .session.faults import MCPToolError

__all__ = ["Said", "result_of", "said"]

Said: TypeAlias = "str | ImagePart | AudioPart | FilePart"


def result_of(result: Any, most: int) -> str | list[Said]:
    """The result of a call: its text, or texts and parts in order.

    Blocks that are for the user alone are left out. Where there is no content, the structured
    content is told as JSON.

    Args:
        result: the SDK's ``CallToolResult``.
        most: bytes of it that are taken at most, as they are sent.

    Raises:
        MCPToolError: when the server tells of a failure, or the result is too large.
    """
    size = sum(map(_size, result.content))
    if size > most:
        raise MCPToolError(
            f"the result is too large: {size} bytes, and at most {most} are taken; ask for less"
        )
    parts = [
        part for block in result.content if _for_the_model(block) for part in said(block)
    ]
    if result.is_error:
        raise MCPToolError(_text(parts) or "the tool failed, and does not say why")
    if not result.content and result.structured_content is not None:
        return msgspec.json.encode(result.structured_content).decode()
    return _text(parts) if all(isinstance(part, str) for part in parts) else parts


def said(block: Any) -> Iterator[Said]:
    """One content block of the protocol as a text or a part."""
    match block.type:
        case "text":
            yield block.text
        case "image":
            yield ImagePart(data=block.data, media_type=block.mime_type)
        case "audio":
            yield AudioPart(data=block.data, media_type=block.mime_type)
        case "resource_link":
            about = f": {block.description}" if block.description else ""
            yield f"[{block.title or block.name}]({block.uri}){about}"
        case "resource":
            yield resource(block.resource)
        case _:
            yield msgspec.json.encode(block.model_dump(mode="json", by_alias=True)).decode()


def resource(contents: Any) -> Said:
    """The contents of a resource: text as it is, pictures and sounds as such, others as a file."""
    text: str | None = getattr(contents, "text", None)
    if text is not None:
        return text
    kind = contents.mime_type or "application/octet-stream"
    if kind.startswith("image/"):
        return ImagePart(data=contents.blob, media_type=kind)
    if kind.startswith("audio/"):
        return AudioPart(data=contents.blob, media_type=kind)
    name = str(contents.uri).rstrip("/").rpartition("/")[2] or None
    return FilePart(data=contents.blob, media_type=kind, filename=name)


def _for_the_model(block: Any) -> bool:
    audience = block.annotations and block.annotations.audience
    return not audience or "assistant" in audience


def _text(parts: Sequence[Said]) -> str:
    return "\n".join(part if isinstance(part, str) else part.label for part in parts)


def _size(block: Any) -> int:
    inner = getattr(block, "resource", block)
    told = (getattr(inner, name, None) for name in ("text", "data", "blob"))
    return sum(len(value) for value in told if value is not None)
