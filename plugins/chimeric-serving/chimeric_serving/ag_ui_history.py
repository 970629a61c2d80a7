"""A conversation as messages of AG-UI."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from chimeric import Message, ToolCall

from .ag_ui_parts import shown_part
from .shown import TOOL_FAILED

__all__ = ["to_ag_ui_messages"]


def to_ag_ui_messages(
    messages: Iterable[Message],
    *,
    ids: Callable[[int], str] | None = None,
    tool_errors: bool = False,
) -> list[dict[str, Any]]:
    """The messages as a front end of AG-UI takes them, and a ``MESSAGES_SNAPSHOT`` has them.

    Args:
        messages: a conversation, such as ``response.messages``.
        ids: makes the id of a message of its number; without it ``message-0`` and so on.
        tool_errors: whether the words of tools that failed are in it.

    Example:
        >>> to_ag_ui_messages([Message("user", "Hi")])
        [{'id': 'message-0', 'role': 'user', 'content': 'Hi'}]
    """
    name = ids or "message-{}".format
    found: list[dict[str, Any]] = []
    for message in messages:
        for told in _told(message, tool_errors=tool_errors):
            found.append({"id": name(len(found)), **told})
    return found


def _told(message: Message, *, tool_errors: bool) -> Iterable[dict[str, Any]]:
    if message.reasoning:
        yield {"role": "reasoning", "content": message.reasoning}
    if message.role == "tool":
        told: dict[str, Any] = {
            "role": "tool",
            "toolCallId": message.tool_call_id,
            "content": _content(message),
        }
        if message.is_error and not tool_errors:
            told["content"] = TOOL_FAILED
        yield {**told, "error": told["content"]} if message.is_error else told
        return
    if message.role != "assistant":
        yield {"role": message.role, "content": _content(message)}
        return
    answer: dict[str, Any] = {"role": "assistant", "content": message.text}
    if message.tool_calls:
        answer["toolCalls"] = [_call(call) for call in message.tool_calls]
    if message.text or message.tool_calls:
        yield answer
    if message.refusal:
        yield {"role": "assistant", "content": message.refusal, "metadata": {"refusal": True}}


def _call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def _content(message: Message) -> Any:
    if isinstance(message.content, str):
        return message.content
    if message.role in ("system", "developer"):
        return message.text
    return [shown_part(part) for part in message.content]
