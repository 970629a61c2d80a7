"""The messages of Anthropic Messages, judged block by block."""

from __future__ import annotations

import re
from typing import Any

from chimeric_dialects.json_values import is_array, is_object
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import ToolCall, ToolResult, Turn
from chimeric_dialects.service import Service

from .errors import bad_request
from .media import check_source
from .server_history import ServerHistory

__all__ = ["History"]


_CALL_ID = re.compile(r"[a-zA-Z0-9_-]+")


_LONE_BLOCKS = ("compaction", "container_upload", "fallback", "mcp_tool_listing")


class History:
    """Reads the messages one after the other, and remembers the calls that want an answer.

    A message with a fault is a ``Problem`` in the service's own words.
    """

    def __init__(
        self, service: Service, version: str, *, with_system: bool, thinks: bool = True
    ) -> None:
        self._service = service
        self._version = version
        self._thinks = thinks
        self._roles = ("user", "assistant", "system") if with_system else ("user", "assistant")
        self._open: dict[str, str] = {}
        self._deferred: dict[str, tuple[str, str]] = {}
        self._last = False

    def read(self, messages: Any) -> list[Turn]:
        """The history."""
        if not is_array(messages):
            raise bad_request("messages", "Input should be a valid list")
        if not messages:
            raise bad_request("messages", "at least one message is required")
        turns: list[Turn] = []
        for index, message in enumerate(messages):
            place = f"messages.{index}"
            if not is_object(message):
                raise bad_request(place, "Input should be a valid dictionary")
            role = message.get("role")
            if role not in self._roles:
                raise bad_request(place + ".role", "Input should be 'user' or 'assistant'")
            if index == 0 and role != "user":
                raise bad_request("messages", 'first message must use the "user" role')
            last = index == len(messages) - 1
            self._last = last
            blocks = self._blocks(message, place, last and role == "assistant")
            if role == "system":
                self._check_place(messages, index, place)
                turns.append(Turn("system", "".join(_text(b, place) for b in blocks)))
                continue
            reader = self._user if role == "user" else self._assistant
            turns.append(reader(blocks, place))
        self._check_answered(set(), f"messages.{len(messages) - 1}")
        return turns

    def _check_place(self, messages: list[Any], index: int, place: str) -> None:
        """A system message follows a user's turn, and an answer or nothing follows it."""
        before = messages[index - 1].get("role")
        after = messages[index + 1].get("role") if index + 1 < len(messages) else "assistant"
        if before != "user" or after != "assistant" or self._open:
            word = "system messages must follow a user message and precede an assistant message"
            raise bad_request(place, word)

    @staticmethod
    def _blocks(message: dict[str, Any], place: str, prefill: bool) -> list[dict[str, Any]]:
        content = message.get("content")
        if content is None:
            raise bad_request(f"{place}.content", "Field required")
        if isinstance(content, str):
            content = [{"type": "text", "text": content}] if content else []
        if not is_array(content):
            raise bad_request(f"{place}.content", "Input should be a valid list")
        if not content and not prefill:
            word = "all messages must have non-empty content"
            raise bad_request(place, f"{word} except for the optional final assistant message")
        for index, block in enumerate(content):
            if not is_object(block) or "type" not in block:
                raise bad_request(f"{place}.content.{index}.type", "Field required")
        return content

    def _check_answered(self, answered: set[str], place: str) -> None:
        left = [call_id for call_id in self._open if call_id not in answered]
        if left:
            raise bad_request(
                place,
                "`tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{', '.join(left)}. Each `tool_use` block must have a corresponding "
                "`tool_result` block in the next message.",
            )
        self._open = {}

    def _user(self, blocks: list[dict[str, Any]], place: str) -> Turn:
        previous = f"messages.{int(place.rpartition('.')[2]) - 1}"
        results: list[ToolResult] = []
        texts: list[str] = []
        for index, block in enumerate(blocks):
            where = f"{place}.content.{index}"
            if block["type"] == "tool_result":
                results.append(self._result(block, where))
                self._check_single(results, where)
                continue
            if self._open and not {r.id for r in results}.issuperset(self._open):
                break
            texts.append(_user_text(block, where, self._version))
        self._check_answered({r.id for r in results}, previous)
        return Turn("user", "".join(texts), (), tuple(results))

    @staticmethod
    def _check_single(results: list[ToolResult], where: str) -> None:
        """The service's words, from public threads."""
        last = results[-1].id
        if any(result.id == last for result in results[:-1]):
            raise bad_request(
                where,
                "each tool_use must have a single result. Found multiple `tool_result` blocks with "
                f"id: {last}",
            )

    def _result(self, block: dict[str, Any], where: str) -> ToolResult:
        call_id = block.get("tool_use_id")
        if not isinstance(call_id, str):
            raise bad_request(f"{where}.tool_result.tool_use_id", "Field required")
        if call_id not in self._open:
            raise bad_request(
                where,
                f"unexpected `tool_use_id` found in `tool_result` blocks: {call_id}. Each "
                "`tool_result` block must have a corresponding `tool_use` block in the previous "
                "message.",
            )
        content = block.get("content") or ""
        if block.get("is_error") and not isinstance(content, str):
            # vellum-assistant, pull request 18387.
            if any(b.get("type") != "text" for b in content):
                word = "all content must be type `text` if `is_error` is true"
                raise bad_request(f"{where}.tool_result", word)
        if not isinstance(content, str):
            content = "".join(
                _user_text(b, f"{where}.tool_result.content.{i}", self._version)
                for i, b in enumerate(content)
            )
        return ToolResult(call_id, content, self._open[call_id], bool(block.get("is_error")))

    def _assistant(self, blocks: list[dict[str, Any]], place: str) -> Turn:
        self._check_answered(set(), f"messages.{int(place.rpartition('.')[2]) - 1}")
        texts: list[str] = []
        calls: list[ToolCall] = []
        signatures: list[Any] = []
        ran = ServerHistory(self._service.signer if self._service.strict else None, self._deferred)
        for index, block in enumerate(blocks):
            where = f"{place}.content.{index}"
            kind = block["type"]
            if ran.read(block, where):
                continue
            if kind == "text":
                texts.append(_text(block, where))
            elif kind == "tool_use":
                calls.append(_call(block, where))
            elif kind == "thinking":
                signatures.append(self._check_thought(block, where))
            elif kind == "document" and self._version >= "2026-10-21":
                raise bad_request(where, "document blocks are not permitted in assistant messages")
            elif kind not in (*_LONE_BLOCKS, "redacted_thinking"):
                raise bad_request(
                    where, f"Input tag '{kind}' found using 'type' is not allowed here"
                )
        # A pause may come before the result, and so may results of the caller's tools.
        if not self._last and not calls:
            ran.check_ended(place)
        self._deferred = ran.waiting
        self._check_echo(calls, signatures, blocks, place)
        self._open = {call.id: call.name for call in calls}
        if len(self._open) != len(calls):
            raise bad_request(place, "`tool_use` ids must be unique")
        return Turn("assistant", "".join(texts), tuple(calls), ran=tuple(ran.names))

    def _check_thought(self, block: dict[str, Any], where: str) -> Any:
        signature = block.get("signature")
        if signature is None:
            raise bad_request(f"{where}.thinking.signature", "Field required")
        text = block.get("thinking")
        # With display "omitted" the text is empty, and the signature cannot be checked against it.
        if text and not self._service.signer.verify("thought", text, signature):
            raise bad_request(where, "Invalid `signature` in `thinking` block")
        return signature

    def _check_echo(
        self, calls: list[ToolCall], signatures: list[Any], blocks: list[dict[str, Any]], place: str
    ) -> None:
        """Thoughts that came with a tool call must come back with it, while it thinks."""
        if not self._thinks:
            return
        for call in calls:
            signature = self._service.thought_of(call.id)
            if signature is not None and signature not in signatures:
                raise bad_request(
                    f"{place}.content.0.type",
                    f"Expected `thinking` or `redacted_thinking`, but found `{blocks[0]['type']}`. "
                    "When `thinking` is enabled, a final `assistant` message must start with a "
                    "thinking block (preceeding the lastmost set of `tool_use` and `tool_result` "
                    "blocks).",
                )


def _text(block: dict[str, Any], where: str) -> str:
    text = block.get("text")
    if not isinstance(text, str):
        raise bad_request(f"{where}.text.text", "Input should be a valid string")
    if not text:
        raise Problem("bad_request", "messages: text content blocks must be non-empty")
    if not text.strip():
        word = "messages: text content blocks must contain non-whitespace text"
        raise Problem("bad_request", word)
    return text


def _user_text(block: dict[str, Any], where: str, version: str) -> str:
    kind = block.get("type")
    if kind == "text":
        if version >= "2026-10-21" and block.get("citations"):
            raise bad_request(f"{where}.text.citations", "Extra inputs are not permitted")
        return _text(block, where)
    if kind in ("image", "document"):
        check_source(block.get("source"), kind, where)
        return ""
    if kind in ("search_result", "container_upload", "tool_reference"):
        return ""
    raise bad_request(
        where, f"Input tag '{kind}' found using 'type' does not match any of the expected tags"
    )


def _call(block: dict[str, Any], where: str) -> ToolCall:
    call_id, name = block.get("id"), block.get("name")
    if not isinstance(call_id, str) or not _CALL_ID.fullmatch(call_id):
        raise bad_request(f"{where}.tool_use.id", "String should match pattern '^[a-zA-Z0-9_-]+$'")
    if not isinstance(name, str) or not name:
        raise bad_request(f"{where}.tool_use.name", "Field required")
    if not is_object(block.get("input")):
        raise bad_request(f"{where}.tool_use.input", "Input should be a valid dictionary")
    return ToolCall(call_id, name, str(block["input"]))
