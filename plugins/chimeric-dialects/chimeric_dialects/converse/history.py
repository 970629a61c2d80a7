"""The messages of Bedrock Converse, judged block by block."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from chimeric_dialects.json_values import is_object
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import ToolCall, ToolResult, Turn
from chimeric_dialects.service import Service

from .errors import bad_request
from .media import check_amounts, check_media
from .rules import TOOL_NAME

__all__ = ["History"]


_CALL_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")


_NINE = re.compile(r"[a-zA-Z0-9]{9}")


_STATUS = re.compile(r"anthropic|amazon")
"""The families that take a result's status (botocore's ``ToolResultBlock``)."""


_BLOCKS = [
    "text",
    "image",
    "document",
    "video",
    "audio",
    "toolUse",
    "toolResult",
    "guardContent",
    "cachePoint",
    "reasoningContent",
    "citationsContent",
    "searchResult",
]


class History:
    """Reads the messages one after the other, and remembers the calls that want an answer."""

    def __init__(self, service: Service, model: str, *, with_tools: bool) -> None:
        self._signer = service.signer
        self._model = model
        self._with_tools = with_tools
        self._open: dict[str, str] = {}
        self._ran: set[str] = set()

    def read(self, messages: Any) -> list[Turn]:
        """The history, without system blocks."""
        if not messages:
            raise bad_request(
                "1 validation error detected: Value at 'messages' failed to satisfy constraint: "
                "Member must not be null"
            )
        turns: list[Turn] = []
        for index, message in enumerate(messages):
            role = message.get("role")
            if role not in ("user", "assistant"):
                raise bad_request(
                    f"1 validation error detected: Value '{role}' at 'messages.{index + 1}.member."
                    "role' failed to satisfy constraint: Member must satisfy enum value set: "
                    "[user, assistant]"
                )
            if index == 0 and role != "user":
                raise bad_request(
                    "A conversation must start with a user message. Try again with a conversation "
                    "that starts with a user message."
                )
            if turns and turns[-1].role == role:
                raise bad_request(
                    "A conversation must alternate between user and assistant roles. Make sure "
                    "the conversation alternates between user and assistant roles and try again."
                )
            turns.append(self._message(message, index, role))
        self._check_answered(len(messages))
        return turns

    def _check_answered(self, index: int) -> None:
        if self._open:
            raise bad_request(
                f"Expected toolResult blocks at messages.{index}.content for the following Ids: "
                + ", ".join(self._open)
            )

    def _message(self, message: dict[str, Any], index: int, role: Any) -> Turn:
        content = message.get("content")
        where = f"messages.{index}"
        if not content:
            raise bad_request(
                f"The content field in the Message object at {where} is empty. Add a ContentBlock "
                "object to the content field and try again."
            )
        texts: list[str] = []
        calls: list[ToolCall] = []
        results: list[ToolResult] = []
        ran: list[str] = []
        self._ran.clear()
        for place, block in enumerate(content):
            at = f"{where}.content.{place}"
            kinds = [key for key in _BLOCKS if key in block]
            if len(kinds) != 1:
                raise bad_request(
                    f"The ContentBlock object at {at} must set one of: {', '.join(_BLOCKS)}."
                )
            kind = kinds[0]
            if kind in ("toolUse", "toolResult") and not self._with_tools:
                raise bad_request(
                    "The toolConfig field must be defined when using toolUse and toolResult "
                    "content blocks."
                )
            if kind == "text":
                texts.append(_text(block, at))
            elif kind == "citationsContent":
                cited = block["citationsContent"].get("content") or ()
                texts += [_text(part, at) for part in cited]
            elif role == "assistant" and self._is_ran(block, kind, at):
                ran += [block["toolUse"]["name"]] if kind == "toolUse" else []
            elif kind == "toolUse":
                calls.append(_call(block["toolUse"], at, role))
                if "mistral." in self._model and not _NINE.fullmatch(calls[-1].id):
                    # pydantic-ai: the ids of the history must be Mistral's own.
                    raise bad_request(
                        f"The model returned the following errors: Tool call id was {calls[-1].id} "
                        "but must be a-z, A-Z, 0-9, with a length of 9."
                    )
            elif kind == "toolResult":
                results.append(self._result(block["toolResult"], at, role))
            elif kind == "reasoningContent":
                self._check_thought(block["reasoningContent"], at)
            elif kind in ("image", "document", "video", "audio"):
                check_media(block[kind], kind, at, role)
        check_amounts(content, where)
        self._check_answered(index)
        self._open = {call.id: call.name for call in calls}
        if self._ran:
            raise bad_request(
                f"Expected toolResult blocks at {where}.content for the following Ids: "
                + ", ".join(self._ran)
            )
        return Turn(role, "".join(texts), tuple(calls), tuple(results), tuple(ran))

    def _is_ran(self, block: dict[str, Any], kind: str, at: str) -> bool:
        """Whether a block is of a tool that the service ran: its call, or its result."""
        inner = block[kind]
        if kind == "toolUse" and inner.get("type") == "server_tool_use":
            self._ran.add(_call(inner, at, "assistant").id)
            return True
        if kind != "toolResult" or not inner.get("type"):
            return False
        if inner.get("toolUseId") not in self._ran:
            raise bad_request(
                f"The toolResult block at {at} has the toolUseId {inner.get('toolUseId')}, which "
                "matches no toolUse block of this turn."
            )
        self._ran.remove(inner["toolUseId"])
        return True

    def _check_thought(self, reasoning: dict[str, Any], at: str) -> None:
        thought = reasoning.get("reasoningText")
        if thought is None:
            if "redactedContent" not in reasoning:
                raise bad_request(
                    f"The reasoningContent at {at} must set reasoningText or redactedContent."
                )
            return
        if not self._signer.verify("thought", str(thought.get("text")), thought.get("signature")):
            raise bad_request(f"{at}: Invalid `signature` in `thinking` block")

    def _result(self, result: dict[str, Any], at: str, role: str) -> ToolResult:
        call_id = result.get("toolUseId")
        if role != "user" or call_id not in self._open:
            raise bad_request(
                f"The toolResult block at {at} has the toolUseId {call_id}, which matches no "
                "toolUse block of the previous turn."
            )
        if "status" in result and self._model and not _STATUS.search(self._model):
            raise bad_request(f"This model doesn't support the status field at {at}.toolResult.")
        content = result.get("content")
        if not content:
            raise bad_request(
                f"The content field in the ToolResultBlock at {at}.toolResult is empty."
            )
        texts = [
            block["text"] if "text" in block else msgspec.json.encode(block.get("json")).decode()
            for block in content
            if "text" in block or "json" in block
        ]
        name = self._open.pop(call_id)
        return ToolResult(call_id, "".join(texts), name, result.get("status") == "error")


def _text(block: dict[str, Any], at: str) -> str:
    text = block["text"]
    if not isinstance(text, str):
        raise Problem("malformed", "text is not a string")
    if not text.strip():
        raise bad_request(
            f"The text field in the ContentBlock object at {at} is blank. Add text to the text "
            "field, and try again."
        )
    return text


def _call(call: dict[str, Any], at: str, role: str) -> ToolCall:
    call_id, name = call.get("toolUseId"), call.get("name")
    if role != "assistant":
        raise bad_request(f"A toolUse block at {at} is only allowed in assistant messages.")
    if not isinstance(call_id, str) or not _CALL_ID.fullmatch(call_id):
        raise bad_request(
            f"Value '{call_id}' at '{at}.toolUse.toolUseId' does not match its pattern."
        )
    if not isinstance(name, str) or not TOOL_NAME.fullmatch(name):
        raise bad_request(f"Value '{name}' at '{at}.toolUse.name' does not match its pattern.")
    if not is_object(call.get("input")):
        raise bad_request(
            f"The format of the value at {at}.toolUse.input is invalid. Provide a json object for "
            "the field and try again."
        )
    return ToolCall(call_id, name, msgspec.json.encode(call["input"]).decode())
