"""Events and bodies as typed structs, of either API."""

from __future__ import annotations

from typing import Any

import msgspec
from chimeric_chat_completions.native import decode_body, decode_chunk
from msgspec import UNSET, Raw, UnsetType

from chimeric import Event

__all__ = ["decode"]


class _Body(msgspec.Struct):
    choices: Raw | UnsetType = UNSET


def decode(event: Event, state: object, *, responses: bool) -> Any:
    """An event of the API that ``state`` parses, or with None a whole body, told by its fields.

    Raises:
        msgspec.DecodeError: when it is of neither API.
    """
    if not responses:
        return decode_body(event.data) if state is None else decode_chunk(event.data)
    from chimeric_responses import ResponsesState, native_body, native_event

    if state is None:
        body = msgspec.json.decode(event.data, type=_Body)
        return native_body(event.data) if body.choices is UNSET else decode_body(event.data)
    return native_event(event) if isinstance(state, ResponsesState) else decode_chunk(event.data)
