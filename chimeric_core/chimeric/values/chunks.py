"""What the caller sees: one chunk for each thing that a stream adds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from .deltas import Event, FinishReason
from .text_log import TextLog
from .usage import Usage

if TYPE_CHECKING:
    from chimeric.plugins.provider_plugin import ProviderPlugin

    from .tools.arguments import ArgumentsLog

__all__ = ["Source", "StreamChunk", "ToolCallChunk", "ToolExecutionResult", "ToolStatus"]

ToolStatus = Literal["started", "arguments_streaming", "completed"]

force_setattr = msgspec.structs.force_setattr


class Source:
    """What the chunks of one response share, so that each is small.

    Attributes:
        log: the text of the whole stream.
        plugin: of the provider; knows its events.
        state: the parser's, which some events cannot be understood without.
        partial: reads the best valid prefix of a structured answer.
    """

    __slots__ = ("log", "partial", "plugin", "state")

    def __init__(
        self,
        log: TextLog,
        plugin: ProviderPlugin | None = None,
        state: Any = None,
        partial: Callable[[StreamChunk], Any] | None = None,
    ) -> None:
        self.log = log
        self.plugin = plugin
        self.state = state
        self.partial = partial

    def __reduce__(self) -> tuple[Any, ...]:
        # A provider's code and its parser's memory stay where they are: ``native`` goes with them.
        return (Source, (self.log, None, None, self.partial))


class ToolCallChunk(msgspec.Struct, frozen=True, gc=False, eq=False):
    """What a chunk says of one tool call.

    Attributes:
        index: place of the call in its turn, from 0.
        id: the call's id (made up by Chimeric where the provider sends none).
        name: the tool's name.
        arguments_delta: JSON text that this chunk added to the arguments.
        status: ``started``, ``arguments_streaming`` or ``completed``. Only a completed call is
            whole; never run another.
        kind: ``function``, or ``custom`` for a tool whose input is free text.
    """

    index: int
    id: str
    name: str
    arguments_delta: str = ""
    status: ToolStatus = "arguments_streaming"
    _log: ArgumentsLog | None = None
    _size: int = 0
    kind: Literal["function", "custom"] = "function"

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
        fields = ("index", "id", "name", "arguments_delta", "status")
        return {name: getattr(self, name) for name in fields}

    def __repr__(self) -> str:
        shown = ", ".join(f"{k}={v!r}" for k, v in self.to_dict().items())
        return f"ToolCallChunk({shown})"


class ToolExecutionResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a tool call.

    Attributes:
        call_id: id of the call.
        name: the tool's name.
        arguments: the JSON text it was called with.
        output: what the model is told, as text.
        is_error: whether it failed, was unknown, denied, or got bad arguments.
        value: what the function returned, as it was.
        duration: seconds that it ran.
    """

    call_id: str
    name: str
    arguments: str
    output: str
    is_error: bool = False
    value: Any = None
    duration: float = 0.0


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
        tool_results: results that the tool loop just produced.
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
    _metadata: dict[str, Any] | None = None

    @property
    def content(self) -> str:
        """All text from the start of the response up to and with this chunk."""
        before = self._source.log.upto(self._before) if self._source is not None else ""
        return before + self.delta if self.delta else before

    @property
    def metadata(self) -> dict[str, Any]:
        """What else is known; on the last chunk at least provider, model, id and usage."""
        if self._metadata is None:
            force_setattr(self, "_metadata", {})
        assert self._metadata is not None
        return self._metadata

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
        if "metadata" in changes:
            changes["_metadata"] = changes.pop("metadata")
        return msgspec.structs.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: the fields that say something, ``content`` left out."""
        data: dict[str, Any] = {
            "delta": self.delta,
            "reasoning": self.reasoning,
            "refusal": self.refusal,
            "finish_reason": self.finish_reason,
            "tool_calls": [call.to_dict() for call in self.tool_calls],
            "tool_results": self.tool_results,
            "usage": self.usage,
            "metadata": self._metadata,
        }
        told = {name: value for name, value in data.items() if value}
        return {"turn": self.turn, **msgspec.to_builtins(told, enc_hook=str)}

    def __str__(self) -> str:
        return self.delta or ""

    def __repr__(self) -> str:
        shown = ", ".join(f"{k}={v!r}" for k, v in self.to_dict().items())
        return f"StreamChunk({shown})"
