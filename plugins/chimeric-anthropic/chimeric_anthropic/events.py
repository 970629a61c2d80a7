"""Stream events: as lean as most of them need, and in full."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chimeric import Event


class Piece(msgspec.Struct, gc=False):
    """``delta`` of the events that make up nearly all of a stream."""

    type: str | None = None
    text: str | None = None
    partial_json: str | None = None
    thinking: str | None = None


class Frame(msgspec.Struct, gc=False):
    """The lean view of an event. One that carries an error does not fit."""

    type: str | None = None
    index: int | None = None
    delta: Piece | None = None
    error: None = None


class Whole(msgspec.Struct):
    """The full view of an event, for those that come a few times in a stream."""

    type: str | None = None
    index: int | None = None
    message: dict[str, Any] | None = None
    content_block: dict[str, Any] | None = None
    delta: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None
    context_management: Any = None


class Kind(msgspec.Struct):
    """Only the type and an error: enough to see whether an event concerns us at all."""

    type: Any = None
    error: Any = None


EVENTS: Final = frozenset(
    {
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
        "ping",
    }
)

decode_frame = msgspec.json.Decoder(Frame).decode
decode_whole = msgspec.json.Decoder(Whole).decode
decode_kind = msgspec.json.Decoder(Kind).decode
decode_any = msgspec.json.Decoder().decode
decode_object = msgspec.json.Decoder(dict[str, Any]).decode


def kind_of(event: Event, told: str | None) -> str | None:
    """What an event is: its type, else its name, else what it holds; None for what is not known.

    Servers that speak this protocol leave out one or both.
    """
    for word in (told, event.name):
        if word in EVENTS or word == "error":
            return word
    return None if told else _guess(decode_any(event.data))


def _guess(body: Any) -> str | None:
    match body:
        case {"content_block": dict()}:
            return "content_block_start"
        case {"message": dict()}:
            return "message_start"
        case {"delta": {"stop_reason": _}}:
            return "message_delta"
        case {"delta": dict()}:
            return "content_block_delta"
        case _:
            return None
