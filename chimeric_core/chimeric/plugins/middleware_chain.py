"""The links of the middleware chain that each chunk of a call passes, and their order."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from chimeric.errors import ConfigurationError, PluginError
from chimeric.values.chunks import Source, StreamChunk

from .api import phase_of
from .hooks import Link, PluginHook

if TYPE_CHECKING:
    from chimeric.values.context import Context
    from chimeric.values.hooks.wants import Want

__all__ = ["ChunkHook", "StreamProcessor", "in_order", "kind_of", "make_chain"]

BEHIND: Final = 3
"""The place of processors that withhold: behind all phases."""

TEXT, REASONING, REFUSAL, CALLS, RESULTS, FINISH, TOOLS, FILES = 1, 2, 4, 8, 16, 32, 64, 128
"""Kinds of chunks, as bits: a chunk that a plugin made may be of several."""

OTHER_BLOCK: Final = 256
"""Beside the kind of a link's last chunk: what comes now may be of another block."""

Asked: TypeAlias = "Generator[StreamChunk | Want, Any, Any]"


class StreamProcessor(Protocol):
    """What ``chimeric_stream_processor`` returns: one object per call, with memory.

    Both methods may be generators, which yield chunks and may ask (``yield from fetch(...)``).
    A processor with the attribute ``withholds = True`` stands at the end of the chain: what it
    did not give out when the call breaks is dropped.
    """

    def process(self, chunk: StreamChunk) -> StreamChunk | Iterable[StreamChunk] | Asked | None:
        """Take a chunk; return it, a changed one, several, or None to hold it back."""
        ...

    def flush(self) -> StreamChunk | Iterable[StreamChunk] | Asked | None:
        """Give out what was held back: a chunk of another block comes, or the turn ends."""
        ...


class ChunkHook(PluginHook):
    """One link of the middleware chain: a stateless hook, or a processor with its flush.

    Attributes:
        at_blocks: whether it is flushed at the end of each block; else at the end of each turn.
        kind: kind of the last chunk that it got, if it is flushed at the end of each block.
        turn: the turn of that chunk.
        source: what the chunks of its block share.
    """

    process: Callable[[StreamChunk], Any]
    flush: Callable[[], Any] | None = None
    at_blocks: bool = False
    withholds: bool = False
    kind: int = TEXT
    turn: int = 0
    source: Source | None = None

    @classmethod
    def of_processor(cls, plugin: str, processor: StreamProcessor, *, at_blocks: bool) -> ChunkHook:
        """The link of a stateful processor."""
        return cls(
            plugin,
            "chimeric_stream_processor",
            None,
            processor.process,
            processor.flush,
            at_blocks,
            bool(getattr(processor, "withholds", False)),
            0 if at_blocks else TEXT,
        )

    def wrong_chunk(self, value: object) -> PluginError:
        """The error for what it returned or yielded, and may not."""
        return self.wrong_return(value, "return a StreamChunk, several of them, or None")


def kind_of(chunk: StreamChunk) -> int:
    """What a chunk is of; 0 for one that says nothing of an answer."""
    kind = TEXT if chunk.delta else 0
    if chunk.reasoning:
        kind |= REASONING
    if chunk.refusal:
        kind |= REFUSAL
    if chunk.tool_calls:
        kind |= CALLS
    if chunk.tool_results:
        kind |= RESULTS
    if (more := chunk._more) is not None:
        if more.citations or more.logprobs:
            kind |= TEXT
        if more.server_tools:
            kind |= TOOLS
        if more.files:
            kind |= FILES
    return kind | FINISH if chunk.finish_reason else kind


Rank: TypeAlias = tuple[int, int, int]


def make_chain(
    processors: Iterable[tuple[Link, StreamProcessor]], stateless: Sequence[Link], context: Context
) -> list[ChunkHook]:
    """The chain of one call: by phase, then by the order of the plugins.

    Raises:
        ConfigurationError: when a processor withholds text of a call with ``native=True``.
        PluginError: when a processor lacks ``process`` or ``flush``.
    """
    chain: list[tuple[Rank, ChunkHook]] = []
    for link, processor in processors:
        methods = (getattr(processor, name, None) for name in ("process", "flush"))
        if not all(map(callable, methods)):
            raise link.wrong_return(processor, "a processor has process(chunk) and flush()")
        hook = ChunkHook.of_processor(link.plugin, processor, at_blocks=not link.former)
        if hook.withholds and context.request.native:
            raise ConfigurationError(
                f"middleware {link.plugin!r} withholds text until it is released, and native "
                "events would show it earlier: call without native=True, or without the plugin"
            )
        rank = _rank(link, stateless)
        chain.append(((BEHIND, *rank[1:]) if hook.withholds else rank, hook))
    chain += [
        (_rank(link), ChunkHook(link.plugin, link.hook, None, _of_chunk(link, context)))
        for link in stateless
    ]
    chain.sort(key=lambda ranked: ranked[0])
    return [hook for _, hook in chain]


def in_order(links: Mapping[str, list[Link]]) -> dict[str, list[Link]]:
    """Links by hook, those of chunks as they stand in the chain."""
    processors, stateless = links["chimeric_stream_processor"], links["chimeric_process_chunk"]
    return {
        **links,
        "chimeric_stream_processor": sorted(processors, key=lambda link: _rank(link, stateless)),
        "chimeric_process_chunk": sorted(stateless, key=_rank),
    }


def _rank(link: Link, stateless: Iterable[Link] = ()) -> Rank:
    """Phase, then pluggy's order: last registered first, but for those that are to be last.

    A processor stands no later than the stateless hook of its plugin.
    """
    phase, impl = phase_of(link.impl.plugin), link.impl
    if impl.trylast:
        rank = (phase, 2, link.place)
    else:
        rank = (phase, 0 if impl.tryfirst else 1, -link.place)
    return min([rank, *(_rank(other) for other in stateless if other.plugin == link.plugin)])


def _of_chunk(link: Link, context: Context) -> Callable[[Any], Any]:
    """A chunk hook as a function of the chunk alone."""
    if link.names == ("chunk",):
        return link.function
    call = link.call
    return lambda chunk: call(chunk, context)
