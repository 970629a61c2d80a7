"""Content blocks: collected from an answer, and given back in a later turn as they were."""

from __future__ import annotations

import base64
from collections.abc import Hashable
from typing import Any, Final

import msgspec

from .values import as_list, as_object, as_text

API: Final = "bedrock.converse"
"""The protocol that echoed content belongs to."""

TOOL_KEYS: Final = {"toolUseId", "name", "input"}


KNOWN: Final = ("", "text", "toolUse", "toolResult", "reasoningContent", "image")
"""Kinds of blocks that are told somewhere; others are kept in the metadata."""


class Block:
    """One content block of an answer, as far as it has arrived.

    ``ahead`` is what was told of its arguments and may come once more: gateways repeat events.
    ``key`` is what the block is called in deltas.
    """

    __slots__ = (
        *("ahead", "citations", "ended", "index", "items", "key", "kind", "parts", "place"),
        *("signature", "value"),
    )

    def __init__(
        self, kind: str, value: dict[str, Any], index: int | None, place: int, key: Hashable
    ) -> None:
        self.index = index
        self.place = place
        self.key = key
        self.ended = False
        self.ahead = ""
        self.kind = kind
        self.value = _sendable(value)
        self.parts: list[str] = []
        self.items: list[Any] = []
        self.citations: list[Any] = []
        self.signature = ""

    @property
    def of_server(self) -> bool:
        """Whether this is a call of a tool that the service runs itself."""
        return self.kind == "toolUse" and self.value.get("type") == "server_tool_use"

    @property
    def told_id(self) -> str:
        """Its id; one out of its place where it has none."""
        return as_text(self.value.get("toolUseId")) or f"{self.kind}_{self.place}"

    @property
    def known(self) -> bool:
        """Whether it is of a kind that is told somewhere."""
        return self.kind in KNOWN

    def fresh(self, text: str) -> str:
        """What is new in a piece of the arguments, which is kept."""
        if self.ahead:
            ahead, self.ahead = self.ahead, ""
            if ahead.startswith(text):
                self.ahead = ahead[len(text) :]
                return ""
            text = text.removeprefix(ahead)
        self.parts.append(text)
        return text

    def given_arguments(self) -> str:
        """Arguments that came whole with the block's start, as JSON text."""
        given = self.value.get("input")
        if not given:
            return ""
        text = given if isinstance(given, str) else msgspec.json.encode(given).decode()
        self.parts.append(text)
        return text

    def fill(self, value: Any) -> None:
        """Take the value that a whole answer holds."""
        match self.kind:
            case "text":
                self._say(value)
            case "reasoningContent":
                told = as_object(as_object(value).get("reasoningText"))
                self._say(told.get("text") or "")
                self.signature = told.get("signature") or ""
                if redacted := as_object(value).get("redactedContent"):
                    self.items.append(redacted)
            case "citationsContent":
                self.kind = "text"
                for item in as_list(as_object(value).get("content")):
                    self._say(as_object(item).get("text") or "")
                self.citations += as_list(as_object(value).get("citations"))
            case "toolUse":
                self.value = _sendable(as_object(value))
                if not self.given_arguments():
                    self.parts.append("{}")
            case "toolResult":
                self.value = as_object(value)
                self.items += as_list(self.value.get("content"))
            case _:
                self.value = as_object(value)
                if not isinstance(value, dict):
                    self.items.append(value)

    def add_picture(self, told: dict[str, Any]) -> None:
        """Take a part of a picture, whose bytes may come in pieces."""
        known = as_object(self.value.get("source")).get("bytes")
        more = as_object(told.get("source")).get("bytes")
        self.value.update(told)
        if known and more:
            self.value["source"] = {**told["source"], "bytes": _joined([known, more])}

    def _say(self, text: Any) -> None:
        if not isinstance(text, str):
            raise msgspec.ValidationError(f"text is {type(text).__name__}, expected str")
        if text:
            self.parts.append(text)

    def whole(self) -> bool:
        """Whether the arguments are a JSON object, so that the call can be told complete."""
        try:
            return isinstance(msgspec.json.decode("".join(self.parts)), dict)
        except (ValueError, RecursionError):
            return False

    def content(self) -> dict[str, Any]:
        """The block in the form in which it is sent back."""
        text = "".join(self.parts)
        match self.kind:
            case "text" if self.citations:
                cited = {"content": [{"text": text}], "citations": self.citations}
                return {"citationsContent": cited}
            case "text":
                return {"text": text}
            case "reasoningContent" if self.items:
                return {"reasoningContent": {"redactedContent": _joined(self.items)}}
            case "reasoningContent":
                told = {"text": text, "signature": self.signature}
                return {"reasoningContent": {"reasoningText": told}}
            case "toolUse":
                return {"toolUse": {**self.value, "input": input_object(text)}}
            case "toolResult":
                return {"toolResult": {**self.value, "content": self.items}}
            case _:
                return {self.kind: self.value or (self.items[0] if self.items else {})}

    @property
    def opaque(self) -> bool:
        """Whether a unified message cannot hold all of this block."""
        match self.kind:
            case "text":
                return bool(self.citations)
            case "reasoningContent":
                return bool(self.signature or self.items or self.parts)
            case "toolUse":
                return not self.value.keys() <= TOOL_KEYS
            case _:
                return True


def _sendable(value: dict[str, Any]) -> dict[str, Any]:
    """Without the type that answers tell of an ordinary call: requests may not hold it."""
    return {k: v for k, v in value.items() if not (k == "type" and v in ("tool_use", None))}


def _joined(blobs: list[str]) -> str:
    """Base64 texts as one: each piece may be padded by itself."""
    if len(blobs) == 1:
        return blobs[0]
    try:
        return base64.b64encode(b"".join(base64.b64decode(blob) for blob in blobs)).decode()
    except (ValueError, TypeError) as error:
        raise msgspec.ValidationError(f"bytes that are no base64 text: {error}") from error


def input_object(arguments: str) -> dict[str, Any]:
    """Arguments as the object that ``toolUse.input`` must be.

    What is no JSON object is shown to the model under a key that says so: it then sees what it
    wrote, next to the error result.
    """
    try:
        value = msgspec.json.decode(arguments or "{}")
    except (ValueError, RecursionError):
        return {"invalid_json": arguments}
    return as_object(value) if isinstance(value, dict) else {"invalid_json": arguments}


def is_plain(blocks: list[Block]) -> bool:
    """Whether text and tool calls of the unified message already say all of it."""
    return not any(block.opaque for block in blocks)


def echoed(blocks: list[Block]) -> list[Any]:
    """All blocks that the API takes back: empty text is refused, unsigned reasoning is no use."""
    return [
        block.content()
        for block in blocks
        if (block.kind != "text" or "".join(block.parts).strip()) and not is_unsigned(block)
    ]


def is_unsigned(block: Block) -> bool:
    """Whether a block holds reasoning that is not taken back."""
    return block.kind == "reasoningContent" and not (block.signature or block.items)
