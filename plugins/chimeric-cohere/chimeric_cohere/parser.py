"""Reading chat answers: the events of a stream, or one whole message."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from chimeric import Delta, ErrorInfo, Event, ToolCallDelta

from .calls import Calls
from .errors import event_error, told_error
from .events import (
    EVENTS,
    Change,
    Content,
    Frame,
    Message,
    ToolCall,
    WholeMessage,
    decode_any,
    decode_frame,
    decode_reply,
    kind_of,
    unified_usage,
)
from .finish import finish_reason

DONE = b"[DONE]"


class Answer:
    """The memory of one response: the message as a later turn sends it back."""

    api = "cohere.chat_v2"

    __slots__ = ("_blocks", "_calls", "_ended", "_logprobs", "_other", "_plan")

    def __init__(self) -> None:
        self._plan: list[str] = []
        # Content blocks in their order: the kind, and the pieces of their text.
        self._blocks: list[tuple[str, list[str]]] = []
        self._calls = Calls()
        self._logprobs: list[Any] = []
        # Content of kinds that are not known.
        self._other: list[Any] = []
        self._ended = False

    def parse(self, event: Event) -> Delta | str | None:
        """What an event of a stream adds."""
        try:
            frame = decode_frame(event.data)
        except msgspec.DecodeError:
            return self._odd(event)
        if frame.type == "content-delta" and frame.logprobs is None:
            delta = frame.delta
            if delta is not None and delta.message is not None:
                content = delta.message.content
                if type(content) is Content and content.text:
                    self._add("text", content.text)
                    return content.text
        return self._read(frame, event)

    def parse_whole(self, body: bytes) -> Delta:
        """What a whole answer holds.

        Raises:
            msgspec.DecodeError: when the body is no chat answer.
        """
        reply = decode_reply(body)
        message = reply.message
        if not isinstance(message, WholeMessage):
            error = told_error(decode_any(body))
            if error is None:
                raise msgspec.ValidationError("the answer holds neither a message nor an error")
            return Delta(error=error)
        self._pieces(message.content)
        if message.tool_plan:
            self._plan.append(message.tool_plan)
        calls = [self._calls.add_whole(call) for call in message.tool_calls or ()]
        if reply.logprobs is not None:
            self._logprobs.append(reply.logprobs)
        change = Change(finish_reason=reply.finish_reason, usage=reply.usage, error=reply.error)
        return msgspec.structs.replace(
            self._end(change),
            id=reply.id,
            text=self._text("text") or None,
            reasoning="".join(self._plan) + self._text("thinking") or None,
            tool_calls=tuple(call for call in calls if call is not None),
            citations=tuple(message.citations or ()),
            done=True,
        )

    def _odd(self, event: Event) -> Delta | str | None:
        """An event that does not fit: the last one, an error, or broken."""
        if event.data.strip() == DONE:
            # It follows the end of a message; without that the answer was cut.
            return Delta(done=True) if self._ended else None
        try:
            body = decode_any(event.data)
        except msgspec.DecodeError:
            if event.name == "error":
                return Delta(error=event_error(None, event.data))
            raise
        if not isinstance(body, dict) or "error" not in body:
            decode_frame(event.data)
        fields = cast("dict[str, Any]", body)
        error = fields.pop("error", None)
        frame = msgspec.convert(fields, Frame)
        told = self._read(frame, event) if frame.type in EVENTS else None
        if not error:
            return told
        delta = Delta(text=told) if isinstance(told, str) else told or Delta()
        return msgspec.structs.replace(delta, error=event_error(decode_any(event.data), event.data))

    def _read(self, frame: Frame, event: Event) -> Delta | str | None:
        kind = kind_of(frame, event.name)
        match kind:
            case "content-delta" | "content-start":
                return self._content(frame, event.data)
            case "tool-plan-delta":
                return self._tool_plan(frame)
            case "tool-call-start" | "tool-call-delta":
                return self._tool_calls(frame)
            case "tool-call-end":
                call = self._calls.end(frame.index)
                return None if call is None else Delta(tool_calls=(call,))
            case "citation-start":
                return self._citation(frame)
            case "message-start":
                return self._start(frame)
            case "message-end":
                end = self._end(frame.delta or Change())
                return end if end.finish_reason else msgspec.structs.replace(end, done=True)
            case "error":
                return Delta(error=event_error(decode_any(event.data), event.data))
            case None:
                # The body of an error answer, inside a stream that had begun.
                error = told_error(decode_any(event.data))
                return None if error is None else Delta(error=error)
            case _:
                return None

    def _start(self, frame: Frame) -> Delta | None:
        """The start of the message, which caches may send with all of its content."""
        message = _message(frame)
        text, thought = self._pieces(message.content)
        calls = self._called(message.tool_calls)
        if message.tool_plan:
            self._plan.append(message.tool_plan)
            thought = message.tool_plan + thought
        if not (frame.id or text or thought or calls):
            return None
        return Delta(id=frame.id, text=text or None, reasoning=thought or None, tool_calls=calls)

    def _content(self, frame: Frame, data: bytes) -> Delta | str | None:
        if frame.logprobs is not None:
            self._logprobs.append(frame.logprobs)
        content = _message(frame).content
        if isinstance(content, Content) and content.thinking and not content.text:
            self._add("thinking", content.thinking)
            return Delta(reasoning=content.thinking)
        if isinstance(content, Content) and content.text is None:
            content = [decode_any(data)["delta"]["message"]["content"]]
        text, thought = self._pieces(content)
        return Delta(text=text or None, reasoning=thought) if thought else text or None

    def _pieces(self, content: list[Any] | Content | str | None) -> tuple[str, str]:
        """Take content; return what it adds to the text and to the reasoning."""
        text: list[str] = []
        thought: list[str] = []
        for item in content if isinstance(content, list) else [content or ""]:
            piece = _piece(item)
            if not piece.text and not piece.thinking:
                if _holds_more(item):
                    self._other.append(item)
                continue
            for kind, said, told in (
                ("text", piece.text, text),
                ("thinking", piece.thinking, thought),
            ):
                self._add(kind, said)
                told.append(said or "")
        return "".join(text), "".join(thought)

    def _tool_plan(self, frame: Frame) -> Delta | None:
        plan = _message(frame).tool_plan
        if not plan:
            return None
        self._plan.append(plan)
        return Delta(reasoning=plan)

    def _tool_calls(self, frame: Frame) -> Delta | None:
        told = _message(frame).tool_calls
        if isinstance(told, ToolCall):
            call = self._calls.add(frame.index, told)
            return None if call is None else Delta(tool_calls=(call,))
        calls = self._called(told, frame.index)
        return Delta(tool_calls=calls) if calls else None

    def _called(self, told: Any, index: int | None = None) -> tuple[ToolCallDelta, ...]:
        """Calls in a list, as whole messages have them."""
        if not isinstance(told, list):
            return ()
        calls = msgspec.convert(told, list[ToolCall])
        found = [self._calls.add((index or 0) + n, call) for n, call in enumerate(calls)]
        return tuple(call for call in found if call is not None)

    def _citation(self, frame: Frame) -> Delta | None:
        found = _message(frame).citations
        if not found:
            return None
        return Delta(citations=tuple(found) if isinstance(found, list) else (found,))

    def _end(self, change: Change) -> Delta:
        """The end of a turn. A failure has no event of its own: it is a reason with a text."""
        self._ended = True
        native = change.finish_reason
        reason = finish_reason(native)
        failure = told_error({"error": change.error}) if change.error else None
        filtered = failure is not None and reason == "content_filter"
        told = {"logprobs": self._logprobs, "other_content": self._other}
        return Delta(
            usage=unified_usage(change.usage),
            usage_native=change.usage,
            finish_reason=reason,
            finish_reason_native=native if reason else None,
            finish_detail=failure.message if failure is not None and filtered else None,
            metadata={name: value for name, value in told.items() if value} or None,
            state=self._state(),
            error=None if filtered or failure is None else _typed(failure, native, reason),
        )

    def _add(self, kind: str, text: str | None) -> None:
        if not text:
            return
        blocks = self._blocks
        if blocks and blocks[-1][0] == kind:
            blocks[-1][1].append(text)
        else:
            blocks.append((kind, [text]))

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
        if calls := self._calls.message():
            message["tool_calls"] = calls
        return [message]


def _message(frame: Frame) -> Message:
    return (frame.delta.message if frame.delta is not None else None) or Message()


def _piece(item: Any) -> Content:
    if isinstance(item, Content):
        return item
    return Content(text=item) if isinstance(item, str) else msgspec.convert(item, Content)


def _holds_more(item: Any) -> bool:
    """Whether content without text or thinking holds something else."""
    if not isinstance(item, dict):
        return False
    fields = cast("dict[str, Any]", item)
    return any(value for name, value in fields.items() if name != "type")


def _typed(failure: ErrorInfo, native: str | None, reason: str | None) -> ErrorInfo:
    """A failure whose type, where it has none, is the finish reason that tells of it."""
    if failure.type or reason != "other":
        return failure
    return msgspec.structs.replace(failure, type=native)
