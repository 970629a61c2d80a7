"""Messages of llm as ours."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from llm import parts as framework

from chimeric import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    Part,
    ProviderState,
    TextPart,
    ToolCall,
)

__all__ = ["KEY", "mark_of", "messages_of", "part_of"]

KEY = "chimeric"
"""The key of what a provider wants back, in the ``provider_metadata`` of a part."""


def messages_of(messages: Iterable[framework.Message]) -> list[Message]:
    """All messages of a prompt."""
    return [made for message in messages for made in _messages(message)]


def _messages(message: framework.Message) -> Iterator[Message]:
    if message.role == "tool":
        yield from (_result(p) for p in message.parts if isinstance(p, framework.ToolResultPart))
    elif message.role == "assistant":
        yield from _answer(message)
    else:
        role: Any = message.role
        content = tuple(_said(message))
        alone = content[0] if len(content) == 1 else None
        yield Message(role, alone.text if isinstance(alone, TextPart) else content)


def _said(message: framework.Message) -> Iterator[Part]:
    for part in message.parts:
        if isinstance(part, framework.TextPart):
            yield TextPart(part.text)
        elif isinstance(part, framework.AttachmentPart) and part.attachment is not None:
            yield part_of(part.attachment)


def _answer(message: framework.Message) -> Iterator[Message]:
    reasoning = [p.text for p in message.parts if isinstance(p, framework.ReasoningPart) and p.text]
    called = [
        ToolCall(part.tool_call_id or "", part.name, msgspec.json.encode(part.arguments).decode())
        for part in message.parts
        if isinstance(part, framework.ToolCallPart) and not part.server_executed
    ]
    content, state = tuple(_said(message)), _state(message)
    if content or called or reasoning or state:
        yield Message(
            "assistant",
            content,
            tool_calls=tuple(called),
            reasoning="\n\n".join(reasoning) or None,
            state=state,
        )


def _state(message: framework.Message) -> ProviderState | None:
    """What the provider wants back; None where the answer was changed since."""
    for part in message.parts:
        metadata: Any = getattr(part, "provider_metadata", None) or {}
        kept = metadata.get(KEY)
        if kept and kept["of"] == mark_of(message.parts):
            return ProviderState(kept["api"], list(kept["items"]))
    return None


def mark_of(parts: Iterable[Any]) -> list[Any]:
    """What tells an answer from a changed one: the length of its text, and its calls."""
    parts = list(parts)
    length = sum(len(part.text) for part in parts if isinstance(part, framework.TextPart))
    calls = [
        part.tool_call_id
        for part in parts
        if isinstance(part, framework.ToolCallPart) and not part.server_executed
    ]
    return [length, *calls]


def _result(part: framework.ToolResultPart) -> Message:
    content: str | tuple[Part, ...] = part.output
    if part.attachments:
        content = (TextPart(part.output), *map(part_of, part.attachments))
    return Message(
        "tool",
        content,
        tool_call_id=part.tool_call_id or "",
        name=part.name,
        is_error=part.exception is not None,
    )


def part_of(attachment: Any) -> Part:
    """A picture, a sound or a file (an ``llm.Attachment``)."""
    url: str | None = attachment.url if not (attachment.content or attachment.path) else None
    kind: str | None = attachment.type or (
        mimetypes.guess_type(url)[0] if url else attachment.resolve_type()
    )
    data: str | None = None if url else attachment.base64_content()
    family = (kind or "").partition("/")[0]
    if family == "image":
        return ImagePart(url=url, data=data, media_type=kind)
    if family == "audio":
        return AudioPart(url=url, data=data, media_type=kind)
    name = attachment.path.rpartition("/")[2] if attachment.path else None
    return FilePart(url=url, data=data, media_type=kind, filename=name)
