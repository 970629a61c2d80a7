"""The links of the middleware chain, called with care, and what they are given and return."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import Any, TypeAlias

import msgspec

from chimeric.errors import warn_of_plugin
from chimeric.plugins.middleware_chain import ChunkHook
from chimeric.schema.type_guards import is_iterable
from chimeric.values.chunks import Source, StreamChunk

__all__ = ["Place", "close", "listed", "parts", "place_of"]

Place: TypeAlias = tuple[int, Source]
"""The turn and the block that a chunk belongs to which a plugin made of nothing."""

NOTHING: dict[str, Any] = {
    "reasoning": None,
    "delta": None,
    "refusal": None,
    "tool_calls": (),
    "tool_results": (),
    "server_tools": (),
    "files": (),
    "finish_reason": None,
}
"""What a chunk may be of, in the order of its parts."""


def parts(chunk: StreamChunk) -> Iterator[StreamChunk]:
    """A chunk of several kinds as chunks of one kind each; the first has the event."""
    names = [name for name in NOTHING if getattr(chunk, name)]
    if "delta" not in names and (chunk.citations or chunk.logprobs):
        names.insert(0, "delta")
    rest = chunk._more.metadata if chunk._more is not None else None
    nothing = chunk.replace(**NOTHING, usage=None, _more=None)
    for name in names:
        told: dict[str, Any] = {name: getattr(chunk, name)}
        if name == "delta":
            told |= {"citations": chunk.citations, "logprobs": chunk.logprobs}
        if name == names[-1]:
            told |= {"usage": chunk.usage, "metadata": rest}
        yield nothing.replace(**told)
        nothing = msgspec.structs.replace(nothing, _event=None)


def place_of(chunk: StreamChunk) -> Place:
    assert chunk._source is not None
    return chunk.turn, chunk._source


def listed(hook: ChunkHook, out: Any) -> list[StreamChunk]:
    """What a link returned, checked.

    Raises:
        PluginError: when it is anything but chunks; the text names the link.
    """
    if out is None:
        return []
    items: list[Any] = [out]
    if type(out) is not StreamChunk and is_iterable(out):
        items = hook.run(list, out)
    for item in items:
        if type(item) is not StreamChunk:
            raise hook.wrong_chunk(item)
    return items


def close(hook: ChunkHook, generator: Generator[Any, Any, Any]) -> None:
    """Close a link's generator; a fault of it changes nothing any more."""
    try:
        generator.close()
    except Exception as error:
        text = f"middleware {hook.plugin!r} failed in {hook.hook} while it was closed: {error}"
        warn_of_plugin(text)
        with suppress(Exception):  # it asked while it was closed: now it stands there
            generator.close()
