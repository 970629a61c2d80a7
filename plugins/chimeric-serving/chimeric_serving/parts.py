"""Chunks as parts of messages that are open for a while: what the front ends' protocols share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from chimeric import (
    Citation,
    GeneratedFile,
    ServerToolChunk,
    StreamChunk,
    ToolCallChunk,
    ToolExecutionResult,
)

from .wire import json_bytes

__all__ = ["OpenPart", "PartsEncoder"]


class OpenPart(ABC):
    """A text, a refusal or a reasoning that is being written.

    Args:
        kind: ``text``, ``refusal`` or ``reasoning``.
        turn: its number in the answer.
        block: its number in the turn.
        head: the event of a delta up to its text; one brace closes it.
    """

    def __init__(self, kind: str, turn: int, block: int | None, head: str) -> None:
        self.kind = kind
        self.turn = turn
        self.block = block
        self.citations: list[dict[str, Any]] = []
        self._head = head.encode()

    @abstractmethod
    def begin(self) -> Iterable[bytes]: ...

    def delta(self, text: str) -> bytes:
        return self._head + json_bytes(text) + b"}\n\n"

    @abstractmethod
    def end(self) -> Iterable[bytes]: ...


Part = TypeVar("Part", bound=OpenPart)


class PartsEncoder(ABC, Generic[Part]):
    """Writes what is in a chunk in the order in which a front end must hear of it.

    Args:
        reasoning: whether the reasoning is sent.
        tool_errors: whether the words of a tool that failed are sent.
    """

    def __init__(self, *, reasoning: bool, tool_errors: bool) -> None:
        self._reasoning = reasoning
        self._tool_errors = tool_errors
        self._turn: int | None = None
        self._part: Part | None = None
        self._last: StreamChunk | None = None

    def encode(self, chunk: StreamChunk) -> Iterable[bytes]:
        """The events of a chunk."""
        part, delta = self._part, chunk.delta
        if (
            delta
            and part is not None
            and part.block == chunk.block
            and part.turn == chunk.turn
            and part.kind == "text"
            and not chunk.citations
        ):
            return (part.delta(delta),)  # as most are
        return self._events(chunk)

    def _events(self, chunk: StreamChunk) -> Iterable[bytes]:
        if chunk.metadata.get("restarted"):
            yield from self._restarted()
        if chunk.reasoning and self._reasoning:
            yield from self._said(chunk, "reasoning", chunk.reasoning)
        if chunk.delta:
            yield from self._said(chunk, "text", chunk.delta)
        if chunk.refusal:
            yield from self._said(chunk, "refusal", chunk.refusal)
        for tool in chunk.server_tools:
            yield from self._server_tool(chunk.turn, tool)
        for call in chunk.tool_calls:
            yield from self._tool_call(chunk.turn, call)
        for file in chunk.files:
            yield from self._file(chunk.turn, file)
        for citation in chunk.citations:
            yield from self._citation(chunk, citation)
        for result in chunk.tool_results:
            yield from self._result(result)
        if chunk.finish_reason is not None:
            self._last = chunk
            yield from self._cut_calls()

    def _begin_turn(self, turn: int) -> Iterable[bytes]:
        if self._turn != turn:
            yield from self._end_turn()
            self._turn = turn
            yield self._turn_begins(turn)

    def _said(self, chunk: StreamChunk, kind: str, delta: str) -> Iterable[bytes]:
        part = self._part
        if part is None or (part.kind, part.turn, part.block) != (kind, chunk.turn, chunk.block):
            yield from self._begin_turn(chunk.turn)
            yield from self._end_part()
            part = self._part = self._new_part(kind, chunk)
            yield from part.begin()
        yield part.delta(delta)

    def _end_part(self) -> Iterable[bytes]:
        part = self._part
        if part is None:
            return ()
        self._part = None
        return part.end()

    @abstractmethod
    def _turn_begins(self, turn: int) -> bytes: ...

    @abstractmethod
    def _end_turn(self) -> Iterable[bytes]: ...

    @abstractmethod
    def _new_part(self, kind: str, chunk: StreamChunk) -> Part: ...

    @abstractmethod
    def _tool_call(self, turn: int, said: ToolCallChunk) -> Iterable[bytes]: ...

    @abstractmethod
    def _cut_calls(self) -> Iterable[bytes]:
        """Calls that did not become whole before their turn ended: nobody may make them."""

    @abstractmethod
    def _result(self, result: ToolExecutionResult) -> Iterable[bytes]: ...

    @abstractmethod
    def _server_tool(self, turn: int, tool: ServerToolChunk) -> Iterable[bytes]: ...

    @abstractmethod
    def _file(self, turn: int, file: GeneratedFile) -> Iterable[bytes]: ...

    @abstractmethod
    def _citation(self, chunk: StreamChunk, citation: Citation) -> Iterable[bytes]: ...

    @abstractmethod
    def _restarted(self) -> Iterable[bytes]:
        """Another model answers: what this turn has shown is not to be trusted any more."""
