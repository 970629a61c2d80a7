"""Events and bodies of all protocols as typed structs."""

from __future__ import annotations

from typing import Any

import msgspec
from chimeric_anthropic.native import decode_event, decode_message
from chimeric_anthropic.parser import MessageState
from chimeric_chat_completions.native import decode_body, decode_chunk
from chimeric_google.native import decode as decode_gemini
from chimeric_google.parser import Answer
from chimeric_responses import ResponsesState, native_body, native_event
from msgspec import UNSET, Raw, UnsetType

from chimeric import Event


class _Body(msgspec.Struct):
    choices: Raw | UnsetType = UNSET
    content: Raw | UnsetType = UNSET
    output: Raw | UnsetType = UNSET


def decode(event: Event, state: object) -> Any:
    """An event of the protocol that ``state`` parses; with None a whole body, told by its fields.

    Raises:
        msgspec.DecodeError: when it is of none.
    """
    if isinstance(state, Answer):
        return decode_gemini(event.data)
    if isinstance(state, MessageState):
        return decode_event(event)
    if isinstance(state, ResponsesState):
        return native_event(event)
    if state is not None:
        return decode_chunk(event.data)
    body = msgspec.json.decode(event.data, type=_Body)
    if body.choices is not UNSET:
        return decode_body(event.data)
    if body.content is not UNSET:
        return decode_message(event.data)
    if body.output is not UNSET:
        return native_body(event.data)
    return decode_gemini(event.data)
