"""Answers of ours as events of llm."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any, cast

import llm
import msgspec
from llm.parts import StreamEvent

from chimeric import (
    Citation,
    CompletionResponse,
    GeneratedFile,
    ReasoningPart,
    ServerToolChunk,
    StreamChunk,
    StreamError,
    TextPart,
    ToolCall,
    ToolCallChunk,
    TranslationWarning,
)

from .messages import KEY

__all__ = ["Events"]


class Events:
    """Makes events for one response of llm, and tells it what is no event."""

    def __init__(self, response: Any) -> None:
        self._response = response
        self._places: dict[tuple[str, Any], int] = {}
        self._last: StreamEvent | None = None
        self._length = 0
        self._calls: list[str] = []
        self._shown: set[str] = set()

    def take(self, chunk: StreamChunk) -> Iterator[StreamEvent]:
        """What a chunk says."""
        if chunk.metadata.get("restarted"):
            raise StreamError(
                "another model restarted the answer, and what was already sent cannot be taken back"
            )
        if chunk.reasoning:
            yield self._reasoning(chunk.block, chunk.reasoning)
        if chunk.delta or chunk.citations:
            yield self._text(chunk.block, chunk.delta or "", chunk.citations)
        if chunk.refusal:
            yield self._text("refusal", chunk.refusal)
        for tool in chunk.server_tools:
            yield from self._ran(tool)
        for call in chunk.tool_calls:
            if call.status == "completed":
                yield from self._called(_whole(call))
        for file in chunk.files:
            if not file.partial:
                _left_out(file)

    def whole(self, response: CompletionResponse) -> Iterator[StreamEvent]:
        """All events of a whole answer."""
        for number, part in enumerate(response.parts):
            match part:
                case TextPart():
                    yield self._text(number, part.text, part.citations)
                case ReasoningPart():
                    yield self._reasoning(number, part.reasoning)
                case ServerToolChunk():
                    yield from self._ran(part)
                case GeneratedFile():
                    _left_out(part)
                case _:
                    yield from self._called(part)
        if response.refusal:
            yield self._text("refusal", response.refusal)

    def end(self, response: CompletionResponse) -> Iterator[StreamEvent]:
        """What is known when the answer is over."""
        usage = response.usage
        details = {
            "cached_tokens": usage.cached_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
            "reasoning_tokens": usage.reasoning_tokens,
        }
        self._response.set_usage(
            input=usage.prompt_tokens,
            output=usage.completion_tokens,
            details={name: count for name, count in details.items() if count} or None,
        )
        if response.model:
            self._response.set_resolved_model(response.model)
        told = response.metadata
        self._response.response_json = {
            "id": told.get("id"),
            "provider": told.get("provider"),
            "model": response.model,
            "finish_reason": response.finish_reason,
            "request_id": told.get("request_id"),
        }
        last = response.messages[-1] if response.messages else None
        if last is None or last.role != "assistant" or last.state is None or self._last is None:
            return
        kept = {"api": last.state.api, "items": msgspec.to_builtins(last.state.items)}
        kept["of"] = [self._length, *self._calls]
        yield StreamEvent(
            type=self._last.type,
            chunk="",
            part_index=self._last.part_index,
            tool_call_id=self._last.tool_call_id,
            provider_metadata={KEY: kept},
        )

    def _place(self, kind: str, name: Any) -> int:
        return self._places.setdefault((kind, name), len(self._places))

    def _kept(self, event: StreamEvent) -> StreamEvent:
        self._last = event
        return event

    def _text(self, block: Any, text: str, cited: tuple[Citation, ...] = ()) -> StreamEvent:
        self._length += len(text)
        sources = {"citations": [_plain(citation) for citation in cited]} if cited else None
        event = StreamEvent(
            type="text",
            chunk=text,
            part_index=self._place("text", block),
            provider_metadata=sources,
        )
        return self._kept(event)

    def _reasoning(self, block: Any, text: str) -> StreamEvent:
        place = self._place("reasoning", block)
        return self._kept(StreamEvent(type="reasoning", chunk=text, part_index=place))

    def _called(self, call: ToolCall) -> Iterator[StreamEvent]:
        place = self._place("call", call.id)
        arguments = _arguments(call)
        self._calls.append(call.id)
        self._response.add_tool_call(
            llm.ToolCall(name=call.name, arguments=arguments, tool_call_id=call.id)
        )
        told: dict[str, Any] = {"part_index": place, "tool_call_id": call.id}
        yield StreamEvent(type="tool_call_name", chunk=call.name, **told)
        yield self._kept(StreamEvent(type="tool_call_args", chunk=json.dumps(arguments), **told))

    def _ran(self, tool: ServerToolChunk) -> Iterator[StreamEvent]:
        name = tool.name if tool.kind == "other" and tool.name else tool.kind
        told: dict[str, Any] = {"tool_call_id": tool.id, "server_executed": True}
        place = self._place("server tool", tool.id)
        over = tool.status in ("completed", "failed")
        if tool.id not in self._shown and (tool.input is not None or over):
            self._shown.add(tool.id)
            given = _given(msgspec.to_builtins(tool.input, enc_hook=str))
            yield StreamEvent(type="tool_call_name", chunk=name, part_index=place, **told)
            yield StreamEvent(
                type="tool_call_args", chunk=json.dumps(given), part_index=place, **told
            )
        if over:
            output: Any = msgspec.to_builtins(tool.output, enc_hook=str)
            text = output if isinstance(output, str) else json.dumps(output)
            place = self._place("result", tool.id)
            yield StreamEvent(
                type="tool_result", chunk=text, tool_name=name, part_index=place, **told
            )


def _whole(call: ToolCallChunk) -> ToolCall:
    return ToolCall(call.id, call.name, call.arguments, call.kind)


def _arguments(call: ToolCall) -> dict[str, Any]:
    try:
        arguments: Any = call.parsed()
    except msgspec.DecodeError:
        arguments = None
    if isinstance(arguments, dict):
        return cast("dict[str, Any]", arguments)
    return {"_raw": call.arguments}


def _given(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    return {"input": value} if value else {}


def _plain(citation: Citation) -> dict[str, Any]:
    named = ("url", "title", "text", "start", "end", "source")
    told = {name: getattr(citation, name) for name in named}
    return {name: value for name, value in told.items() if value is not None}


def _left_out(file: GeneratedFile) -> None:
    warnings.warn(
        f"{file.part.label}, which the model made, is left out: llm has no place for it",
        TranslationWarning,
        stacklevel=2,
    )
