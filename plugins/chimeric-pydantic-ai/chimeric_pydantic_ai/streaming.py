"""A stream of ours as a ``StreamedResponse``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from pydantic_ai.exceptions import ModelAPIError, ModelConnectionError
from pydantic_ai.messages import (
    ModelResponse,
    ModelResponseStreamEvent,
    NativeToolCallPart,
    ToolCallPart,
)
from pydantic_ai.models import StreamedResponse

from chimeric import (
    AsyncStream,
    ChimericError,
    ServerToolChunk,
    StreamChunk,
    StructuredOutputError,
    ToolCallChunk,
)

from .answers import (
    FINISH,
    SERVER_TOOLS,
    citation_of,
    details_of,
    file_of,
    plain_input,
    tool_result_of,
    usage_of,
)
from .errors import translated
from .state import stored

__all__ = ["ChimericStreamedResponse"]


class _Guarded:
    """Events that do not just end where their loop has.

    A loop that ends closes the generators that it drove, and a closed generator ends normally.
    """

    def __init__(
        self,
        events: AsyncIterator[ModelResponseStreamEvent],
        response: ChimericStreamedResponse,
    ) -> None:
        self._events = events
        self._response = response

    def __aiter__(self) -> _Guarded:
        return self

    async def __anext__(self) -> ModelResponseStreamEvent:
        try:
            return await anext(self._events)
        except StopAsyncIteration:
            response = self._response
            if response._ended or response.cancelled:
                raise
        raise ModelConnectionError(
            response.model_name,
            "the stream was closed before its answer was over, perhaps with its event loop",
            phase="read",
            in_stream=True,
        )


@dataclass
class ChimericStreamedResponse(StreamedResponse):
    """Events of pydantic-ai, made of the chunks of a stream.

    A stream that breaks raises a ``ModelAPIError``: its response is then ``incomplete``.
    """

    _stream: AsyncStream[StreamChunk]
    _asked: str
    _provider: str | None
    _timestamp: datetime = field(default_factory=lambda: datetime.now(UTC))
    _usage_received: bool | None = field(default=False, init=False)
    _calls: dict[str, bool] = field(default_factory=dict[str, bool], init=False)
    """Ids of the calls that began, and whether they are whole."""
    _arguments: dict[str, str] = field(default_factory=dict[str, str], init=False)
    _tools: dict[str, Any] = field(default_factory=dict[str, Any], init=False)
    """Ids of the provider's own tools that began, and the input they were shown with."""
    _logprobs: list[Any] = field(default_factory=list[Any], init=False)

    _ended: bool = field(default=False, init=False)

    def __aiter__(self) -> AsyncIterator[ModelResponseStreamEvent]:
        """The events; they end when the answer has."""
        if self._event_iterator is None:  # where pydantic-ai looks for it, and may put its own
            self._event_iterator = _Guarded(super().__aiter__(), self)
        return self._event_iterator

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        with translated(self._asked):
            try:
                async for chunk in self._stream:
                    for event in self._events(chunk):
                        yield event
            except StructuredOutputError:
                pass  # whether the answer fits is for the agent to judge, and to ask again
        self._end()

    def _events(self, chunk: StreamChunk) -> Iterator[ModelResponseStreamEvent]:
        if chunk.metadata.get("restarted"):
            raise ModelAPIError(
                self._asked,
                "another model restarted the answer, and what was already sent cannot be taken "
                "back",
                in_stream=True,
            )
        block = chunk.block
        if chunk.reasoning:
            yield from self._parts_manager.handle_thinking_delta(
                vendor_part_id=("thinking", block), content=chunk.reasoning
            )
        cited = [found for c in chunk.citations if (found := citation_of(c))]
        if chunk.delta or cited:
            yield from self._parts_manager.handle_text_delta(
                vendor_part_id=("text", block), content=chunk.delta or "", citations=cited or None
            )
        for call in chunk.tool_calls:
            yield from self._called(call)
        for tool in chunk.server_tools:
            yield from self._ran(tool)
        for file in chunk.files:
            made = None if file.partial else file_of(file, self._provider)
            if made is not None:
                yield self._parts_manager.handle_part(vendor_part_id=("file", file.id), part=made)
        self._logprobs.extend(msgspec.to_builtins(chunk.logprobs))

    def _called(self, call: ToolCallChunk) -> Iterator[ModelResponseStreamEvent]:
        begins = call.id not in self._calls
        whole = call.status == "completed"
        self._calls[call.id] = whole
        told = self._arguments.get(call.id, "") + call.arguments_delta
        self._arguments[call.id] = told
        kind = None if call.kind == "function" else {"kind": call.kind}
        if whole and told != call.arguments:  # the provider told all of them again
            yield self._parts_manager.handle_tool_call_part(
                vendor_part_id=("call", call.id),
                tool_name=call.name,
                args=call.arguments,
                tool_call_id=call.id,
                provider_name=self._provider if kind else None,
                provider_details=kind,
            )
            return
        if not (begins or call.arguments_delta):
            return
        yield from self._parts_manager.handle_tool_call_delta_events(
            vendor_part_id=("call", call.id),
            tool_name=call.name if begins else None,
            args=call.arguments_delta or None,
            tool_call_id=call.id,
            provider_name=self._provider if kind else None,
            provider_details=kind if begins else None,
        )

    def _ran(self, tool: ServerToolChunk) -> Iterator[ModelResponseStreamEvent]:
        name = SERVER_TOOLS.get(tool.kind, tool.kind if tool.kind != "other" else tool.name)
        place = ("server tool", tool.id)
        if tool.id not in self._tools:
            self._tools[tool.id] = None
            part = NativeToolCallPart(name, None, tool.id, provider_name=self._provider)
            yield self._parts_manager.handle_part(vendor_part_id=place, part=part)
        if tool.input is not None and self._tools[tool.id] is None:
            self._tools[tool.id] = tool.input
            yield from self._parts_manager.handle_tool_call_delta_events(
                vendor_part_id=place, args=plain_input(tool.input)
            )
        if tool.status in ("completed", "failed"):
            yield self._parts_manager.handle_part(
                vendor_part_id=("result", tool.id), part=tool_result_of(tool, self._provider)
            )

    def _end(self) -> None:
        self._ended = True
        response = self._stream.response
        self._add_usage(usage_of(response.usage), reported=response.usage.source == "reported")
        self.finish_reason = FINISH.get(response.finish_reason)
        self.provider_response_id = response.metadata.get("id")
        if response.finish_reason == "pause":
            self.state = "suspended"
        logprobs = {"logprobs": self._logprobs} if self._logprobs else {}
        parts = self._whole(self._parts_manager.get_parts())
        self.provider_details = {**details_of(response), **logprobs, **stored(response, parts)}

    def get(self) -> ModelResponse:
        """The response so far; calls that the provider did not finish are in none that ended."""
        response = super().get()
        if response.state not in ("complete", "suspended"):
            return response
        return replace(response, parts=self._whole(response.parts))

    def _whole(self, parts: Any) -> list[Any]:
        return [
            part
            for part in parts
            if not isinstance(part, ToolCallPart) or self._calls.get(part.tool_call_id, True)
        ]

    async def close_stream(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    def get_stream_cancel_errors(self) -> tuple[type[BaseException], ...]:
        """What a reader sees when another task closes the stream."""
        return (ChimericError,)

    @property
    def model_name(self) -> str:
        """The model that answers, as the provider calls it."""
        return self._stream.response.model or self._asked

    @property
    def provider_name(self) -> str | None:
        """The provider that answers."""
        told: str | None = self._stream.response.metadata.get("provider")
        return told or self._provider

    @property
    def provider_url(self) -> None:
        """Not known here: a client has as many addresses as endpoints."""

    @property
    def timestamp(self) -> datetime:
        """When the stream was opened."""
        return self._timestamp
