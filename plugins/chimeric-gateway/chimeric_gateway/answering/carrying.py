"""State of an upstream's answer as an opaque text that clients echo, and back.

It is what ``Message.state`` holds: signatures of thoughts that belong to calls, encrypted
reasoning. Nothing is kept here; whoever changes the text changes his own conversation.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any, Final

import msgspec

from chimeric import ProviderState
from chimeric_gateway.shapes import is_object

__all__ = ["is_opaque", "pack", "unpack"]

NOTE: Final = "thought_by"
PREFIX: Final = "chi1."
LARGEST: Final = 4_000_000
"""Bytes of a state; a few bytes from anybody could grow to gigabytes."""


def is_opaque(state: ProviderState) -> bool:
    """Whether a state is more than a note of whose thoughts an answer holds.

    Example:
        >>> is_opaque(ProviderState("chat_completions", [{"thought_by": "groq:qwen3"}]))
        False
    """
    return any(not (is_object(item) and set(item) == {NOTE}) for item in state.items)


def pack(state: ProviderState) -> str:
    """A state as text.

    Example:
        >>> unpack(pack(ProviderState("a", [{"b": 1}])))
        {'api': 'a', 'items': [{'b': 1}]}
    """
    raw = zlib.compress(msgspec.json.encode({"api": state.api, "items": state.items}))
    return PREFIX + base64.urlsafe_b64encode(raw).decode()


def unpack(text: str) -> dict[str, Any] | None:
    """A state as the core reads it in a message; None for a text that holds none of ours."""
    if not text.startswith(PREFIX):
        return None
    try:
        raw = base64.urlsafe_b64decode(text[len(PREFIX) :])
        inflated = zlib.decompressobj().decompress(raw, LARGEST)
        state = msgspec.json.decode(inflated, type=ProviderState)
    except (binascii.Error, ValueError, zlib.error):
        return None
    return {"api": state.api, "items": state.items}
