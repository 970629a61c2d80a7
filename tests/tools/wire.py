"""Request bodies of every protocol, read for what a conversation must carry on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from chimeric import Message, NativePart

__all__ = ["Entry", "entries", "opaque", "plain_google"]

OPAQUE = ("signature", "thoughtSignature", "encrypted_content", "redactedContent")
"""Names under which protocols keep what only the provider can read."""


class Entry(msgspec.Struct, frozen=True):
    """A call or a result, as one protocol's body says it.

    ``value`` is the decoded arguments of a call, the output of a result.
    """

    kind: str
    id: str | None
    name: str | None
    value: Any
    failed: bool = False

    def result(self, call_id: str) -> Message:
        """The result as a caller gives it to the next call."""
        value = self.value
        if isinstance(value, list) and all(isinstance(part, dict) and part for part in value):
            value = tuple(NativePart(part) for part in value)
        elif not isinstance(value, str):
            value = json.dumps(value)
        return Message("tool", value, tool_call_id=call_id, name=self.name, is_error=self.failed)


def entries(api: str, body: dict[str, Any]) -> list[Entry]:
    """Calls and results, in order."""
    return list(READERS[api](body))


def opaque(value: Any) -> list[str]:
    """Everything opaque in a body, in order; base64 in one alphabet."""
    found: list[str] = []
    if isinstance(value, dict):
        hidden = value.get("type") == "redacted_thinking"
        for name, inner in plain_google(value).items():
            if isinstance(inner, str) and inner and (name in OPAQUE or (hidden and name == "data")):
                found.append(inner.replace("-", "+").replace("_", "/").rstrip("="))
            else:
                found += opaque(inner)
    elif isinstance(value, list):
        for inner in value:
            found += opaque(inner)
    return found


def _arguments(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return text


def _text(content: Any) -> Any:
    """Text of a content that is nothing but text; otherwise its parts."""
    if not isinstance(content, list):
        return content or ""
    if all(part.get("type", "text") in ("text", "input_text") for part in content):
        return "".join(part["text"] for part in content)
    return content


def _chat(body: dict[str, Any]) -> Iterator[Entry]:
    for message in body["messages"]:
        for call in message.get("tool_calls") or ():
            function = call["function"]
            yield Entry("call", call["id"], function["name"], _arguments(function["arguments"]))
        if message["role"] == "tool":
            yield Entry("result", message["tool_call_id"], None, _text(message["content"]))


def _cohere(body: dict[str, Any]) -> Iterator[Entry]:
    for entry in _chat(body):
        if entry.kind == "result" and isinstance(entry.value, list):
            data = [part["document"]["data"] for part in entry.value]
            assert len(data) == 1
            value = data[0]
            value = (
                value["content"] if isinstance(value, dict) and set(value) == {"content"} else value
            )
            yield msgspec.structs.replace(entry, value=value)
        else:
            yield entry


def _responses(body: dict[str, Any]) -> Iterator[Entry]:
    items = body["input"]
    for item in items if isinstance(items, list) else ():
        kind = item.get("type", "message")
        if kind == "function_call":
            yield Entry("call", item["call_id"], item["name"], _arguments(item["arguments"]))
        elif kind == "custom_tool_call":
            yield Entry("call", item["call_id"], item["name"], item["input"])
        elif kind in ("function_call_output", "custom_tool_call_output"):
            yield Entry("result", item["call_id"], None, _text(item["output"]))


def _messages(body: dict[str, Any]) -> Iterator[Entry]:
    for message in body["messages"]:
        content = message["content"]
        for block in content if isinstance(content, list) else ():
            if block["type"] == "tool_use":
                yield Entry("call", block["id"], block["name"], block["input"])
            elif block["type"] == "tool_result":
                failed = bool(block.get("is_error"))
                value = _text(block.get("content"))
                yield Entry("result", block["tool_use_id"], None, value, failed)


def plain_google(value: Any) -> Any:
    """Parts with the names of the JSON form; some recordings have those of the SDK."""
    names = {
        "function_call": "functionCall",
        "function_response": "functionResponse",
        "thought_signature": "thoughtSignature",
    }
    if isinstance(value, dict):
        return {names.get(k, k): plain_google(v) for k, v in value.items()}
    return [plain_google(v) for v in value] if isinstance(value, list) else value


def _generate_content(body: dict[str, Any]) -> Iterator[Entry]:
    for content in plain_google(body["contents"]):
        for part in content["parts"]:
            if call := part.get("functionCall"):
                yield Entry("call", call.get("id"), call["name"], call.get("args") or {})
            elif result := part.get("functionResponse"):
                value = result["response"]
                if isinstance(value, dict) and set(value) == {"output"}:
                    value = value["output"]
                yield Entry("result", result.get("id"), result["name"], value)


def _converse(body: dict[str, Any]) -> Iterator[Entry]:
    for message in body["messages"]:
        for block in message["content"]:
            if call := block.get("toolUse"):
                yield Entry("call", call["toolUseId"], call["name"], call["input"])
            elif result := block.get("toolResult"):
                content = result["content"]
                only_text = all(set(part) == {"text"} for part in content)
                value = "".join(part["text"] for part in content) if only_text else content
                failed = result.get("status") == "error"
                yield Entry("result", result["toolUseId"], None, value, failed)


READERS: dict[str, Callable[[dict[str, Any]], Iterator[Entry]]] = {
    "chat_completions": _chat,
    "chat_v2": _cohere,
    "responses": _responses,
    "messages": _messages,
    "generate_content": _generate_content,
    "converse": _converse,
}
