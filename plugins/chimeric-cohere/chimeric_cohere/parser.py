"""Reading chat answers: the events of a stream, or one whole message."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

import msgspec

from chimeric import Delta, ErrorInfo, Event, ServerToolChunk, ToolCallDelta

from .calls import Calls
from .citations import Citations
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
from .logprobs import read_logprobs

DONE = b"[DONE]"

PLAN = "plan"
"""The block of the tool plan, which has no index."""

Told: TypeAlias = Delta | list[Delta] | str | None


class Answer:
    """The memory of one response: the message as a later turn sends it back."""

    api = "cohere.chat_v2"

    __slots__ = (
        "_blocks",
        "_calls",
        "_citations",
        "_ended",
        "_logprobs",
        "_named",
        "_other",
        "_plan",
    )

    def __init__(self) -> None:
        self._plan: list[str] = []
        # Content blocks in their order: the kind, and the pieces of their text.
        self._blocks: list[tuple[str, list[str]]] = []
        self._calls = Calls()
        self._citations = Citations()
        # Indexes of text that were told before it: those of others nobody needs to know.
        self._named: set[int] = set()
        self._logprobs: list[Any] = []
        # Content of kinds that are not known.
        self._other: list[Any] = []
        self._ended = False

    def parse(self, event: Event) -> Told:
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

    def parse_whole(self, body: bytes) -> Delta | list[Delta]:
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
        deltas = self._plan_of(message.tool_plan)
        deltas += self._pieces(message.content, start=0)
        calls = [self._calls.add_whole(call) for call in message.tool_calls or ()]
        if called := tuple(call for call in calls if call is not None):
            deltas.append(Delta(tool_calls=called))
        deltas += self._cited(message.citations)
        if reply.logprobs is not None:
            self._logprobs.append(reply.logprobs)
            if logprobs := read_logprobs(reply.logprobs):
                deltas.append(Delta(logprobs=logprobs))
        change = Change(finish_reason=reply.finish_reason, usage=reply.usage, error=reply.error)
        end = msgspec.structs.replace(self._end(change), id=reply.id, done=True)
        return [*deltas, end]

    def _odd(self, event: Event) -> Told:
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
        failed = Delta(error=event_error(decode_any(event.data), event.data))
        if isinstance(told, str):
            told = Delta(text=told)
        if isinstance(told, Delta):
            return msgspec.structs.replace(told, error=failed.error)
        return [*(told or ()), failed]

    def _read(self, frame: Frame, event: Event) -> Told:
        kind = kind_of(frame, event.name)
        match kind:
            case "content-delta" | "content-start":
                return self._content(frame, event.data, begins=kind == "content-start")
            case "tool-plan-delta":
                return self._tool_plan(frame)
            case "tool-call-start" | "tool-call-delta":
                return self._tool_calls(frame)
            case "tool-call-end":
                call = self._calls.end(frame.index)
                return None if call is None else Delta(tool_calls=(call,))
            case "citation-start":
                return self._cited(_message(frame).citations) or None
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

    def _start(self, frame: Frame) -> Told:
        """The start of the message, which caches may send with all of its content."""
        message = _message(frame)
        deltas = self._plan_of(message.tool_plan)
        deltas += self._pieces(message.content, start=0)
        if calls := self._called(message.tool_calls):
            deltas.append(Delta(tool_calls=calls))
        if frame.id and deltas:
            deltas[0] = msgspec.structs.replace(deltas[0], id=frame.id)
        elif frame.id:
            return Delta(id=frame.id)
        return deltas or None

    def _content(self, frame: Frame, data: bytes, *, begins: bool) -> Told:
        if frame.logprobs is not None:
            self._logprobs.append(frame.logprobs)
        content, index = _message(frame).content, frame.index
        if isinstance(content, Content) and content.thinking and not content.text:
            self._add("thinking", content.thinking)
            return Delta(reasoning=content.thinking, block=index)
        named = begins and index is not None and isinstance(content, Content) and _is_text(content)
        if named and index is not None:
            self._named.add(index)
        if isinstance(content, Content) and content.text is None:
            content = [decode_any(data)["delta"]["message"]["content"]]
        deltas = self._pieces(content, at=index)
        if not deltas and named:
            return Delta(block=index)  # of the text that follows
        if frame.logprobs is not None:
            said = "".join(delta.text or "" for delta in deltas)
            logprobs = read_logprobs(frame.logprobs, said)
            last = deltas.pop() if deltas and deltas[-1].text else Delta()
            deltas.append(msgspec.structs.replace(last, logprobs=logprobs))
        if len(deltas) == 1 and deltas[0] == Delta(text=deltas[0].text):
            return deltas[0].text
        return deltas or None

    def _pieces(
        self,
        content: list[Any] | Content | str | None,
        *,
        at: int | None = None,
        start: int | None = None,
    ) -> list[Delta]:
        """Take content; return what it adds.

        Args:
            content: one piece of it, or a list.
            at: the index of a piece; only where it was told before does text need it.
            start: the index of the first one where the content is whole.
        """
        found: list[Delta] = []
        for place, item in enumerate(content if isinstance(content, list) else [content or ""]):
            index = at if start is None else start + place
            piece = _piece(item)
            if not piece.text and not piece.thinking:
                if _holds_more(item):
                    found.append(self._unknown(item))
                continue
            for kind, said in (("thinking", piece.thinking), ("text", piece.text)):
                self._add(kind, said)
            if piece.thinking:
                found.append(Delta(reasoning=piece.thinking, block=index))
            if piece.text:
                if start is not None and index is not None:
                    self._named.add(index)
                found.append(Delta(text=piece.text, block=self._block(index)))
        return found

    def _block(self, index: int | None) -> int | None:
        return index if index in self._named else None

    def _unknown(self, item: Any) -> Delta:
        """Content of a kind that is not known."""
        self._other.append(item)
        name = str(cast("dict[str, Any]", item).get("type") or "")
        told = ServerToolChunk(
            id=f"other_{len(self._other) - 1}", name=name, status="completed", native=item
        )
        return Delta(server_tools=(told,))

    def _plan_of(self, plan: str | None) -> list[Delta]:
        """What a tool plan adds."""
        if not plan:
            return []
        self._plan.append(plan)
        return [Delta(reasoning=plan, block=PLAN)]

    def _tool_plan(self, frame: Frame) -> Told:
        return next(iter(self._plan_of(_message(frame).tool_plan)), None)

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

    def _cited(self, told: Any) -> list[Delta]:
        """What citations add: a delta for each run of them that are of the same content."""
        found: list[Delta] = []
        for index, citation in self._citations.read(told):
            block = self._block(index)
            if found and found[-1].block == block:
                found[-1] = Delta(citations=(*found[-1].citations, citation), block=block)
            else:
                found.append(Delta(citations=(citation,), block=block))
        return found

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


def _is_text(content: Content) -> bool:
    return content.type == "text" or content.text is not None


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
