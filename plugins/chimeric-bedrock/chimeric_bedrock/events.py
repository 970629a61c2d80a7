"""Stream events as they are decoded."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from .values import as_object


class Reasoning(msgspec.Struct, gc=False):
    """``delta.reasoningContent``."""

    text: str | None = None
    signature: str | None = None
    redacted: str | None = msgspec.field(default=None, name="redactedContent")


class Input(msgspec.Struct, gc=False):
    """``delta.toolUse``."""

    input: str | dict[str, Any] | None = None


class Piece(msgspec.Struct):
    """``delta``: one of its members is set."""

    text: str | None = None
    tool: Input | None = msgspec.field(default=None, name="toolUse")
    reasoning: Reasoning | None = msgspec.field(default=None, name="reasoningContent")
    citation: dict[str, Any] | None = None
    result: list[Any] | None = msgspec.field(default=None, name="toolResult")
    image: dict[str, Any] | None = None


class Grown(msgspec.Struct):
    """``contentBlockDelta``."""

    index: int | None = msgspec.field(default=None, name="contentBlockIndex")
    delta: Piece | None = None


class Begun(msgspec.Struct):
    """``contentBlockStart``, and ``contentBlockStop``."""

    index: int | None = msgspec.field(default=None, name="contentBlockIndex")
    start: dict[str, Any] | None = None


decode_grown = msgspec.json.Decoder(Grown).decode
decode_begun = msgspec.json.Decoder(Begun).decode
decode_any = msgspec.json.Decoder().decode
decode_object = msgspec.json.Decoder(dict[str, Any]).decode

NAMES: Final = (
    "messageStart",
    "contentBlockStart",
    "contentBlockDelta",
    "contentBlockStop",
    "messageStop",
    "metadata",
)


def guess(body: Any) -> tuple[str, Any]:
    """The name and payload of an event without a name.

    Gateways leave the header out, or wrap the payload in an object whose only key is the name.
    """
    match body:
        case {"delta": dict()}:
            return "contentBlockDelta", body
        case {"start": dict()}:
            return "contentBlockStart", body
        case {"stopReason": _}:
            return "messageStop", body
        case {"usage": dict()}:
            return "metadata", body
        case {"contentBlockIndex": _}:
            return "contentBlockStop", body
        case _:
            values = as_object(body)
            return next(((name, values[name]) for name in NAMES if name in values), ("", None))
