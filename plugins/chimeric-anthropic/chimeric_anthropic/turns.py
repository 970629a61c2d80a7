"""Conversations as ``system`` and ``messages`` of the Messages API."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from chimeric import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    ModelNotSupportedError,
    NativePart,
    Part,
    TextPart,
    own_keys,
)

from .content import API, input_object

IMAGES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
TEXT_KEYS: Final = ("cache_control", "citations")
DOCUMENT_KEYS: Final = ("cache_control", "citations", "context")
CALL_KEYS: Final = ("cache_control", "caller")
_BAD_ID = re.compile(r"[^a-zA-Z0-9_-]")


def system_of(messages: Sequence[Message]) -> str | list[dict[str, Any]] | None:
    """The system prompt: text, or blocks where a part is in Anthropic's own form."""
    told = [m for m in messages if m.role in ("system", "developer")]
    parts = [p for m in told for p in m.parts]
    if all(isinstance(part, TextPart) and not part.extra for part in parts) and not any(
        m.extra for m in told
    ):
        texts = [m.text for m in messages if m.role in ("system", "developer")]
        return "\n\n".join(text for text in texts if text.strip()) or None
    return [block for m in told for block in _said(m)]


def turns_of(messages: Sequence[Message], dropped: list[str]) -> list[dict[str, Any]]:
    """All other messages; neighbours of one role become one turn, as the server would do.

    The results of a turn's tools must stand together, before any other content of the user.
    """
    toolsets: dict[str, str] = {}
    turns: list[dict[str, Any]] = []
    spoken = [m for m in messages if m.role not in ("system", "developer")]
    for is_answer, group in groupby(spoken, key=lambda m: m.role == "assistant"):
        members = list(group)
        if is_answer:
            content = [block for m in members for block in _answer(m, toolsets, dropped)]
        else:
            content = _results(members, toolsets, dropped)
            said = [m for m in members if m.role == "user"]
            plain = not content and len(said) == 1 and not said[0].extra
            if plain and isinstance(said[0].content, str):
                turns.append({"role": "user", "content": said[0].content})
                continue
            content += [block for m in said for block in _said(m)]
        if content:
            turns.append({"role": "assistant" if is_answer else "user", "content": content})
    return turns


def _answer(message: Message, toolsets: dict[str, str], dropped: list[str]) -> list[dict[str, Any]]:
    items = message.items_for(API)
    if items is not None:
        for item in items:
            if item.get("toolset_name"):
                toolsets[item.get("id", "")] = item["toolset_name"]
        return [item for item in items if item.get("type") != "text" or item["text"].strip()]
    if message.state is not None:
        dropped.append(f"the opaque state of {message.state.api} in an earlier assistant message")
    for part in message.parts:
        if not isinstance(part, (TextPart, NativePart)):
            raise ModelNotSupportedError(
                f"an assistant message for anthropic can hold text only, not {_kind(part)}"
            )
    blocks = _blocks(message.parts)
    if message.refusal and not blocks:
        blocks.append({"type": "text", "text": message.refusal})
    for call in message.tool_calls:
        arguments = input_object(call.arguments)
        use: dict[str, Any] = {"type": "tool_use", "id": _id(call.id), "name": call.name}
        blocks.append({**use, "input": arguments, **own_keys(call.extra, CALL_KEYS)})
    return _marked(blocks, message)


def _said(message: Message) -> list[dict[str, Any]]:
    return _marked(_blocks(message.parts), message)


def _marked(blocks: list[dict[str, Any]], message: Message) -> list[dict[str, Any]]:
    """Blocks with the cache point of their message, which stands on the last of them here."""
    mark = own_keys(message.extra, ("cache_control",))
    return [*blocks[:-1], {**blocks[-1], **mark}] if mark and blocks else blocks


def _results(
    messages: list[Message], toolsets: dict[str, str], dropped: list[str]
) -> list[dict[str, Any]]:
    return [_result(message, toolsets, dropped) for message in messages if message.role == "tool"]


def _result(message: Message, toolsets: dict[str, str], dropped: list[str]) -> dict[str, Any]:
    call_id = _id(message.tool_call_id or "")
    block: dict[str, Any] = {"type": "tool_result", "tool_use_id": call_id}
    if isinstance(message.content, str):
        block["content"] = message.content
    else:
        inner = [_inside_result(part, dropped) for part in message.content]
        block["content"] = [part for part in inner if part is not None]
    if message.is_error:
        block["is_error"] = True
    if call_id in toolsets:
        block["toolset_name"] = toolsets[call_id]
    return {**block, **own_keys(message.extra, ("cache_control",))}


def _inside_result(part: Part, dropped: list[str]) -> dict[str, Any] | None:
    """A part of a tool's result, where a note stands for what cannot be sent."""
    try:
        return _block(part)
    except ModelNotSupportedError as error:
        assert isinstance(part, (ImagePart, FilePart, AudioPart))
        dropped.append(f"a tool's result has a note for its {_kind(part)}: {error.message}")
        return {"type": "text", "text": part.stand_in}


def _id(value: str) -> str:
    """Ids of other providers hold characters that this API refuses."""
    return _BAD_ID.sub("_", value)


def _blocks(parts: Sequence[Part]) -> list[dict[str, Any]]:
    return [block for part in parts if (block := _block(part)) is not None]


def _block(part: Part) -> dict[str, Any] | None:
    match part:
        case TextPart():
            # The API refuses text blocks of nothing but white space.
            if not part.text.strip():
                return None
            return {"type": "text", "text": part.text, **own_keys(part.extra, TEXT_KEYS)}
        case NativePart():
            return part.value
        case ImagePart():
            mark = own_keys(part.extra, ("cache_control",))
            return {"type": "image", "source": _image_source(part), **mark}
        case FilePart() if (part.media_type or "").startswith("image/"):
            return {"type": "image", "source": _image_source(part)}
        case FilePart():
            title = {"title": part.filename} if part.filename else {}
            own = own_keys(part.extra, DOCUMENT_KEYS)
            return {"type": "document", "source": _document_source(part), **title, **own}
        case AudioPart():
            raise ModelNotSupportedError("anthropic takes no audio; send a transcript instead")


def _image_source(part: ImagePart | FilePart) -> dict[str, Any]:
    if part.file_id:
        return {"type": "file", "file_id": part.file_id}
    if part.url:
        return {"type": "url", "url": part.url}
    if part.data is None or part.media_type not in IMAGES:
        raise ModelNotSupportedError(
            f"anthropic takes PNG, JPEG, GIF and WebP pictures, not {part.media_type!r}"
        )
    return {"type": "base64", "media_type": part.media_type, "data": part.data}


def _document_source(part: FilePart) -> dict[str, Any]:
    media_type = part.media_type or ""
    if part.file_id:
        return {"type": "file", "file_id": part.file_id}
    if part.url:
        return {"type": "url", "url": part.url}
    # "JVBERi" is "%PDF-" in base64: files often come without a media type.
    if part.data is not None and (
        media_type == "application/pdf" or part.data.startswith("JVBERi")
    ):
        return {"type": "base64", "media_type": "application/pdf", "data": part.data}
    if part.data is not None and (media_type.startswith("text/") or media_type in _TEXTUAL):
        text = base64.b64decode(part.data).decode("utf-8", "replace")
        return {"type": "text", "media_type": "text/plain", "data": text}
    raise ModelNotSupportedError(
        f"anthropic takes PDF and text files, not {media_type or 'a file of unknown type'}"
    )


_TEXTUAL: Final = ("application/json", "application/xml", "application/yaml")


def _kind(part: Part) -> str:
    return type(part).__name__.removesuffix("Part").lower()
