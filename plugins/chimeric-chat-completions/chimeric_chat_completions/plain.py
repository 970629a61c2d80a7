"""Structs that only a plain event fits: the fast way of nearly every event of a stream.

Their types say what must be absent or empty. Decoding into ``PlainChunk`` succeeds exactly when
the event adds text and nothing else, so the parser needs no checks of its own; into ``SideChunk``
when it adds only reasoning or fragments of arguments. Anything else fails to decode and is read
with care instead.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

import msgspec

from chimeric import Delta, ToolCallDelta

__all__ = ["PlainChunk", "SideChunk", "plain_decoder", "side_decoder", "side_delta"]

NoText: TypeAlias = Annotated[str, msgspec.Meta(max_length=0)] | None
NoWord: TypeAlias = Literal["", "null", None]
NoItems: TypeAlias = Annotated[list[Any], msgspec.Meta(max_length=0)] | None


class PlainDelta(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """A delta of text alone, with the members that servers send along empty."""

    content: str
    role: str | None = None
    tool_calls: NoItems = None
    function_call: None = None
    refusal: NoText = None
    reasoning: NoText = None
    reasoning_content: NoText = None
    reasoning_details: NoItems = None


class PlainFunction(msgspec.Struct, frozen=True, gc=False):
    """A fragment of arguments."""

    arguments: str
    name: NoText = None


class PlainCall(msgspec.Struct, frozen=True, gc=False):
    """A tool call that goes on."""

    index: int
    function: PlainFunction
    id: NoText = None
    custom: None = None
    extra_content: None = None


class SideDelta(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """A delta of reasoning or arguments, with the members that servers send along."""

    content: NoText = None
    tool_calls: tuple[PlainCall] | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    reasoning_text: str | None = None
    role: str | None = None
    channel: str | None = None
    refusal: NoText = None
    reasoning_details: NoItems = None
    function_call: None = None
    annotations: NoItems = None
    executed_tools: NoItems = None
    extra_content: None = None
    images: NoItems = None
    audio: None = None


class _Choice(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    index: Literal[0] | None = 0
    finish_reason: NoWord = None
    usage: None = None
    error: None = None


class PlainChoice(_Choice, frozen=True, gc=False, kw_only=True):
    """The first choice, not finished."""

    delta: PlainDelta


class SideChoice(_Choice, frozen=True, gc=False, kw_only=True):
    """The first choice, not finished."""

    delta: SideDelta


class _Chunk(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    usage: None = None
    error: None = None
    citations: NoItems = None
    search_results: NoItems = None


class PlainChunk(_Chunk, frozen=True, gc=False, kw_only=True):
    """A chunk of one choice, with no usage and no error."""

    choices: tuple[PlainChoice]


class SideChunk(_Chunk, frozen=True, gc=False, kw_only=True):
    """The same. Each field that must be absent costs the decoder time with every other one of an
    event, so these two are looked for only here: they come with the first or the last event."""

    choices: tuple[SideChoice]
    web_search: NoItems = None
    search_info: None = None


Chunk = TypeVar("Chunk", bound=_Chunk)


@lru_cache
def plain_decoder(watch: tuple[str, ...]) -> Callable[[bytes], PlainChunk]:
    """The decoder of plain chunks, for which the top-level fields ``watch`` must be absent too."""
    return _decoder(PlainChunk, watch)


@lru_cache
def side_decoder(watch: tuple[str, ...]) -> Callable[[bytes], SideChunk]:
    """The same for side chunks."""
    return _decoder(SideChunk, watch)


def _decoder(kind: type[Chunk], watch: tuple[str, ...]) -> Callable[[bytes], Chunk]:
    if not watch:
        return msgspec.json.Decoder(kind).decode
    fields = [(name, None, None) for name in watch]
    narrowed: type[Any] = msgspec.defstruct(
        kind.__name__, fields, bases=(kind,), frozen=True, gc=False, kw_only=True
    )
    decoder: msgspec.json.Decoder[Chunk] = msgspec.json.Decoder(narrowed)
    return decoder.decode


def side_delta(chunk: SideChunk) -> Delta | ToolCallDelta | None:
    """What a side chunk adds."""
    delta = chunk.choices[0].delta
    calls = delta.tool_calls
    if calls is not None:
        call = calls[0]
        added = ToolCallDelta(call.index, None, None, call.function.arguments)
        if not (reasoning := delta.reasoning or delta.reasoning_content or delta.reasoning_text):
            return added
        return Delta(reasoning=reasoning, tool_calls=(added,))
    # Servers that send both send the same text twice.
    reasoning = delta.reasoning or delta.reasoning_content or delta.reasoning_text
    return Delta(reasoning=reasoning) if reasoning else None
