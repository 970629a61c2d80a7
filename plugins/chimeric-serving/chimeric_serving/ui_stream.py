"""Chunks as the UI message stream of Vercel's AI SDK, which ``useChat`` reads.

Source of the protocol: ``uiMessageChunkSchema`` and ``processUIMessageStream`` of the npm package
``ai`` 7.0.173, and what 5.x and 6.x take of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from chimeric import (
    Citation,
    CompletionResponse,
    GeneratedFile,
    ServerToolChunk,
    StreamChunk,
    ToolCallChunk,
    ToolExecutionResult,
)

from .events import INTERNAL, told_of
from .parts import PartsEncoder
from .results import output_of
from .shown import TOOL_FAILED
from .ui_blocks import OpenCall, OpenText, event
from .ui_parts import (
    citation_of,
    file_of,
    server_tool_error,
    server_tool_name,
    source_of,
    usage_of,
)
from .ui_replay import replayed

if TYPE_CHECKING:
    from .ui_requests import UIRequest

__all__ = ["UIStreamEncoder"]

FINISH_REASONS: Final = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool-calls",
    "content_filter": "content-filter",
    "refusal": "content-filter",
}
CUT_OFF: Final = "the call was cut off"
End = CompletionResponse[Any] | StreamChunk


class UIStreamEncoder(PartsEncoder[OpenText]):
    """Writes the AI SDK's UI message stream.

    Text, reasoning, tool calls, their results and progress, tools that the provider runs, sources,
    files, steps, and what a plugin paused (as a request of approval) are parts of one assistant
    message. The token counts are in its metadata. An answer that breaks off has an ``error`` and
    no ``finish``.

    Args:
        request: what the front end sent (``read_ui_request``). Where its last message is one of the
            assistant (tools of the front end, approvals), the answer goes on with that message.
        message_id: id of the message; without it, a new one or that of the request.
        before: parts that the message has already (of ``to_ui_messages``), for a page that was
            loaded again while an answer goes on with a message: it is shown anew as a whole.
        sdk: the major version of ``ai`` in the front end. Older ones end the whole stream at what
            they do not know, so that is left out: below 7 a restart cannot take back what was
            shown, below 6 there are no approvals.
        dynamic: which tools are ``dynamic-tool`` parts rather than ``tool-NAME`` parts: True for
            all, or their names. Tools that the provider runs always are.
        reasoning: whether the reasoning is sent.
        sources: whether citations are sent, as ``source-url`` and ``source-document`` parts.
        tool_errors: whether the words of a tool that failed are sent, which may hold what no user
            may know (``KeyError: 'postgres://...'``). The model has them in any case.
        metadata: what to send as the message's metadata; it is given the response (None for an
            iterable of chunks). Without it ``{"model": ..., "usage": {...}}``.

    Example:
        >>> encoder = UIStreamEncoder(message_id="m1")
        >>> next(iter(encoder.start()))
        b'data: {"type":"start","messageId":"m1"}\\n\\n'
        >>> list(encoder.encode(StreamChunk("Hi")))[-1]
        b'data: {"type":"text-delta","id":"t1","delta":"Hi"}\\n\\n'
    """

    media_type = "text/event-stream"
    headers: Mapping[str, str] = {"x-vercel-ai-ui-message-stream": "v1"}
    ping = b": keep-alive\n\n"

    def __init__(
        self,
        request: UIRequest | None = None,
        *,
        message_id: str | None = None,
        before: Sequence[Mapping[str, Any]] = (),
        sdk: Literal[5, 6, 7] = 7,
        dynamic: bool | Container[str] = False,
        reasoning: bool = True,
        sources: bool = True,
        tool_errors: bool = False,
        metadata: Callable[[CompletionResponse[Any] | None], Mapping[str, Any] | None]
        | None = None,
    ) -> None:
        super().__init__(reasoning=reasoning, tool_errors=tool_errors)
        continued = request.continues if request is not None else None
        self.message_id = message_id or continued or f"msg-{uuid.uuid4().hex}"
        self._before = before
        self._asked = request if continued and self.message_id == continued else None
        known = self._asked.calls if self._asked is not None else ()
        self._known = {*known, *(str(p["toolCallId"]) for p in before if "toolCallId" in p)}
        self._sdk = sdk
        self._dynamic = dynamic
        self._sources = sources
        self._metadata = metadata
        self._counts = {"text": 0, "reasoning": 0, "source": 0}
        self._calls: dict[str, OpenCall] = {}
        self._cited: dict[tuple[Any, ...], dict[str, Any]] = {}

    def start(self) -> Iterable[bytes]:
        """The message's beginning, and the calls that the front end denied."""
        yield event({"type": "start", "messageId": self.message_id})
        yield from replayed(self._before)
        if self._asked is not None and self._sdk > 5:
            claimed = {a.call.id for a in self._asked.approvals if a.approved}
            for call_id, reason in self._asked.denied.items():
                told = {"toolCallId": call_id}
                if call_id in claimed:  # where a denial would not be valid
                    yield event({"type": "tool-output-error", **told, "errorText": reason})
                else:
                    yield event({"type": "tool-output-denied", **told})

    def finish(self, response: CompletionResponse[Any] | None) -> Iterable[bytes]:
        """The end of the message, with what waits for an approval before it."""
        end: End | None = response or self._last
        if response is not None and self._sdk > 5:
            reasons: Mapping[str, str] = response.metadata.get("paused", {})
            for call in response.pending:
                yield from self._approval(call.id, reasons.get(call.id))
        yield from self._end_turn()
        told: dict[str, Any] = {"type": "finish"}
        if end is not None:
            told["finishReason"] = FINISH_REASONS.get(end.finish_reason or "", "other")
        metadata = _metadata(end) if self._metadata is None else self._metadata(response)
        if metadata:
            told["messageMetadata"] = metadata
        yield event(told)
        yield DONE

    def fail(self, error: BaseException) -> Iterable[bytes]:
        """The end of what is open, and the error; no ``finish``."""
        yield from self._end_part()
        yield event({"type": "error", "errorText": (told_of(error) or INTERNAL)["message"]})
        yield DONE

    def _turn_begins(self, turn: int) -> bytes:
        return event({"type": "start-step"})

    def _end_turn(self) -> Iterable[bytes]:
        yield from self._end_part()
        if self._turn is not None:
            self._turn = None
            yield event({"type": "finish-step"})

    def _restarted(self) -> Iterable[bytes]:
        if self._sdk > 6 and self._turn is not None:
            self._part = None
            yield event({"type": "reset-step"})
        else:
            yield from self._end_part()
        self._calls = {id_: call for id_, call in self._calls.items() if call.turn != self._turn}
        yield event({"type": "data-restarted", "data": {}, "transient": self._sdk > 6})

    def _new_part(self, kind: str, chunk: StreamChunk) -> OpenText:
        name = "reasoning" if kind == "reasoning" else "text"
        self._counts[name] += 1
        return OpenText(kind, f"{name[0]}{self._counts[name]}", chunk.turn, chunk.block)

    def _end_reasoning(self) -> Iterable[bytes]:
        """What else a step has goes beside its text, and behind its reasoning."""
        part = self._part
        return self._end_part() if part is not None and part.kind == "reasoning" else ()

    def _tool_call(self, turn: int, said: ToolCallChunk) -> Iterable[bytes]:
        yield from self._begin_turn(turn)
        yield from self._end_reasoning()
        call = self._calls.get(said.id)
        if call is None or call.turn != turn:
            dynamic = self._is_dynamic(said.name)
            call = OpenCall(said.id, said.name, turn, said.kind, dynamic=dynamic)
            self._calls[said.id] = call
            yield call.begin()
        if said.arguments_delta and not call.is_available:
            call.text += said.arguments_delta
            told = {"type": "tool-input-delta", "toolCallId": said.id}
            yield event({**told, "inputTextDelta": said.arguments_delta})
        if said.status == "completed" and not call.is_available:
            yield call.available(said.arguments)

    def _cut_calls(self) -> Iterable[bytes]:
        for call in self._calls.values():
            if call.turn == self._turn and not call.is_available and not call.server:
                call.is_available = True
                yield call.event("tool-input-error", input=call.text, errorText=CUT_OFF)

    def _is_dynamic(self, name: str) -> bool:
        dynamic = self._dynamic
        return dynamic if isinstance(dynamic, bool) else name in dynamic

    def _result(self, result: ToolExecutionResult) -> Iterable[bytes]:
        call = self._calls.get(result.call_id)
        if call is None:
            call = OpenCall(result.call_id, result.name, -1, dynamic=self._is_dynamic(result.name))
            self._calls[call.id] = call
            if call.id not in self._known:  # made in another answer, which this front end has not
                yield call.available(result.arguments)
        yield from self._end_reasoning()
        where = {"toolCallId": call.id}
        if result.is_error:
            text = result.output if self._tool_errors else TOOL_FAILED
            yield event({"type": "tool-output-error", **where, "errorText": text})
        else:
            early = {"preliminary": True} if result.status == "progress" else {}
            told = {"type": "tool-output-available", **where, "output": output_of(result)}
            yield event({**told, **early})

    def _approval(self, call_id: str, reason: str | None) -> Iterable[bytes]:
        told = {"type": "tool-approval-request", "approvalId": call_id, "toolCallId": call_id}
        yield event({**told, "reason": reason} if reason and self._sdk > 6 else told)

    def _server_tool(self, turn: int, tool: ServerToolChunk) -> Iterable[bytes]:
        yield from self._begin_turn(turn)
        yield from self._end_reasoning()
        call = self._calls.get(tool.id)
        if call is None:
            name = server_tool_name(tool)
            call = self._calls[tool.id] = OpenCall(tool.id, name, turn, dynamic=True, server=True)
            yield call.event("tool-input-start")
        if tool.input_delta:
            where = {"toolCallId": call.id, "inputTextDelta": tool.input_delta}
            yield event({"type": "tool-input-delta", **where})
        done = tool.status in ("completed", "failed")
        if not call.is_available and (tool.input is not None or done):
            call.is_available = True
            yield call.event("tool-input-available", input=tool.input)
        if done and not call.answered:
            call.answered = True
            told = {"toolCallId": call.id, "providerExecuted": True, "dynamic": True}
            if tool.status == "completed":
                yield event({"type": "tool-output-available", **told, "output": tool.output})
            else:
                words = server_tool_error(tool)
                yield event({"type": "tool-output-error", **told, "errorText": words})

    def _file(self, turn: int, file: GeneratedFile) -> Iterable[bytes]:
        yield from self._begin_turn(turn)
        yield from self._end_reasoning()
        yield event(file_of(file))

    def _citation(self, chunk: StreamChunk, citation: Citation) -> Iterable[bytes]:
        if not self._sources:
            return
        key = (citation.url,) if citation.url else (citation.source, citation.title)
        source = self._cited.get(key)
        if source is None:
            self._counts["source"] += 1
            source = self._cited[key] = source_of(citation, f"s{self._counts['source']}")
            yield from self._begin_turn(chunk.turn)
            yield event(source)
        part = self._part
        if part is not None and (part.turn, part.block) == (chunk.turn, chunk.block):
            part.citations.append(citation_of(citation, source))


DONE: Final = b"data: [DONE]\n\n"


def _metadata(end: End | None) -> Mapping[str, Any] | None:
    if end is None:
        return None
    model = end.model if isinstance(end, CompletionResponse) else end.metadata.get("model")
    told = {"model": model, "usage": usage_of(end.usage)}
    return {name: value for name, value in told.items() if value}
