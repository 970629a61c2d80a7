"""What a tool of a server returned, as texts and parts for the model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec

from chimeric import AudioPart, FilePart, ImagePart, Part, TextPart, ToolExecutionResult

__all__ = ["Said", "failed", "resource", "result_of", "said"]

Said: TypeAlias = "str | ImagePart | AudioPart | FilePart"


def result_of(result: Any, most: int) -> ToolExecutionResult:
    """The result of a call: its text, or texts and parts in order.

    Blocks that are for the user alone are left out. Where there is no content, the structured
    content is told as JSON; it is the ``value`` in any case.

    Args:
        result: the SDK's ``CallToolResult``.
        most: bytes of it that are taken at most, as they are sent.
    """
    size = sum(map(_size, result.content))
    if size > most:
        return failed(
            f"the result is too large: {size} bytes, and at most {most} are taken; ask for less"
        )
    found = [part for block in result.content if _for_the_model(block) for part in said(block)]
    if not result.content and result.structured_content is not None:
        found = [msgspec.json.encode(result.structured_content).decode()]
    output = "\n".join(part if isinstance(part, str) else part.label for part in found)
    if result.is_error and not output:
        output = "the tool failed, and does not say why"
    is_text = all(isinstance(part, str) for part in found)
    parts = () if is_text else tuple(TextPart(p) if isinstance(p, str) else p for p in found)
    is_error = bool(result.is_error)
    return _result(output, is_error=is_error, value=result.structured_content, parts=parts)


def failed(text: str) -> ToolExecutionResult:
    """The result of a call that came to none."""
    return _result(text, is_error=True)


def _result(
    output: str, *, is_error: bool, value: Any = None, parts: tuple[Part, ...] = ()
) -> ToolExecutionResult:
    # Whose call it is, is put in where the tool loop takes it.
    return ToolExecutionResult("", "", "", output, is_error=is_error, value=value, parts=parts)


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


def _size(block: Any) -> int:
    inner = getattr(block, "resource", block)
    told = (getattr(inner, name, None) for name in ("text", "data", "blob"))
    return sum(len(value) for value in told if value is not None)
