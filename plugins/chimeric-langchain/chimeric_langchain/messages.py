"""LangChain's messages as ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard

import msgspec
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from chimeric import ConfigurationError, Message, normalize_messages

from .state import state_of

__all__ = ["messages_of"]

MEDIA = {"image": "image", "audio": "audio", "file": "file", "video": "file"}
"""LangChain's kinds of media, and ours."""

NOT_SENT = {"tool_call", "tool_call_chunk", "invalid_tool_call", "reasoning", "refusal"} | {
    "server_tool_call",
    "server_tool_call_chunk",
    "server_tool_result",
}
"""Blocks of an answer that stand elsewhere in our message, or in the provider's state."""


def messages_of(messages: Iterable[BaseMessage]) -> list[Message]:
    """All messages of a request.

    Raises:
        ConfigurationError: for a message or a block that no provider takes.
    """
    return [made for message in messages for made in _messages(message)]


def _messages(message: BaseMessage) -> Sequence[Message]:
    match message:
        case SystemMessage():
            return _read({"role": "system", **_said(message)})
        case HumanMessage():
            return _read({"role": "user", **_said(message)})
        case AIMessage():
            return _answer(message)
        case ToolMessage():
            given = {"tool_call_id": message.tool_call_id, "is_error": message.status == "error"}
            return _read({"role": "tool", **_said(message), **given})
        case ChatMessage():
            return _read({"role": message.role, **_said(message)})
        case _:
            raise ConfigurationError(
                f"a {type(message).__name__} cannot be sent: "
                "use system, human, AI and tool messages"
            )


def _said(message: BaseMessage) -> dict[str, Any]:
    named = {"name": message.name} if message.name else {}
    if isinstance(message.content, str):
        return {"content": message.content, **named}
    return {"content": [_block(block) for block in message.content], **named}


def _read(given: Mapping[str, Any]) -> Sequence[Message]:
    return normalize_messages([given])


def _answer(message: AIMessage) -> Sequence[Message]:
    blocks = [
        {"type": "text", "text": block} if isinstance(block, str) else _block(block)
        for block in ([message.content] if isinstance(message.content, str) else message.content)
        if block and (isinstance(block, str) or block.get("type") not in NOT_SENT)
    ]
    known = {block.get("id") for block in blocks if block.get("type") == "tool_use"}
    calls = [
        {
            "id": call["id"],
            "name": call["name"],
            "arguments": msgspec.json.encode(call["args"]).decode(),
        }
        for call in message.tool_calls
        if call["id"] not in known
    ]
    given: dict[str, Any] = {"role": "assistant", "content": blocks, "tool_calls": calls}
    if reasoning := _reasoning(message):
        given["reasoning"] = reasoning
    if message.name:
        given["name"] = message.name
    read = _read(given)
    state = state_of(message)
    if state is not None:
        last = msgspec.structs.replace(read[-1], state=state)
        return [*read[:-1], last]
    return read


def _reasoning(message: AIMessage) -> str | None:
    told = [message.additional_kwargs.get("reasoning_content")]
    if isinstance(message.content, list):
        blocks = [block for block in message.content if _is_block(block)]
        told += [block.get("reasoning") for block in blocks if block.get("type") == "reasoning"]
    said = [text for text in told if isinstance(text, str) and text]
    return "\n\n".join(said) or None


def _is_block(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _block(block: Any) -> Any:
    """A block of LangChain's standard form in the form that ours are read from; others stay."""
    if not _is_block(block):
        return block
    kind: str = block.get("type", "")
    if kind == "text":
        return {"type": "text", "text": block.get("text", "")} | _kept(block, "cache_control")
    if kind == "text-plain":
        return _plain_text(block)
    if kind == "non_standard":
        return block["value"]
    if kind not in MEDIA or not {"base64", "data", "url", "file_id"} & block.keys():
        return block
    made = {"type": MEDIA[kind], "media_type": block.get("mime_type")}
    made["data"] = block.get("base64") or block.get("data")
    extras: dict[str, Any] = block.get("extras") or {}
    names = {**block, **extras}
    name = names.get("filename") or names.get("name")
    if name and made["type"] == "file":
        made["filename"] = name
    made |= _kept(block, "url", "file_id", "detail", "cache_control")
    return {key: value for key, value in made.items() if value is not None}


def _plain_text(block: Mapping[str, Any]) -> dict[str, Any]:
    if "text" in block:
        return {"type": "text", "text": block["text"]}
    made = {"type": "file", "media_type": "text/plain", "data": block.get("base64")}
    made |= _kept(block, "url", "file_id") | {"filename": block.get("title")}
    return {key: value for key, value in made.items() if value is not None}


def _kept(block: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: block[name] for name in names if block.get(name) is not None}
