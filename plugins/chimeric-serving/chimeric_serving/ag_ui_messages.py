"""AG-UI's messages as messages of Chimeric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from chimeric import Message, Part, TextPart, ToolCall

from .ag_ui_parts import part_of
from .requests import InvalidRequestError, is_list, is_object

__all__ = ["Reading"]

Raw = Mapping[str, Any]
SERVER_TOOL = "server-tool:"


class Reading:
    """Reads a conversation.

    Attributes:
        ignored: roles and types of what was left out.
    """

    def __init__(self) -> None:
        self.ignored: set[str] = set()
        self._out: list[Message] = []
        self._reasoning: list[str] = []
        self._names: dict[str, str] = {}

    def all(self, messages: Any) -> list[Message]:
        """The messages of a list of them."""
        if not is_list(messages):
            raise InvalidRequestError("messages must be a list")
        for number, raw in enumerate(messages):
            where = f"messages[{number}]"
            if not is_object(raw):
                raise InvalidRequestError(f"{where} must be an object")
            self._message(raw, where)
        if self._reasoning:
            self._add_answer(Message("assistant"))
        return self._out

    def _message(self, raw: Raw, where: str) -> None:
        role = raw.get("role")
        if role in ("system", "developer", "user"):
            if self._reasoning:
                self._add_answer(Message("assistant"))
            self._out.append(Message(role, self._content(raw.get("content"), where)))
        elif role == "assistant":
            self._add_answer(self._answer(raw, where))
        elif role == "reasoning":
            text = raw.get("content")
            if isinstance(text, str) and text:
                self._reasoning.append(text)
        elif role == "tool":
            self._result(raw, where)
        elif role == "activity":
            self.ignored.add("activity")
        else:
            raise InvalidRequestError(f"{where} has a role that AG-UI does not know")

    def _answer(self, raw: Raw, where: str) -> Message:
        content = raw.get("content")
        said = "" if content is None else self._content(content, where)
        calls: Any = raw.get("toolCalls", raw.get("tool_calls"))
        if calls is None:
            calls = []
        if not is_list(calls):
            raise InvalidRequestError(f"{where}.toolCalls must be a list")
        made = [_call(call, where) for call in calls]
        own = tuple(call for call in made if not call.id.startswith(SERVER_TOOL))
        self._names.update({call.id: call.name for call in own})
        metadata = raw.get("metadata")
        told = metadata if is_object(metadata) else {}
        if told.get("refusal") is True and isinstance(said, str):
            return Message("assistant", tool_calls=own, refusal=said)
        return Message("assistant", said, tool_calls=own)

    def _add_answer(self, message: Message) -> None:
        """Answers that follow each other are one: text, and a message for each call."""
        reasoning = "\n\n".join(self._reasoning) or None
        self._reasoning = []
        last = self._out[-1] if self._out else None
        message = msgspec.structs.replace(message, reasoning=reasoning)
        if not (message.content or message.tool_calls or message.refusal or reasoning):
            return
        if last is None or last.role != "assistant" or reasoning is not None:
            self._out.append(message)
            return
        self._out[-1] = msgspec.structs.replace(
            last,
            content=_joined(last, message),
            tool_calls=(*last.tool_calls, *message.tool_calls),
            refusal=last.refusal or message.refusal,
        )

    def _result(self, raw: Raw, where: str) -> None:
        id_ = raw.get("toolCallId", raw.get("tool_call_id"))
        if not isinstance(id_, str):
            raise InvalidRequestError(f"{where}.toolCallId must be a string")
        if id_.startswith(SERVER_TOOL):
            return
        if id_ not in self._names:
            raise InvalidRequestError(f"{where} is the result of a call that nobody has made")
        self._out.append(
            Message(
                "tool",
                self._content(raw.get("content"), where),
                tool_call_id=id_,
                name=self._names[id_],
                is_error=bool(raw.get("error")),
            )
        )

    def _content(self, content: Any, where: str) -> str | tuple[Part, ...]:
        if isinstance(content, str):
            return content
        if not is_list(content):
            raise InvalidRequestError(f"{where}.content must be a string or a list of parts")
        parts: list[Part] = []
        for number, raw in enumerate(content):
            part = part_of(raw, f"{where}.content[{number}]")
            if part is None:
                self.ignored.add(str(raw.get("type"))[:64])
            else:
                parts.append(part)
        if len(parts) == 1 and isinstance(parts[0], TextPart):
            return parts[0].text
        return tuple(parts)


def _call(raw: Any, where: str) -> ToolCall:
    call = raw if is_object(raw) else {}
    function = call.get("function")
    told = function if is_object(function) else {}
    id_, name, arguments = call.get("id"), told.get("name"), told.get("arguments")
    if not isinstance(id_, str) or not isinstance(name, str) or not name:
        raise InvalidRequestError(f"{where} has a tool call without an id or a name")
    return ToolCall(id_, name, arguments if isinstance(arguments, str) and arguments else "{}")


def _joined(first: Message, second: Message) -> str | tuple[Part, ...]:
    if isinstance(first.content, str) and isinstance(second.content, str):
        return first.content + second.content
    return (*first.parts, *second.parts)
