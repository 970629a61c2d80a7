"""Structs that the first and the last event of most streams fit: role, text, a reason to end.

The fast way of ``plain`` is for what lies between. A short answer is little more than its two ends,
so these have one too: types that know every member that such an event may have. What has another
one, or another value, fails to decode, and is read with care.
"""

from __future__ import annotations

from typing import Any

import msgspec

from .dialect import ChatDialect
from .plain import NoItems, NoText

__all__ = ["UsualChunk", "fits", "usual_chunk"]


class UsualDelta(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """A delta of text alone, or of nothing."""

    content: str | None = None
    role: str | None = None
    tool_calls: NoItems = None
    function_call: None = None
    refusal: NoText = None
    reasoning: NoText = None
    reasoning_content: NoText = None


class UsualChoice(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """The first choice; ``finish_reason`` may be absent, which is not the same as null."""

    delta: UsualDelta
    index: int = 0
    finish_reason: str | msgspec.UnsetType | None = msgspec.UNSET
    logprobs: None = None


class UsualChunk(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """A chunk of one choice, with no usage and no error."""

    choices: tuple[UsualChoice]
    id: str | None = None
    model: str | None = None
    object: str | None = None
    created: int | float | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None
    obfuscation: str | None = None
    usage: None = None
    error: None = None

    def beside(self, dialect: ChatDialect) -> dict[str, Any]:
        """What it tells beside the choices and is metadata."""
        told: dict[str, Any] = {}
        for name in dialect.metadata:
            if value := getattr(self, name, None):
                told[name] = value
        return told


_decode = msgspec.json.Decoder(UsualChunk).decode


def fits(dialect: ChatDialect) -> bool:
    """Whether a dialect has nothing to do with such events but to read them."""
    read = ("role", "content")
    return dialect.refine is None and not any(n in dialect.echo or n in dialect.keep for n in read)


def usual_chunk(data: bytes) -> UsualChunk | None:
    """An event as one of the usual kind, or None."""
    try:
        chunk = _decode(data)
    except msgspec.DecodeError:
        return None
    return None if chunk.choices[0].index else chunk
