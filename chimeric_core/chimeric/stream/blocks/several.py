"""What a parser told of one event, where that is no single delta."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

import msgspec

from chimeric.errors import PluginError
from chimeric.plugins.provider_plugin import ProviderPlugin
from chimeric.values.chunks import StreamChunk
from chimeric.values.deltas import Delta, Event, ToolCallDelta

if TYPE_CHECKING:
    from chimeric.stream.pipeline import Pipeline

__all__ = ["Several", "deltas_of", "in_turn", "parted"]


def deltas_of(told: object, plugin: ProviderPlugin | None, hook: str) -> Sequence[Delta]:
    """Several deltas, a text, or nothing, as deltas.

    Raises:
        PluginError: for anything else.
    """
    if told is None or told == "":
        return ()
    several = cast("Sequence[Any]", told) if isinstance(told, (list, tuple)) else (told,)
    deltas: list[Delta] = []
    for delta in several:
        if isinstance(delta, ToolCallDelta):
            delta = Delta(tool_calls=(delta,))
        if not isinstance(delta, (Delta, str)):
            wanted = "return a Delta, a text, several Deltas, or None"
            name, of = ("", None) if plugin is None else (plugin.name, plugin.distribution)
            raise PluginError.wrong_return(name, hook, delta, wanted, of)
        deltas.append(Delta(text=delta) if isinstance(delta, str) else delta)
    return deltas


class Several:
    """Chunks that are made as they are asked for: none, one or more."""

    __slots__ = ("_chunks",)

    def __init__(self, chunks: Iterator[StreamChunk]) -> None:
        self._chunks = chunks

    def __len__(self) -> int:
        return 2  # it is not known to be one

    def __iter__(self) -> Iterator[StreamChunk]:
        return self._chunks

    if TYPE_CHECKING:  # no one is asked for where it is not known to be the only one

        def __getitem__(self, place: int) -> StreamChunk: ...


def parted(delta: Delta) -> Iterator[Delta]:
    """What an event adds to several blocks, one after the other; the rest is kept already."""
    if delta.reasoning:
        yield Delta(reasoning=delta.reasoning, block=delta.block)
    if delta.text or delta.citations or delta.logprobs:
        yield Delta(
            text=delta.text, citations=delta.citations, logprobs=delta.logprobs, block=delta.block
        )
    if delta.refusal:
        yield Delta(refusal=delta.refusal, block=delta.block)
    for tool in delta.server_tools:
        yield Delta(server_tools=(tool,))
    for file in delta.files:
        yield Delta(files=(file,))
    for call in delta.tool_calls:
        yield Delta(tool_calls=(call,))


def in_turn(
    pipeline: Pipeline, deltas: Iterator[Delta], event: Event | None, *, first: bool
) -> Iterator[StreamChunk]:
    """The chunks of several deltas of one event: the first of them has its bytes."""
    for delta in deltas:
        for chunk in pipeline._rich(delta, event):
            yield chunk if first else msgspec.structs.replace(chunk, _event=None)
            first = False
        delivery = pipeline._asking()
        if delivery is not None:
            delivery.later(in_turn(pipeline, deltas, event, first=first))
            return
