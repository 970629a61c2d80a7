"""Events and bodies of each API as typed structs."""

from __future__ import annotations

from typing import Any

import msgspec
from chimeric_anthropic import native as messages
from chimeric_chat_completions.native import decode_body, decode_chunk
from chimeric_responses import ResponsesState, native_body, native_event
from msgspec import UNSET, Raw, UnsetType

from chimeric import Event

from .chat import ChatState

__all__ = ["decode"]


class _Body(msgspec.Struct):
    choices: Raw | UnsetType = UNSET
    content: Raw | UnsetType = UNSET


def decode(event: Event, state: object) -> Any:
    """An event of the API that ``state`` parses, or with None a whole body, told by its fields.

    Raises:
        msgspec.DecodeError: when it is of none.
    """
    if state is None:
        body = msgspec.json.decode(event.data, type=_Body)
        if body.choices is not UNSET:
            return decode_body(event.data)
        if body.content is not UNSET:
            return messages.decode_message(event.data)
        return native_body(event.data)
    if isinstance(state, ChatState):
        return decode_chunk(event.data)
    if isinstance(state, ResponsesState):
        return native_event(event)
    return messages.decode_event(event)
