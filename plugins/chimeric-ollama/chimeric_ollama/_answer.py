"""Reading chat answers: the lines of a stream, or the one object of a whole answer."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import Delta, ErrorInfo, Event, FinishReason, ToolCallDelta, Usage

from ._errors import error_text

FINISH_REASONS: dict[str, FinishReason] = {"stop": "stop", "length": "length"}
"""Every other ``done_reason`` (``load``, ``unload``) is ``other``."""

COUNTERS = (
    "prompt_eval_count",
    "eval_count",
    "total_duration",
    "load_duration",
    "prompt_eval_duration",
    "eval_duration",
)
"""Counters of the last line; durations are nanoseconds."""


class _Function(msgspec.Struct, gc=False):
    name: str
    arguments: dict[str, Any] | str | None = None


class _ToolCall(msgspec.Struct, gc=False):
    function: _Function
    id: str | None = None


class _Message(msgspec.Struct, gc=False):
    content: str | None = None
    thinking: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Line(msgspec.Struct, gc=False):
    message: _Message | None = None
    done: bool | None = None
    model: str | None = None
    error: Any = None
    done_reason: str | None = None
    logprobs: list[Any] | None = None
    prompt_eval_count: int | None = None
    eval_count: int | None = None
    total_duration: int | None = None
    load_duration: int | None = None
    prompt_eval_duration: int | None = None
    eval_duration: int | None = None


_decode = msgspec.json.Decoder(_Line).decode


class Answer:
    """The memory of one response: how many calls it made, and whether its model was told."""

    api = "ollama.chat"

    __slots__ = ("_calls", "_logprobs", "_told")

    def __init__(self) -> None:
        self._calls = 0
        self._told = False
        self._logprobs: list[Any] = []

    def parse(self, event: Event) -> Delta | str | None:
        """What a line of a stream adds."""
        line = _decode(event.data)
        message = line.message
        if (
            self._told
            and message is not None
            and not line.done
            and not message.thinking
            and not message.tool_calls
            and line.logprobs is None
            and line.error is None
        ):
            return message.content or None
        return self._read(line)

    def parse_whole(self, body: bytes) -> Delta:
        """What a whole answer holds.

        Raises:
            msgspec.DecodeError: when the body is no chat answer.
        """
        line = _decode(body)
        if line.error is None and line.message is None:
            raise msgspec.ValidationError("neither a message nor an error")
        line.done = True
        return self._read(line)

    def _read(self, line: _Line) -> Delta:
        if line.error is not None:
            return Delta(error=ErrorInfo(message=error_text(line.error), kind="server"))
        self._told = True
        message = line.message or _Message()
        self._logprobs += line.logprobs or ()
        calls = tuple(self._call(call) for call in message.tool_calls or ())
        text, reasoning = message.content or None, message.thinking or None
        if not line.done:
            return Delta(text=text, reasoning=reasoning, tool_calls=calls, model=line.model)
        counters = {name: getattr(line, name) for name in COUNTERS}
        return Delta(
            text=text,
            reasoning=reasoning,
            tool_calls=calls,
            model=line.model,
            usage=_usage(line),
            usage_native={n: count for n, count in counters.items() if count is not None} or None,
            finish_reason=self._finish_reason(line.done_reason),
            finish_reason_native=line.done_reason,
            metadata={"logprobs": self._logprobs} if self._logprobs else None,
            done=True,
        )

    def _call(self, call: _ToolCall) -> ToolCallDelta:
        self._calls += 1
        arguments = call.function.arguments
        if not isinstance(arguments, str):
            arguments = msgspec.json.encode(arguments or {}).decode()
        # The server's own function.index starts anew on each line: count instead.
        return ToolCallDelta(
            index=self._calls - 1,
            id=call.id,
            name=call.function.name,
            arguments=arguments,
            complete=True,
        )

    def _finish_reason(self, native: str | None) -> FinishReason:
        reason = FINISH_REASONS.get(native or "", "other")
        # A turn that calls tools says stop: there is no reason of its own.
        return "tool_calls" if reason == "stop" and self._calls else reason


def _usage(line: _Line) -> Usage | None:
    """Counts of the last line. A prompt that was fully cached is not counted at all."""
    if line.prompt_eval_count is None and line.eval_count is None:
        return None
    return Usage.of(line.prompt_eval_count, line.eval_count)
