"""Content blocks: collected from a stream, and given back in a later turn as they were."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Final

import msgspec

from .values import as_list, as_object, as_text

API: Final = "anthropic.messages"
"""The protocol that echoed content belongs to."""

DIRECT: Final = {"type": "direct"}
TOOL_KEYS: Final = {"type", "id", "name", "input", "caller"}

OPAQUE: Final = ("redacted_thinking", "compaction", "container_upload", "fallback")
"""Blocks that are for the next request only."""

SILENT: Final = ("", "text", "thinking", "redacted_thinking", "container_upload")
"""Blocks that are told as what they are, or not at all."""


class Block:
    """One content block of an answer, as far as it has arrived.

    ``ahead`` is what was told of it and may come once more: servers repeat blocks. ``deltas`` are
    those of a block of a type that is not known. ``key`` is what the block is called in deltas.
    """

    __slots__ = (
        *("ahead", "citations", "deltas", "ended", "index", "key", "kind", "parts", "place"),
        "value",
    )

    def __init__(self, value: dict[str, Any], index: int | None, place: int, key: Hashable) -> None:
        self.index = index
        self.place = place
        self.key = key
        self.kind = str(value.get("type") or "")
        self.value = {name: part for name, part in value.items() if part is not None}
        self.parts: list[str] = []
        self.citations: list[Any] = as_list(value.get("citations"))
        self.deltas: list[Any] = []
        self.ahead = ""
        self.ended = False

    @property
    def known(self) -> bool:
        """Whether it is of a type that is told or kept elsewhere, or of none."""
        kind = self.kind
        return kind in ("", "text", "thinking", *OPAQUE) or kind.endswith(
            ("tool_use", "_tool_result")
        )

    @property
    def of_server(self) -> bool:
        """Whether this is a call of a tool that Anthropic runs."""
        return self.kind != "tool_use" and self.kind.endswith("tool_use")

    @property
    def other(self) -> bool:
        """Whether it is told as something that is none of the kinds that everybody has."""
        kind = self.kind
        return kind not in SILENT and not kind.endswith(("tool_use", "_tool_result"))

    @property
    def told_id(self) -> str:
        """Its id; one out of its place where it has none."""
        id_ = self.value.get("tool_use_id" if self.kind.endswith("_tool_result") else "id")
        return as_text(id_) or f"{self.kind}_{self.place}"

    def told(self) -> dict[str, Any]:
        """The block and what came for it, where nobody knows what that is."""
        return {**self.value, "deltas": self.deltas} if self.deltas else self.value

    def initial(self, name: str) -> str:
        """Text that the block began with; usually there is none."""
        text = string(self.value.pop(name, ""), name)
        if text:
            self.parts.append(text)
        return text

    def fresh(self, text: str) -> str:
        """What is new in a text, which is kept."""
        if self.ahead:
            ahead, self.ahead = self.ahead, ""
            if ahead.startswith(text):
                self.ahead = ahead[len(text) :]
                return ""
            text = text.removeprefix(ahead)
        if text:
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

    def whole(self) -> bool:
        """Whether the arguments are a JSON object, so that the call can be told complete."""
        try:
            return isinstance(msgspec.json.decode("".join(self.parts)), dict)
        except (ValueError, RecursionError):
            return False

    def content(self) -> dict[str, Any]:
        """The block in the form in which it is sent back."""
        text = "".join(self.parts)
        if self.kind == "text":
            cited = {"citations": self.citations} if self.citations else {}
            return {"type": "text", "text": text, **cited}
        if self.kind == "thinking":
            return {**self.value, "thinking": text}
        if self.kind.endswith("tool_use"):
            return {**self.value, "input": input_object(text) if text else self.given()}
        if self.kind.endswith("_tool_result"):
            # Results come with nulls (``abort_reason``) that the API's own request types forbid.
            return {name: without_nulls(part) for name, part in self.value.items()}
        return self.value

    def is_plain(self, *, first: bool) -> bool:
        """Whether nothing of this block is lost in a unified message."""
        if self.kind == "text":
            return first and not self.citations
        known = self.kind == "tool_use" and self.value.keys() <= TOOL_KEYS
        return known and self.value.get("caller", DIRECT) == DIRECT

    def given(self) -> dict[str, Any]:
        """The ``input`` of the block's start, where it is an object."""
        return as_object(self.value.get("input"))


def string(value: Any, name: str) -> str:
    """A text, or an empty one for null.

    Raises:
        msgspec.ValidationError: when it is something else.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise msgspec.ValidationError(f"{name} is {type(value).__name__}, expected str")
    return value


def typed(value: dict[str, Any]) -> dict[str, Any]:
    """A block with its type, which some servers leave out or take from the Responses API."""
    kind = value.get("type")
    if kind == "output_text":
        return {**value, "type": "text"}
    if kind:
        return value
    if "name" in value and ("id" in value or "input" in value):
        return {**value, "type": "tool_use"}
    kind = next((name for name in ("text", "thinking") if name in value), None)
    return {**value, "type": kind} if kind else value


def input_object(arguments: str) -> dict[str, Any]:
    """Arguments as the object that ``tool_use.input`` must be.

    What is no JSON object is shown to the model under a key that says so: it then sees what it
    wrote, next to the error result.
    """
    try:
        value = msgspec.json.decode(arguments or "{}")
    except (ValueError, RecursionError):
        return {"invalid_json": arguments}
    return as_object(value) if isinstance(value, dict) else {"invalid_json": arguments}


def without_nulls(value: Any) -> Any:
    """The same without members that are null."""
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in as_object(value).items() if v is not None}
    return [without_nulls(item) for item in as_list(value)] if isinstance(value, list) else value


def is_plain(blocks: list[Block]) -> bool:
    """Whether text and tool calls of the unified message already say all of it.

    Then nothing opaque has to travel with the message, and any provider can continue it.
    """
    return all(block.is_plain(first=place == 0) for place, block in enumerate(blocks))


def echoed(blocks: list[Block]) -> list[Any]:
    """All blocks that the API takes back: empty text and unsigned thinking are refused by it."""
    contents = [block.content() for block in blocks]
    return [
        item
        for item in contents
        if not (item.get("type") == "text" and not item["text"])
        and not (item.get("type") == "thinking" and not item.get("signature"))
        and item.get("type")
    ]
