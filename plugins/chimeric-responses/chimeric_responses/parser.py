"""The parser: what each event of a Responses stream, or a whole response, adds to the answer."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeAlias, cast

import msgspec
from msgspec import UNSET

from chimeric import Delta, ErrorInfo, Event, HTTPResponse, Request, ToolCallDelta, Usage

from .background import followed, in_background
from .blocks.citations import citation_of, files_of
from .blocks.logprobs import asked, logprobs_of
from .ending import ending_of, reason_of
from .errors import fault, is_fault
from .gathered import Gathered
from .output import Output, OutputItem, Told
from .thoughts import Thoughts
from .tool_events import ToolEvents
from .tools.client_calls import CallKind, asked_of, has_hosted_shell
from .usage import usage_of
from .whole_items import WholeItems
from .wire import (
    Frame,
    ResponseObject,
    decode_frame,
    decode_response,
    delta_text,
    read_envelope,
)

__all__ = ["ResponsesState"]

Parsed: TypeAlias = "Delta | ToolCallDelta | str | Sequence[Delta] | None"


class ResponsesState:
    """Parser memory of one response.

    What the deltas said is never said again by the ``done`` events, the items or the final
    response; what only these tell (some servers send no deltas) is told then. ``Output`` knows
    which item an event is about, however it is numbered.

    Attributes:
        api: names the protocol of the items to echo; whose items nobody else reads has its own.
        numbered: follows the events of a response in the background; None for any other.
    """

    api: str = "openai.responses"

    def __init__(self, request: Request | None = None) -> None:
        self._output = Output()
        self._logprobs = asked(request)
        self._whole = WholeItems(self._output, self.asks, logprobs=self._logprobs)
        self._tools = ToolEvents(self._output, self._whole)
        self._thoughts = Thoughts(self._output)
        self._hosted = request is not None and has_hosted_shell(request)
        # The message that nearly every event goes to.
        self._index: int | None = -1
        self._item_id: str | None = None
        # The call that the last piece of arguments went to, if it has a name.
        self._called: OutputItem | None = None
        unread: list[str] = []
        self._say = unread.append
        self._block: Hashable = None
        self._known: tuple[str | None, str | None] | None = None
        self.numbered = followed(self) if in_background(request) else None

    def asks(self, value: Mapping[str, Any]) -> CallKind | None:
        """As what the caller has to answer an item; None for one that the provider runs."""
        return asked_of(value, hosted=self._hosted)

    def parse(self, event: Event) -> Parsed:
        """What an event adds; None for events that add nothing, known or not.

        Raises:
            msgspec.DecodeError: when the event is no JSON object, or a text in it is no text.
        """
        try:
            frame = decode_frame(event.data)
        except msgspec.DecodeError:
            return self._undecodable(event)
        kind = frame.type
        if kind == "response.output_text.delta":
            text: str = frame.delta
            if (
                frame.output_index == self._index
                and frame.item_id == self._item_id
                and text.__class__ is str
            ):
                self._say(text)
                return text
            return self._on_text(frame, event)
        if kind in HANDLERS:
            return HANDLERS[kind](self, frame, event)
        if not kind or event.name == "error":
            return self._untyped(event)
        return self._tools.other(frame, kind, event)

    def _undecodable(self, event: Event) -> Delta | None:
        """What is no event: an error in plain words, or what gateways append out of habit.

        Raises:
            msgspec.DecodeError: for anything else.
        """
        if event.name == "error":
            return Delta(error=fault(event.data[:2000].decode("utf-8", "replace").strip()))
        if event.data.strip() != b"[DONE]":
            decode_frame(event.data)
        return None

    def parse_response(self, response: HTTPResponse) -> Delta | Sequence[Delta]:
        """What a whole answer holds.

        Raises:
            msgspec.DecodeError: when the body is not a response object.
        """
        body = decode_response(response.body)
        if body.error and body.status is UNSET:
            return Delta(error=self.fault(msgspec.json.decode(response.body)), done=True)
        if body.output is UNSET and body.status is UNSET:
            raise msgspec.ValidationError("the body has neither `output` nor `status`")
        return self._end(body, "failed" if body.error else body.status or "completed")

    def fault(self, body: Mapping[str, Any]) -> ErrorInfo:
        """The error that an event or a body tells: nested in ``error``, or flat."""
        error: Any = body.get("error")
        if not error:
            return fault(body)
        # What stands beside the error says as much as what stands in it.
        beside = {name: value for name, value in body.items() if name not in ("error", "type")}
        inner = error if isinstance(error, dict) else {"message": error}
        return fault({**beside, **cast("dict[str, Any]", inner)})

    def usage(self, native: Mapping[str, Any]) -> Usage:
        """Token counts from the ``usage`` object; ``input_tokens`` counts cached ones too."""
        return usage_of(native)

    def _on_text(self, frame: Frame, event: Event) -> Delta | str | None:
        """Text of a message, of another block than that of the event before."""
        text = delta_text(frame)
        item = self._output.at("message", frame.output_index, frame.item_id)
        block = item.parts.block(frame.content_index)
        if not (self._logprobs or item.parts.several):
            self._index, self._item_id = frame.output_index, frame.item_id
            self._say = item.text.add
        if not text:
            return None
        item.text.add(text)
        if self._logprobs:
            self._block = block
            told = logprobs_of(read_envelope(event.data).logprobs)
            return Delta(text=text, block=block, logprobs=told)
        return self._named(text, block)

    def _named(self, text: str, block: Hashable) -> Delta | str:
        """Text, with its block where that is another one than before."""
        if block == self._block:
            return text
        self._block = block
        return Delta(text=text, block=block)

    def _leave(self) -> None:
        """What comes next may be another message, under the same place and id too."""
        self._index = -1

    def on_start(self, frame: Frame, event: Event) -> Delta | None:
        """The response begins: its id and model, told once."""
        response = read_envelope(event.data).response
        if response is None or (response.id, response.model) == self._known:
            return None
        self._known = (response.id, response.model)
        return Delta(id=response.id, model=response.model)

    def on_text_done(self, frame: Frame, event: Event) -> Delta | str | None:
        """A whole text: what its deltas did not tell."""
        said = read_envelope(event.data).text
        item = self._output.at("message", frame.output_index, frame.item_id, said or "")
        self._leave()
        if not said:
            return None
        new = item.text.part(said, frame.content_index)
        told = self._named(new, item.parts.block(frame.content_index)) if new else None
        item.parts.end()
        return told

    def on_refusal_delta(self, frame: Frame, event: Event) -> Delta | None:
        """A piece of a refusal."""
        if not (text := delta_text(frame)):
            return None
        item = self._output.at("message", frame.output_index, frame.item_id)
        item.refusal.add(text)
        return Delta(refusal=text, block=item.parts.block(frame.content_index, "refusal"))

    def on_refusal_done(self, frame: Frame, event: Event) -> Delta | None:
        """A whole refusal: what its deltas did not tell."""
        said = read_envelope(event.data).refusal
        if not said:
            return None
        item = self._output.at("message", frame.output_index, frame.item_id, said)
        new = item.refusal.part(said, frame.content_index)
        block = item.parts.block(frame.content_index, "refusal")
        item.parts.end()
        return Delta(refusal=new, block=block) if new else None

    def on_part_added(self, frame: Frame, event: Event) -> None:
        """A part of a message or of reasoning begins."""
        part = read_envelope(event.data).part
        self._leave()
        kind = "reasoning" if part is not None and part.type == "reasoning_text" else "message"
        item = self._output.at(kind, frame.output_index, frame.item_id)
        item.parts.begin(frame.content_index)

    def on_part_done(self, frame: Frame, event: Event) -> Delta | None:
        """A whole part of a message: for servers that tell its text here alone."""
        part = read_envelope(event.data).part
        self._leave()
        if part is None or part.type == "reasoning_text" or not (part.text or part.refusal):
            return None
        said = part.text or part.refusal or ""
        item = self._output.at("message", frame.output_index, frame.item_id, said)
        place = frame.content_index
        block = item.parts.block(place, "" if part.text else "refusal")
        item.parts.end()
        text = item.text.part(part.text, place, again=True) if part.text else ""
        refusal = item.refusal.part(part.refusal, place, again=True) if part.refusal else ""
        if not (text or refusal):
            return None
        self._block = block if text else self._block
        return Delta(text=text or None, refusal=refusal or None, block=block)

    def on_reasoning_part(self, frame: Frame, event: Event) -> None:
        """Another paragraph of reasoning begins."""
        self._thoughts.begun(frame)

    def on_reasoning_delta(self, frame: Frame, event: Event) -> Delta | None:
        """A piece of a reasoning summary, or of raw reasoning."""
        return self._thoughts.piece(frame, delta_text(frame))

    def on_reasoning_done(self, frame: Frame, event: Event) -> Delta | None:
        """A whole paragraph of reasoning: what its deltas did not tell."""
        return self._thoughts.done(frame, read_envelope(event.data).text)

    def on_annotation(self, frame: Frame, event: Event) -> Delta | None:
        """A citation."""
        envelope = read_envelope(event.data)
        annotation, number = envelope.annotation, frame.content_index
        if not annotation:
            return None
        item = self._output.at("message", frame.output_index, frame.item_id)
        if not item.cited.told(number, envelope.annotation_index, annotation):
            return None
        cited = (citation_of(annotation),)
        block = item.parts.block(number)
        return Delta(citations=cited, files=files_of([annotation]), block=block)

    def on_arguments_delta(self, frame: Frame, event: Event) -> Delta | ToolCallDelta | None:
        """A piece of the arguments of a call: a long call has thousands of these."""
        text = delta_text(frame) or ""
        item = self._called
        if item is None or frame.item_id != item.id or frame.output_index != item.index:
            item = self._call_at(frame)
            self._called = item if item.id is not None else None
        if item.asks is None:
            return self._tools.about(item, frame, event)
        if text:
            item.arguments.add(text)
        return ToolCallDelta(item.slot, None, None, text, kind=item.asks)

    def on_arguments_done(self, frame: Frame, event: Event) -> Delta | None:
        """The whole arguments of a call; some servers send no deltas before."""
        envelope = read_envelope(event.data)
        said = envelope.arguments if envelope.input is None else envelope.input
        item = self._call_at(frame)
        if item.asks is None:
            return self._tools.about(item, frame, event)
        if not said or item.closed:
            return None
        item.arguments = Told()
        item.arguments.add(said)
        call = ToolCallDelta(
            item.slot, None, None, said, replace=True, complete=False, kind=item.asks
        )
        return Delta(tool_calls=(call,))

    def _call_at(self, frame: Frame) -> OutputItem:
        custom = frame.type is not None and frame.type.startswith("response.custom")
        kind = "custom_tool_call" if custom else "function_call"
        return self._output.at(kind, frame.output_index, frame.item_id)

    def on_item_added(self, frame: Frame, event: Event) -> Delta | None:
        """An item begins: a call is announced."""
        value = read_envelope(event.data).item or {}
        kind = str(value.get("type") or "")
        self._leave()
        if kind == "reasoning":
            self._thoughts.begun(frame)
        if not kind:
            return None
        names = value.get("id"), value.get("call_id")
        item = self._output.begun(kind, frame.output_index, *names)
        return self._whole.begun(item, value)

    def on_item_done(self, frame: Frame, event: Event) -> Delta | Sequence[Delta] | None:
        """An item is complete: a call is closed, and what no delta told is told."""
        value = read_envelope(event.data).item
        self._leave()
        if not value:
            return None
        gathered = Gathered()
        self._whole.done(gathered, value, frame.output_index)
        return gathered.told()

    def on_finish(self, frame: Frame, event: Event) -> Delta | Sequence[Delta]:
        """The response is complete, or as complete as it gets."""
        response = read_envelope(event.data).response or ResponseObject()
        word = (frame.type or "").rpartition(".")[2]
        return self._end(response, "completed" if word == "done" else word)

    def _end(self, response: ResponseObject, word: str) -> Delta | Sequence[Delta]:
        """The terminal signal: what the final response tells that nothing before it told."""
        status = ending_of(response.status or None, word)
        gathered = Gathered()
        self._whole.final(gathered, response.output or [])
        gathered.add(**self._tools.end(well=status != "failed"))
        usage = response.usage
        error = self._failed(response) if status == "failed" else None
        last = Delta(
            id=response.id,
            model=response.model,
            usage=self.usage(usage) if usage is not None else None,
            usage_native=usage,
            finish_reason=reason_of(status, response, self._output.items),
            finish_reason_native=status,
            finish_detail=(response.incomplete_details or {}).get("reason"),
            metadata={"service_tier": response.service_tier} if response.service_tier else None,
            state=self._output.echo(),
            error=error,
            done=error is None or not error.untold,
        )
        return [*gathered.deltas, last] if gathered.deltas else last

    def _failed(self, response: ResponseObject) -> ErrorInfo:
        """Why the response failed; Azure says that in an event of its own, the next one."""
        if response.error:
            return self.fault({"error": response.error})
        return msgspec.structs.replace(fault(None), untold=True)

    def on_failed(self, frame: Frame, event: Event) -> Delta | Sequence[Delta]:
        """The response failed; an ``error`` event before it has ended the stream already."""
        response = read_envelope(event.data).response or ResponseObject()
        return self._end(response, "failed")

    def on_error(self, frame: Frame, event: Event) -> Delta:
        """An error, flat as documented or nested as recorded."""
        body: dict[str, Any] = msgspec.json.decode(event.data, type=dict[str, Any])
        return Delta(error=self.fault(body), done=True)

    def _untyped(self, event: Event) -> Delta | None:
        """An event without a known type: an error in some gateway's own shape, or nothing."""
        body: dict[str, Any] = msgspec.json.decode(event.data, type=dict[str, Any])
        if event.name != "error" and not is_fault(body):
            return None
        return Delta(error=self.fault(body), done=True)


Handler: TypeAlias = Callable[[ResponsesState, Frame, Event], Parsed]

HANDLERS: dict[str | None, Handler] = {
    "response.created": ResponsesState.on_start,
    "response.queued": ResponsesState.on_start,
    "response.in_progress": ResponsesState.on_start,
    "response.output_item.added": ResponsesState.on_item_added,
    "response.output_item.done": ResponsesState.on_item_done,
    "response.output_text.done": ResponsesState.on_text_done,
    "response.output_text.annotation.added": ResponsesState.on_annotation,
    "response.refusal.delta": ResponsesState.on_refusal_delta,
    "response.refusal.done": ResponsesState.on_refusal_done,
    "response.reasoning_summary_part.added": ResponsesState.on_reasoning_part,
    "response.reasoning_part.added": ResponsesState.on_reasoning_part,
    "response.content_part.added": ResponsesState.on_part_added,
    "response.content_part.done": ResponsesState.on_part_done,
    "response.reasoning_summary_text.done": ResponsesState.on_reasoning_done,
    "response.reasoning_text.done": ResponsesState.on_reasoning_done,
    "response.reasoning_summary_text.delta": ResponsesState.on_reasoning_delta,
    "response.reasoning_text.delta": ResponsesState.on_reasoning_delta,
    "response.function_call_arguments.delta": ResponsesState.on_arguments_delta,
    "response.function_call_arguments.done": ResponsesState.on_arguments_done,
    "response.custom_tool_call_input.delta": ResponsesState.on_arguments_delta,
    "response.custom_tool_call_input.done": ResponsesState.on_arguments_done,
    "response.completed": ResponsesState.on_finish,
    "response.incomplete": ResponsesState.on_finish,
    "response.done": ResponsesState.on_finish,
    "response.cancelled": ResponsesState.on_finish,
    "response.failed": ResponsesState.on_failed,
    "error": ResponsesState.on_error,
}
"""Events of text, reasoning, functions and life; ``ToolEvents`` has those of tools and of sound."""
