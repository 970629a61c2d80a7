"""State of an upstream's answer as an opaque text that clients echo, and back.

It is what ``Message.state`` holds: signatures of thoughts that belong to calls, encrypted
reasoning. Nothing is kept here; whoever changes the text changes his own conversation.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from typing import Any, Final

import msgspec

from chimeric import ProviderState
from chimeric_gateway.shapes import is_array, is_object

__all__ = ["is_opaque", "pack", "unpack"]

SEALED: Final = re.compile("signature|encrypted|redacted", re.IGNORECASE)
"""What the keys and types of sealed things are called, at every provider that has some."""

PREFIX: Final = "chi1."
LARGEST: Final = 4_000_000
"""Bytes of a state; a few bytes from anybody could grow to gigabytes."""


def is_opaque(state: ProviderState) -> bool:
    """Whether a state holds what only its upstream can read; the rest a client echoes anyway.

    Example:
        >>> is_opaque(ProviderState("a", [{"type": "call", "arguments": "{}"}]))
        False
        >>> is_opaque(ProviderState("a", [{"parts": [{"thoughtSignature": "EvMC"}]}]))
        True
    """
    stack: list[Any] = list(state.items)
    while stack:
        value = stack.pop()
        if is_object(value):
            if any(inner and SEALED.search(name) for name, inner in value.items()):
                return True
            if isinstance(kind := value.get("type"), str) and SEALED.search(kind):
                return True
            stack += value.values()
        elif is_array(value):
            stack += value
    return False


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
