"""The parser: what each event of a Responses stream, or a whole response, adds to the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias, cast

import msgspec
from msgspec import UNSET

from chimeric import Delta, ErrorInfo, Event, HTTPResponse, ToolCallDelta, Usage

from .ending import ending_of, reason_of
from .errors import fault, is_fault
from .gathered import Gathered
from .output import CALLS, Output, OutputItem, Told
from .whole_items import WholeItems, announced
from .wire import (
    Call,
    Frame,
    ResponseObject,
    decode_frame,
    decode_response,
    read_envelope,
)

__all__ = ["ResponsesState"]


class ResponsesState:
    """Parser memory of one response.

    What the deltas said is never said again by the ``done`` events, the items or the final
    response; what only these tell (some servers send no deltas) is told then. ``Output`` knows
    which item an event is about, however it is numbered.

    Attributes:
        api: names the protocol of the items to echo; a provider whose opaque items no other
            provider can read overrides it.
    """

    api: str = "openai.responses"

    def __init__(self) -> None:
        self._output = Output()
        self._whole = WholeItems(self._output)
        # The message that nearly every event goes to.
        self._index: int | None = -1
        self._item_id: str | None = None
        unread: list[str] = []
        self._say = unread.append
        self._known: tuple[str | None, str | None] | None = None
        self._paragraph = False
        self._sound: list[str] = []

    def parse(self, event: Event) -> Delta | str | None:
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
            return self._on_text(frame)
        if kind in HANDLERS:
            return HANDLERS[kind](self, frame, event)
        if not kind or event.name == "error":
            return self._untyped(event)
        return None

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

    def parse_response(self, response: HTTPResponse) -> Delta:
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
        into = _object(native.get("input_tokens_details"))
        out = _object(native.get("output_tokens_details"))
        return Usage.of(
            native.get("input_tokens"),
            native.get("output_tokens"),
            native.get("total_tokens"),
            cached=into.get("cached_tokens"),
            cache_write=into.get("cache_write_tokens"),
            reasoning=out.get("reasoning_tokens"),
        )

    def _on_text(self, frame: Frame) -> str | None:
        """Text of a message, another one than that of the event before."""
        text = _text(frame)
        item = self._output.at("message", frame.output_index, frame.item_id)
        self._index, self._item_id = frame.output_index, frame.item_id
        self._say = item.text.add
        if text:
            self._say(text)
        return text

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

    def on_text_done(self, frame: Frame, event: Event) -> str | None:
        """A whole text: what its deltas did not tell."""
        said = read_envelope(event.data).text
        item = self._output.at("message", frame.output_index, frame.item_id, said or "")
        self._leave()
        return item.text.part(said, frame.content_index) or None if said else None

    def on_refusal_delta(self, frame: Frame, event: Event) -> Delta | None:
        """A piece of a refusal."""
        if not (text := _text(frame)):
            return None
        self._output.at("message", frame.output_index, frame.item_id).refusal.add(text)
        return Delta(refusal=text)

    def on_refusal_done(self, frame: Frame, event: Event) -> Delta | None:
        """A whole refusal: what its deltas did not tell."""
        said = read_envelope(event.data).refusal
        if not said:
            return None
        item = self._output.at("message", frame.output_index, frame.item_id, said)
        new = item.refusal.part(said, frame.content_index)
        return Delta(refusal=new) if new else None

    def on_part_done(self, frame: Frame, event: Event) -> Delta | None:
        """A whole part of a message: for servers that tell its text here alone."""
        part = read_envelope(event.data).part
        self._leave()
        if part is None or part.type == "reasoning_text" or not (part.text or part.refusal):
            return None
        said = part.text or part.refusal or ""
        item = self._output.at("message", frame.output_index, frame.item_id, said)
        place = frame.content_index
        text = item.text.part(part.text, place, again=True) if part.text else ""
        refusal = item.refusal.part(part.refusal, place, again=True) if part.refusal else ""
        return Delta(text=text or None, refusal=refusal or None) if text or refusal else None

    def on_reasoning_part(self, frame: Frame, event: Event) -> None:
        """Another paragraph of reasoning begins, unless it is the first."""
        self._paragraph = any(item.reasoning for item in self._output.items)

    def on_reasoning_delta(self, frame: Frame, event: Event) -> Delta | None:
        """A piece of a reasoning summary, or of raw reasoning."""
        text = _text(frame)
        item = self._output.at("reasoning", frame.output_index, frame.item_id)
        if not text:
            return None
        item.reasoning.add(text)
        return Delta(reasoning=self._parted(text))

    def on_reasoning_done(self, frame: Frame, event: Event) -> Delta | None:
        """A whole paragraph of reasoning: what its deltas did not tell."""
        said = read_envelope(event.data).text
        if not said:
            return None
        item = self._output.at("reasoning", frame.output_index, frame.item_id, said)
        place = frame.content_index if frame.summary_index is None else frame.summary_index
        new = item.reasoning.part(said, place)
        return Delta(reasoning=self._parted(new)) if new else None

    def _parted(self, text: str) -> str:
        begins, self._paragraph = self._paragraph, False
        return "\n\n" + text if begins else text

    def on_annotation(self, frame: Frame, event: Event) -> Delta | None:
        """A citation."""
        annotation = read_envelope(event.data).annotation
        if not annotation:
            return None
        item = self._output.at("message", frame.output_index, frame.item_id)
        item.annotations.append(annotation)
        return Delta(citations=(annotation,))

    def on_arguments_delta(self, frame: Frame, event: Event) -> Delta:
        """A piece of the arguments of a call: a long call has thousands of these."""
        text = _text(frame) or ""
        item = self._call_at(frame)
        if text:
            item.arguments.add(text)
        return Delta(tool_calls=(ToolCallDelta(item.slot, None, None, text, kind=_kind(item)),))

    def on_arguments_done(self, frame: Frame, event: Event) -> Delta | None:
        """The whole arguments of a call; some servers send no deltas before."""
        envelope = read_envelope(event.data)
        said = envelope.arguments if envelope.input is None else envelope.input
        item = self._call_at(frame)
        if not said or item.closed:
            return None
        item.arguments = Told()
        item.arguments.add(said)
        call = ToolCallDelta(
            item.slot, None, None, said, replace=True, complete=False, kind=_kind(item)
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
            self.on_reasoning_part(frame, event)
        if not kind:
            return None
        names = value.get("id"), value.get("call_id")
        item = self._output.begun(kind, frame.output_index, *names)
        if kind not in CALLS:
            return None
        return Delta(tool_calls=(announced(item, msgspec.convert(value, Call)),))

    def on_item_done(self, frame: Frame, event: Event) -> Delta | None:
        """An item is complete: a call is closed, and what no delta told is told."""
        value = read_envelope(event.data).item
        self._leave()
        if not value:
            return None
        gathered = Gathered()
        self._whole.done(gathered, value, frame.output_index)
        fields = gathered.fields()
        return Delta(**fields) if fields else None

    def on_audio(self, frame: Frame, event: Event) -> Delta | None:
        """A piece of sound, or of its transcript, which is the text of a spoken answer."""
        text = _text(frame)
        if not text:
            return None
        if frame.type == "response.audio.transcript.delta":
            return Delta(text=text)
        self._sound.append(text)
        return Delta(metadata={"audio": {"data": "".join(self._sound)}})

    def on_finish(self, frame: Frame, event: Event) -> Delta:
        """The response is complete, or as complete as it gets."""
        response = read_envelope(event.data).response or ResponseObject()
        word = (frame.type or "").rpartition(".")[2]
        return self._end(response, "completed" if word == "done" else word)

    def _end(self, response: ResponseObject, word: str) -> Delta:
        """The terminal signal: what the final response tells that nothing before it told."""
        status = ending_of(response.status or None, word)
        gathered = Gathered()
        self._whole.final(gathered, response.output or [])
        usage = response.usage
        error = self._failed(response) if status == "failed" else None
        return Delta(
            **gathered.fields(),
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

    def _failed(self, response: ResponseObject) -> ErrorInfo:
        """Why the response failed; Azure says that in an event of its own, the next one."""
        if response.error:
            return self.fault({"error": response.error})
        return msgspec.structs.replace(fault(None), untold=True)

    def on_failed(self, frame: Frame, event: Event) -> Delta:
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


def _object(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _kind(item: OutputItem) -> Literal["function", "custom"]:
    return "custom" if item.kind == "custom_tool_call" else "function"


def _text(frame: Frame) -> str | None:
    """The delta of an event whose delta must be text.

    Raises:
        msgspec.ValidationError: when it is something else.
    """
    delta = frame.delta
    if delta is None or isinstance(delta, str):
        return delta
    raise msgspec.ValidationError(f"`delta` of {frame.type} is {type(delta).__name__}, not text")


Handler: TypeAlias = Callable[[ResponsesState, Frame, Event], "Delta | str | None"]

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
    "response.content_part.done": ResponsesState.on_part_done,
    "response.reasoning_summary_text.done": ResponsesState.on_reasoning_done,
    "response.reasoning_text.done": ResponsesState.on_reasoning_done,
    "response.audio.delta": ResponsesState.on_audio,
    "response.audio.transcript.delta": ResponsesState.on_audio,
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
"""Events that add something; all others (status of built-in tools, audio, ...) add nothing."""
