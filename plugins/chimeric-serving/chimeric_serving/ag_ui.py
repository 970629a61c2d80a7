"""Chunks as events of the AG-UI protocol, which CopilotKit and other front ends of agents read.

Source of the protocol: ``ag-ui-protocol`` and ``@ag-ui/client`` 1.0.0 (schemas and verifier).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from chimeric import (
    Citation,
    CompletionResponse,
    GeneratedFile,
    ServerToolChunk,
    StreamChunk,
    ToolCallChunk,
    ToolExecutionResult,
    Usage,
)

from .ag_ui_blocks import OpenCall, OpenText, event
from .ag_ui_parts import content_of, interrupt_of
from .events import INTERNAL, told_of
from .media import media_type_of, media_url
from .parts import PartsEncoder
from .results import json_text
from .shown import TOOL_FAILED

if TYPE_CHECKING:
    from .ag_ui_requests import AGUIRequest

__all__ = ["AGUIEncoder"]

SERVER_TOOL = "server-tool:"
"""Before the ids of calls that the provider runs: when they come back, no model is told of them."""


class AGUIEncoder(PartsEncoder[OpenText]):
    """Writes events of AG-UI.

    The text of a turn is a message, its reasoning another one, its tool calls belong to the first.
    What the protocol has no event for is ``CUSTOM``: ``citation``, ``file``, ``tool_progress``,
    ``restarted``. What a plugin paused is an interrupt. An answer that breaks off is a
    ``RUN_ERROR``, and never finished.

    Args:
        request: what the front end sent (``read_ag_ui_request``).
        thread_id: id of the conversation, where there is no request.
        run_id: id of this answer, where there is none.
        reasoning: whether the reasoning is sent.
        tool_errors: whether the words of a tool that failed are sent, which may hold what no user
            may know.

    Example:
        >>> encoder = AGUIEncoder(thread_id="t", run_id="r")
        >>> list(encoder.start())
        [b'data: {"type":"RUN_STARTED","threadId":"t","runId":"r"}\\n\\n']
    """

    media_type = "text/event-stream"
    headers: Mapping[str, str] = {}
    ping = b": ping\n\n"

    def __init__(
        self,
        request: AGUIRequest | None = None,
        *,
        thread_id: str | None = None,
        run_id: str | None = None,
        reasoning: bool = True,
        tool_errors: bool = False,
    ) -> None:
        super().__init__(reasoning=reasoning, tool_errors=tool_errors)
        asked = (request.thread_id, request.run_id) if request is not None else (None, None)
        self._run = {
            "threadId": thread_id or asked[0] or uuid.uuid4().hex,
            "runId": run_id or asked[1] or uuid.uuid4().hex,
        }
        self._request = request
        # The run's: who reads it again, from a hub, has the same messages.
        self._prefix = f"msg-{self._run['runId']}"
        self._count = 0
        self._message = ""
        self._calls: dict[str, OpenCall] = {}

    def start(self) -> Iterable[bytes]:
        """The run's beginning, and the results of calls that were denied."""
        yield event("RUN_STARTED", **self._run)
        if self._request is not None:
            for call_id, reason in self._request.denied.items():
                text = f"denied: {reason or 'the call was denied'}"
                yield from self._told(call_id, text)

    def finish(self, response: CompletionResponse[Any] | None) -> Iterable[bytes]:
        """The run's good end, with what waits for an approval."""
        yield from self._end_turn()
        end: CompletionResponse[Any] | StreamChunk | None = response or self._last
        told: dict[str, Any] = dict(self._run)
        outcome = self._outcome(response)
        if outcome:
            told["outcome"] = outcome
        if end is not None:
            told["result"] = {"finishReason": end.finish_reason}
            usage = _usage(end)
            if usage:
                told["usage"] = [usage]
        yield event("RUN_FINISHED", **told)

    def fail(self, error: BaseException) -> Iterable[bytes]:
        """The run's bad end. What is open stays open, as the protocol has it."""
        told = told_of(error) or INTERNAL
        yield event("RUN_ERROR", message=told["message"], code=told["kind"])

    def _outcome(self, response: CompletionResponse[Any] | None) -> dict[str, Any] | None:
        if response is not None and response.pending:
            reasons: Mapping[str, str] = response.metadata.get("paused", {})
            waiting = [interrupt_of(call, reasons.get(call.id)) for call in response.pending]
            return {"type": "interrupt", "interrupts": waiting}
        if self._request is None or self._request.protocol_version is None:
            return None  # an older front end, which takes nothing that it does not know
        left = [call.id for call in self._calls.values() if call.waits]
        return {"type": "success", **({"pendingToolCallIds": left} if left else {})}

    def _new_id(self) -> str:
        self._count += 1
        return f"{self._prefix}-{self._count}"

    def _turn_begins(self, turn: int) -> bytes:
        self._message = self._new_id()
        return event("STEP_STARTED", stepName=f"turn {turn + 1}")

    def _end_turn(self) -> Iterable[bytes]:
        yield from self._end_part()
        yield from self._cut_calls()
        if self._turn is not None:
            yield event("STEP_FINISHED", stepName=f"turn {self._turn + 1}")
            self._turn = None

    def _new_part(self, kind: str, chunk: StreamChunk) -> OpenText:
        id_ = self._message if kind == "text" else self._new_id()
        return OpenText(kind, id_, chunk.turn, chunk.block)

    def _tool_call(self, turn: int, said: ToolCallChunk) -> Iterable[bytes]:
        yield from self._begin_turn(turn)
        call = self._calls.get(said.id)
        if call is None or call.turn != turn:
            yield from self._end_part()
            call = self._calls[said.id] = OpenCall(said.id, said.name, turn)
            yield call.begin(self._message)
        if said.arguments_delta and call.is_open:
            yield call.arguments(said.arguments_delta)
        if said.status == "completed":
            yield from call.end(said.arguments)

    def _cut_calls(self) -> Iterable[bytes]:
        for call in self._calls.values():
            if call.is_open:
                yield from call.end("")
                yield from self._told(call.id, "the call was cut off")

    def _result(self, result: ToolExecutionResult) -> Iterable[bytes]:
        if result.status == "progress":
            value = {"toolCallId": result.call_id, "output": result.output}
            yield event("CUSTOM", name="tool_progress", value=value)
            return
        if result.is_error and not self._tool_errors:
            yield from self._told(result.call_id, TOOL_FAILED)
        else:
            yield from self._told(result.call_id, content_of(result))

    def _told(self, call_id: str, content: Any) -> Iterable[bytes]:
        """The message that answers a call."""
        call = self._calls.get(call_id)
        if call is not None:
            call.waits = False
        yield from self._end_part()
        where = {"messageId": self._new_id(), "toolCallId": call_id}
        yield event("TOOL_CALL_RESULT", **where, content=content, role="tool")

    def _server_tool(self, turn: int, tool: ServerToolChunk) -> Iterable[bytes]:
        yield from self._begin_turn(turn)
        id_ = SERVER_TOOL + tool.id
        call = self._calls.get(id_)
        if call is None:
            yield from self._end_part()
            name = tool.kind if tool.kind not in ("mcp", "other") else tool.name or tool.kind
            call = self._calls[id_] = OpenCall(id_, name, turn)
            yield call.begin(self._message)
        if tool.status in ("completed", "failed") and call.is_open:
            # Its input may be written as code: the whole of it, as JSON, is what the event takes.
            yield from call.end(json_text({} if tool.input is None else tool.input))
            output = tool.output if isinstance(tool.output, str) else json_text(tool.output)
            yield from self._told(id_, output)

    def _file(self, turn: int, file: GeneratedFile) -> Iterable[bytes]:
        yield from self._begin_turn(turn)
        value = {
            "id": file.id,
            "messageId": self._message,
            "mediaType": media_type_of(file.part),
            "url": media_url(file.part),
            "fileId": file.part.file_id,
            "partial": file.partial or None,
        }
        told = {name: item for name, item in value.items() if item is not None}
        yield event("CUSTOM", name="file", value=told)

    def _citation(self, chunk: StreamChunk, citation: Citation) -> Iterable[bytes]:
        yield from self._begin_turn(chunk.turn)
        names = ("url", "title", "text", "start", "end", "source")
        value = {n: getattr(citation, n) for n in names if getattr(citation, n) is not None}
        yield event("CUSTOM", name="citation", value={"messageId": self._message, **value})
        if self._part is not None and self._part.kind == "text":
            self._part.citations.append(value)

    def _restarted(self) -> Iterable[bytes]:
        """Another model answers, in a new message; the front end may drop the one before."""
        yield from self._end_part()
        yield from self._cut_calls()
        value = {"messageId": self._message} if self._message else {}
        yield event("CUSTOM", name="restarted", value=value)
        self._message = self._new_id()


def _usage(end: CompletionResponse[Any] | StreamChunk) -> dict[str, Any]:
    usage = end.usage or Usage(source="missing")
    model = end.model if isinstance(end, CompletionResponse) else end.metadata.get("model")
    counts = {
        "inputTokens": usage.prompt_tokens,
        "outputTokens": usage.completion_tokens,
        "totalTokens": usage.total_tokens,
        "reasoningTokens": usage.reasoning_tokens,
        "cachedInputTokens": usage.cached_tokens,
        "cacheWriteInputTokens": usage.cache_write_tokens,
    }
    known = {name: count for name, count in counts.items() if count is not None}
    return {"model": model, **known} if known and model else known
