"""The links of the middleware chain that each chunk of a call passes, and their order."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

import msgspec

from chimeric.errors import PluginError
from chimeric.values.chunks import StreamChunk

if TYPE_CHECKING:
    from chimeric.values.wants import Want

__all__ = ["PHASES", "ChunkHook", "StreamProcessor", "kind_of", "phase_of"]

PHASES: Final = ("record", "transform", "guard")
"""What a plugin may declare as ``chimeric_phase``, in the order in which chunks pass."""

TEXT, REASONING, REFUSAL, CALLS, RESULTS, FINISH = 1, 2, 4, 8, 16, 32
"""Kinds of chunks, as bits: a chunk of a whole answer may be of several."""

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


class ChunkHook(msgspec.Struct):
    """One link of the middleware chain: a stateless hook, or a processor with its flush.

    Attributes:
        at_blocks: whether it is flushed at the end of each block; else at the end of each turn.
        kind: kind of the last chunk that it got, if it is flushed at the end of each block.
        turn: the turn of that chunk.
    """

    plugin: str
    hook: str
    process: Callable[[StreamChunk], Any]
    flush: Callable[[], Any] | None = None
    at_blocks: bool = False
    withholds: bool = False
    kind: int = TEXT
    turn: int = 0

    @classmethod
    def of_processor(cls, plugin: str, processor: StreamProcessor, *, at_blocks: bool) -> ChunkHook:
        """The link of a stateful processor."""
        return cls(
            plugin,
            "chimeric_stream_processor",
            processor.process,
            processor.flush,
            at_blocks,
            bool(getattr(processor, "withholds", False)),
            0 if at_blocks else TEXT,
        )

    def failed(self, error: Exception) -> PluginError:
        """The error for what it raised."""
        return PluginError(
            f"middleware {self.plugin!r} failed in {self.hook}: {type(error).__name__}: {error}",
            plugin=self.plugin,
            hook=self.hook,
        )

    def wrong_return(self, value: object) -> PluginError:
        """The error for what it returned or yielded, and may not."""
        wanted = "return a StreamChunk, several of them, or None"
        return PluginError.wrong_return(self.plugin, self.hook, value, wanted)


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
    return kind | FINISH if chunk.finish_reason else kind


def phase_of(plugin: object) -> int:
    """The place of a plugin's phase in ``PHASES``.

    Raises:
        PluginError: for a word that is none.
    """
    told: Any = getattr(plugin, "chimeric_phase", "transform")
    if told not in PHASES:
        raise PluginError(f"chimeric_phase is {told!r}; declare one of {', '.join(PHASES)}")
    return PHASES.index(told)
