"""What the caller sees: one chunk for each thing that a stream adds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from .blocks.citations import Citation
from .blocks.files import GeneratedFile
from .blocks.logprobs import TokenLogprob
from .blocks.server_tools import ServerToolChunk
from .deltas import Event, FinishReason
from .messages import Part, ToolCallKind
from .text_log import TextLog
from .usage import Usage

if TYPE_CHECKING:
    from chimeric.plugins.provider_plugin import ProviderPlugin

    from .tools.arguments import ArgumentsLog

__all__ = ["Source", "StreamChunk", "ToolCallChunk", "ToolExecutionResult", "ToolStatus"]

ToolStatus = Literal["started", "arguments_streaming", "completed"]

force_setattr = msgspec.structs.force_setattr


class Source(msgspec.Struct, eq=False):
    """What the chunks of one block share, so that each is small.

    Attributes:
        block: the block's number; None where chunks belong to none.
        log: the text of the whole stream.
        plugin: of the provider; knows its events.
        state: the parser's, which some events cannot be understood without.
        partial: reads the best valid prefix of a structured answer.
    """

    log: TextLog
    plugin: ProviderPlugin | None = None
    state: Any = None
    partial: Callable[[StreamChunk], Any] | None = None
    block: int | None = None

    __repr__ = object.__repr__  # a chunk's own is short

    def of_block(self, block: int | None) -> Source:
        """The same for another block; itself for its own, so that nobody sees one begin."""
        same = block == self.block
        return self if same else Source(self.log, self.plugin, self.state, self.partial, block)

    def __reduce__(self) -> tuple[Any, ...]:
        # A provider's code and its parser's memory stay where they are: ``native`` goes with them.
        return (Source, (self.log, None, None, self.partial, self.block))


class More(msgspec.Struct, frozen=True, gc=False, eq=False, omit_defaults=True):
    """What few chunks have, in one slot of a chunk."""

    metadata: dict[str, Any] | None = None
    server_tools: tuple[ServerToolChunk, ...] = ()
    citations: tuple[Citation, ...] = ()
    files: tuple[GeneratedFile, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()


NO_MORE = More()
MORE = More.__struct_fields__
SAID = ("delta", "reasoning", "refusal", "finish_reason", "tool_calls", "tool_results", "usage")


class ToolCallChunk(msgspec.Struct, frozen=True, gc=False, eq=False):
    """What a chunk says of one tool call.

    Attributes:
        index: place of the call in its turn, from 0.
        id: the call's id (made up by Chimeric where the provider sends none).
        name: the tool's name.
        arguments_delta: JSON text that this chunk added to the arguments.
        status: ``started``, ``arguments_streaming`` or ``completed``. Only a completed call is
            whole; never run another.
        kind: ``function``, ``custom`` for a tool whose input is free text, or what else the
            caller is asked for: see ``ToolCall``.
    """

    index: int
    id: str
    name: str
    arguments_delta: str = ""
    status: ToolStatus = "arguments_streaming"
    _log: ArgumentsLog | None = None
    _size: int = 0
    kind: ToolCallKind = "function"

    @property
    def arguments(self) -> str:
        """All JSON text of the arguments up to and with this chunk."""
        return self._log.upto(self._size) if self._log is not None else self.arguments_delta

    @property
    def partial_arguments(self) -> Any:
        """The best valid prefix of the arguments as a Python value; ``{}`` before there is one."""
        value = self._log.value(self._size) if self._log is not None else None
        return {} if value is None else value

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, without the accumulated arguments."""
        kind = () if self.kind == "function" else ("kind",)
        fields = ("index", "id", "name", "arguments_delta", "status", *kind)
        return {name: getattr(self, name) for name in fields}

    def __repr__(self) -> str:
        from .forms.short import tool_call_line

        return tool_call_line(self)


class ToolExecutionResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a tool call.

    A tool may return one itself, to say in its own words that it failed: ``output``, ``is_error``,
    ``parts`` and ``value`` are taken over, the rest is the call's. An async generator that
    yields one has ended with it, and it is no progress.

    Attributes:
        call_id: id of the call.
        name: the tool's name.
        arguments: the JSON text it was called with.
        output: what the model is told, as text.
        is_error: whether it failed, was unknown, denied, or got bad arguments.
        value: what the function returned (or yielded), as it was.
        duration: seconds that it ran.
        status: ``completed``, also of what failed; ``progress`` for what a tool that is a
            generator yields before that. The model is told completed ones only.
        parts: what the model is given where that is more than text; ``output`` describes it.
    """

    call_id: str
    name: str
    arguments: str
    output: str
    is_error: bool = False
    value: Any = None
    duration: float = 0.0
    status: Literal["progress", "completed"] = "completed"
    parts: tuple[Part, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        from .forms.pickled import reduced

        return reduced(self, in_doubt="value")


class StreamChunk(msgspec.Struct, frozen=True, gc=False, eq=False):
    """One step of a stream. See DESIGN's table in the documentation for each field.

    Attributes:
        delta: text that this chunk added, or None.
        turn: 0 for the first request, +1 for each round of the tool loop.
        reasoning: reasoning text that it added, or None.
        refusal: refusal text that it added, or None.
        finish_reason: None, or at the end of a turn ``stop``, ``length``, ``tool_calls``,
            ``content_filter``, ``refusal``, ``pause`` or ``other``.
        tool_calls: what it said of tool calls.
        tool_results: results that the tool loop just produced, and the progress of tools.
        usage: token counts, when this chunk carried them.
    """

    delta: str | None = None
    turn: int = 0
    _source: Source | None = None
    _before: int = 0
    _event: Event | None = None
    reasoning: str | None = None
    refusal: str | None = None
    finish_reason: FinishReason | None = None
    tool_calls: tuple[ToolCallChunk, ...] = ()
    tool_results: tuple[ToolExecutionResult, ...] = ()
    usage: Usage | None = None
    _more: More | None = None

    @property
    def content(self) -> str:
        """All text from the start of the response up to and with this chunk."""
        before = self._source.log.upto(self._before) if self._source is not None else ""
        return before + self.delta if self.delta else before

    @property
    def metadata(self) -> dict[str, Any]:
        """What else is known; on the last chunk at least provider, model, id and usage."""
        more = self._more or NO_MORE
        if more.metadata is None:
            more = msgspec.structs.replace(more, metadata={})
            force_setattr(self, "_more", more)
        assert more.metadata is not None
        return more.metadata

    @property
    def block(self) -> int | None:
        """The content block of the turn that it belongs to, numbered by first appearance.

        A text, a reasoning, a tool call, a server tool and a file are one each. They may
        interleave: it is an identity, not a place. None for the end of a turn, for tool results,
        and for what a plugin made of nothing and has not given out yet.
        """
        return self._source.block if self._source is not None else None

    @property
    def server_tools(self) -> tuple[ServerToolChunk, ...]:
        """What it said of tools that the provider runs: searches, code, pictures."""
        return () if self._more is None else self._more.server_tools

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Sources that the event of this chunk named for the block's text."""
        return () if self._more is None else self._more.citations

    @property
    def files(self) -> tuple[GeneratedFile, ...]:
        """Files that the model made, and previews of them."""
        return () if self._more is None else self._more.files

    @property
    def logprobs(self) -> tuple[TokenLogprob, ...]:
        """How probable the tokens of its text were, where that was asked for."""
        return () if self._more is None else self._more.logprobs

    @property
    def raw(self) -> bytes:
        """Payload of the wire event, as it came; empty for chunks that no event made."""
        return self._event.data if self._event is not None else b""

    @property
    def native(self) -> Any:
        """The provider's own event as a typed struct, decoded now; None where there is none."""
        source, event = self._source, self._event
        if event is None or source is None or source.plugin is None:
            return None
        return source.plugin.native(event, source.state)

    @property
    def partial(self) -> Any:
        """With a ``response_format``: the best valid prefix of the answer as plain data."""
        source = self._source
        return None if source is None or source.partial is None else source.partial(self)

    def replace(self, **changes: Any) -> StreamChunk:
        """A copy with ``changes``; the way for middleware to change a chunk.

        Example:
            >>> StreamChunk("hello").replace(delta="HELLO").delta
            'HELLO'
        """
        more = {name: changes.pop(name) for name in MORE if name in changes}
        if more:
            changes["_more"] = msgspec.structs.replace(self._more or NO_MORE, **more)
        if "block" in changes:
            source = self._source or Source(TextLog())
            changes["_source"] = source.of_block(changes.pop("block"))
        return msgspec.structs.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: the fields that say something, ``content`` left out."""
        place: dict[str, Any] = {"turn": self.turn}
        source = self._source
        if source is not None and source.block is not None:
            place["block"] = source.block
        more = self._more or self.reasoning or self.refusal or self.finish_reason
        if not (more or self.tool_calls or self.tool_results or self.usage):  # as most are
            return {**place, "delta": self.delta} if self.delta else place
        told = {name: value for name in SAID if (value := getattr(self, name))}
        if self.tool_calls:
            told["tool_calls"] = [call.to_dict() for call in self.tool_calls]
        told |= {name: value for name in MORE if (value := getattr(self._more, name, None))}
        return {**place, **msgspec.to_builtins(told, enc_hook=str)}

    def __str__(self) -> str:
        return self.delta or ""

    def __repr__(self) -> str:
        from .forms.short import chunk_line

        return chunk_line(self)
