"""Reading chat answers: the events of a stream, or one whole message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from chimeric import Delta, ErrorInfo, Event, FinishReason, ToolCallDelta, Usage

FINISH_REASONS: dict[str, FinishReason] = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool_calls",
    "ERROR_TOXIC": "content_filter",
}
"""Every other reason is ``other``; ERROR and TIMEOUT with a text are errors."""

DONE = b"[DONE]"


class _Content(msgspec.Struct, gc=False):
    type: str | None = None
    text: str | None = None
    thinking: str | None = None


class _Function(msgspec.Struct, gc=False):
    name: str | None = None
    arguments: str | None = None


class _ToolCall(msgspec.Struct, gc=False):
    id: str | None = None
    function: _Function | None = None


class _Message(msgspec.Struct, gc=False):
    # One object in a delta, a list in message-start.
    content: _Content | list[Any] | None = None
    tool_plan: str | None = None
    tool_calls: _ToolCall | list[Any] | None = None
    citations: dict[str, Any] | list[Any] | None = None


class _Delta(msgspec.Struct, gc=False):
    message: _Message | None = None
    finish_reason: str | None = None
    usage: dict[str, Any] | None = None
    error: Any = None


class _Event(msgspec.Struct, gc=False):
    type: str | None = None
    delta: _Delta | None = None
    index: int | None = None
    id: str | None = None
    logprobs: Any = None
    message: Any = None


class _Tokens(msgspec.Struct, gc=False):
    input_tokens: float | None = None
    output_tokens: float | None = None


class _Usage(msgspec.Struct, gc=False):
    tokens: _Tokens | None = None
    cached_tokens: float | None = None


class _WholeMessage(msgspec.Struct):
    content: list[_Content] | None = None
    tool_plan: str | None = None
    tool_calls: list[_ToolCall] | None = None
    citations: list[Any] | None = None


class _Reply(msgspec.Struct):
    message: _WholeMessage | str
    id: str | None = None
    finish_reason: str | None = None
    usage: dict[str, Any] | None = None
    logprobs: Any = None


_decode = msgspec.json.Decoder(_Event).decode
_decode_reply = msgspec.json.Decoder(_Reply).decode


class Answer:
    """The memory of one response: the message as a later turn sends it back."""

    api = "cohere.chat_v2"

    __slots__ = ("_blocks", "_calls", "_logprobs", "_plan")

    def __init__(self) -> None:
        self._plan: list[str] = []
        # Content blocks in their order: the kind, and the pieces of their text.
        self._blocks: list[tuple[str, list[str]]] = []
        # Tool calls in their order: id, name and the pieces of their arguments.
        self._calls: dict[int, tuple[str, str, list[str]]] = {}
        self._logprobs: list[Any] = []

    def parse(self, event: Event) -> Delta | str | None:
        """What an event of a stream adds."""
        if event.data == DONE:
            return Delta(done=True)
        frame = _decode(event.data)
        if frame.type == "content-delta" and frame.logprobs is None:
            delta = frame.delta
            if delta is not None and delta.message is not None:
                content = delta.message.content
                if type(content) is _Content and content.text:
                    self._add("text", content.text)
                    return content.text
        return self._read(frame)

    def parse_whole(self, body: bytes) -> Delta:
        """What a whole answer holds.

        Raises:
            msgspec.DecodeError: when the body is no chat answer.
        """
        reply = _decode_reply(body)
        message = reply.message
        if isinstance(message, str):
            return Delta(error=ErrorInfo(message=message))
        for block in message.content or ():
            self._add("text", block.text)
            self._add("thinking", block.thinking)
        if message.tool_plan:
            self._plan.append(message.tool_plan)
        calls = [
            self._call(index, call, complete=True)
            for index, call in enumerate(message.tool_calls or ())
        ]
        if reply.logprobs is not None:
            self._logprobs.append(reply.logprobs)
        end = self._end(reply.finish_reason, reply.usage, None)
        return msgspec.structs.replace(
            end,
            id=reply.id,
            text=self._text("text") or None,
            reasoning="".join(self._plan) + self._text("thinking") or None,
            tool_calls=tuple(calls),
            citations=tuple(message.citations or ()),
            finish_reason=end.finish_reason or "other",
            done=True,
        )

    def _read(self, frame: _Event) -> Delta | str | None:
        match frame.type:
            case "content-delta" | "content-start":
                return self._content(frame)
            case "tool-plan-delta":
                return self._tool_plan(frame)
            case "tool-call-start" | "tool-call-delta":
                return self._tool_call(frame)
            case "tool-call-end":
                return Delta(tool_calls=(ToolCallDelta(index=frame.index or 0, complete=True),))
            case "citation-start":
                return self._citation(frame)
            case "message-start":
                return Delta(id=frame.id) if frame.id else None
            case "message-end":
                delta = frame.delta or _Delta()
                return self._end(delta.finish_reason, delta.usage, delta.error)
            case None if isinstance(frame.message, str):
                # The body of an error answer, inside a stream that had begun.
                return Delta(error=ErrorInfo(message=frame.message, kind="server"))
            case _:
                return None

    def _content(self, frame: _Event) -> Delta | str | None:
        if frame.logprobs is not None:
            self._logprobs.append(frame.logprobs)
        message = _message(frame)
        content = message.content if message else None
        if not isinstance(content, _Content):
            return None
        self._add("text", content.text)
        self._add("thinking", content.thinking)
        if content.thinking:
            return Delta(text=content.text or None, reasoning=content.thinking)
        return content.text or None

    def _tool_plan(self, frame: _Event) -> Delta | None:
        message = _message(frame)
        if message is None or not message.tool_plan:
            return None
        self._plan.append(message.tool_plan)
        return Delta(reasoning=message.tool_plan)

    def _tool_call(self, frame: _Event) -> Delta | None:
        message = _message(frame)
        call = message.tool_calls if message else None
        if not isinstance(call, _ToolCall):
            return None
        return Delta(tool_calls=(self._call(frame.index or 0, call),))

    def _citation(self, frame: _Event) -> Delta | None:
        message = _message(frame)
        found = message.citations if message else None
        if not found:
            return None
        return Delta(citations=tuple(found) if isinstance(found, list) else (found,))

    def _end(self, native: str | None, usage: Mapping[str, Any] | None, error: Any) -> Delta:
        """The end of a turn. A failure has no event of its own: it is a reason with a text."""
        failure = None
        if error and native in (None, "ERROR", "TIMEOUT"):
            failure = ErrorInfo(message=str(error), type=native, kind="server")
        return Delta(
            usage=_usage(usage),
            usage_native=usage,
            finish_reason=None if native is None else FINISH_REASONS.get(native, "other"),
            finish_reason_native=native,
            metadata={"logprobs": self._logprobs} if self._logprobs else None,
            state=self._state(),
            error=failure,
        )

    def _add(self, kind: str, text: str | None) -> None:
        if not text:
            return
        blocks = self._blocks
        if blocks and blocks[-1][0] == kind:
            blocks[-1][1].append(text)
        else:
            blocks.append((kind, [text]))

    def _call(self, index: int, call: _ToolCall, *, complete: bool = False) -> ToolCallDelta:
        function = call.function or _Function()
        text = function.arguments or ""
        if function.name:
            self._calls[index] = (call.id or "", function.name, [text])
        elif index in self._calls:
            self._calls[index][2].append(text)
        return ToolCallDelta(
            index=index, id=call.id, name=function.name, arguments=text, complete=complete
        )

    def _text(self, kind: str) -> str:
        return "".join("".join(pieces) for block, pieces in self._blocks if block == kind)

    def _state(self) -> list[Any] | None:
        """The message, where it says more than text and tool calls."""
        if not self._plan and all(kind == "text" for kind, _ in self._blocks):
            return None
        message: dict[str, Any] = {"role": "assistant"}
        if self._blocks:
            message["content"] = [
                {"type": kind, kind: "".join(pieces)} for kind, pieces in self._blocks
            ]
        if self._plan:
            message["tool_plan"] = "".join(self._plan)
        if self._calls:
            message["tool_calls"] = [
                {
                    "id": call_id,
                    "type": "function",
                    "function": {"name": name, "arguments": _arguments("".join(pieces))},
                }
                for call_id, name, pieces in self._calls.values()
            ]
        return [message]


def _message(frame: _Event) -> _Message | None:
    return frame.delta.message if frame.delta is not None else None


def _arguments(text: str) -> str:
    """A tool without arguments gets none, or the word ``null``."""
    return "{}" if text.strip() in ("", "null") else text


def _usage(usage: Mapping[str, Any] | None) -> Usage | None:
    """``tokens`` is what the model saw; ``billed_units`` leaves the hidden preamble out."""
    if usage is None:
        return None
    counts = msgspec.convert(usage, _Usage)
    if counts.tokens is None:
        return None
    return Usage.of(
        counts.tokens.input_tokens, counts.tokens.output_tokens, cached=counts.cached_tokens
    )
