"""Structs that only a plain text event fits: the fast way of nearly every event of a stream.

Their types say what must be absent or empty. Decoding into them succeeds exactly when the event
adds text and nothing else, so the parser needs no checks of its own; anything else fails to
decode and is read with care instead.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeAlias, cast

import msgspec

__all__ = ["PlainChunk", "plain_decoder"]

NoText: TypeAlias = Annotated[str, msgspec.Meta(max_length=0)] | None
NoItems: TypeAlias = Annotated[list[Any], msgspec.Meta(max_length=0)] | None


class PlainDelta(msgspec.Struct, frozen=True, gc=False):
    """A delta of text alone."""

    content: str
    refusal: NoText = None
    tool_calls: NoItems = None
    reasoning: NoText = None
    reasoning_content: NoText = None
    reasoning_details: NoItems = None
    function_call: None = None
    annotations: NoItems = None
    executed_tools: NoItems = None
    extra_content: None = None
    images: NoItems = None
    audio: None = None


class PlainChoice(msgspec.Struct, frozen=True, gc=False):
    """The first choice, not finished."""

    delta: PlainDelta
    index: Literal[0] | None = 0
    finish_reason: NoText = None
    usage: None = None


class PlainChunk(msgspec.Struct, frozen=True, gc=False):
    """A chunk of one choice, with no usage and no error."""

    choices: tuple[PlainChoice]
    usage: None = None
    error: None = None
    citations: NoItems = None


@lru_cache
def plain_decoder(watch: tuple[str, ...]) -> Callable[[bytes], PlainChunk]:
    """The decoder of plain chunks, for which the top-level fields ``watch`` must be absent too."""
    if not watch:
        return msgspec.json.Decoder(PlainChunk).decode
    fields = [(name, None, None) for name in watch]
    struct = msgspec.defstruct("PlainChunk", fields, bases=(PlainChunk,), frozen=True, gc=False)
    return cast("Callable[[bytes], PlainChunk]", msgspec.json.Decoder(struct).decode)
