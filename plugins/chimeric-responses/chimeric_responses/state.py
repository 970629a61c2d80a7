"""The parser: what each event of a Responses stream, or a whole response, adds to the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

import msgspec
from msgspec import UNSET

from chimeric import Delta, ErrorInfo, Event, FinishReason, HTTPResponse, ToolCallDelta, Usage

from .faults import fault
from .gathered import Gathered
from .wire import (
    Call,
    Frame,
    MessageItem,
    ReasoningItem,
    ResponseObject,
    decode_frame,
    decode_response,
    read_envelope,
)

__all__ = ["ResponsesState"]

CALLS = ("function_call", "custom_tool_call")
"""Items that ask the caller to run something."""

UNFINISHED: dict[str, FinishReason] = {
    "max_output_tokens": "length",
    "max_tokens": "length",
    "length": "length",
    "content_filter": "content_filter",
}
"""Reasons of an ``incomplete`` response; others become ``other``."""


FRAGMENT = "response.function_call_arguments.delta"


class ResponsesState:
    """Parser memory of one response.

    Everything is keyed by ``output_index``, since a gateway was recorded that changes ``item_id``
    with every event. What the deltas said is never said again by the ``done`` events; what only
    the ``done`` events or the final response tell (some servers send no deltas) is told then.

    Attributes:
        api: names the protocol of the items to echo; a provider whose opaque items no other
            provider can read overrides it.
    """

    api: str = "openai.responses"

    def __init__(self) -> None:
        self._output: int | None = -1
        self._content: int | None = -1
        self._parts: set[tuple[int | None, int | None]] = set()
        self._told: set[tuple[str, int | None]] = set()
        self._items: list[tuple[int, dict[str, Any]]] = []
        self._slots: dict[str, int] = {}
        self._known: tuple[str | None, str | None] | None = None
        self._paragraph = False
        self._called = False
        self._refused = False

    def parse(self, event: Event) -> Delta | str | None:
        """What an event adds; None for events that add nothing, known or not.

        Raises:
            msgspec.DecodeError: when the event is no JSON object, or a text in it is no text.
        """
        try:
            frame = decode_frame(event.data)
        except msgspec.DecodeError:
            # Not part of the protocol, but gateways append it out of habit.
            if event.data.strip() == b"[DONE]":
                return None
            raise
        kind = frame.type
        if kind == "response.output_text.delta":
            if frame.output_index != self._output or frame.content_index != self._content:
                self._enter(frame)
            delta = frame.delta
            return delta if delta.__class__ is str else _text(frame)
        if kind in HANDLERS:
            return HANDLERS[kind](self, frame, event)
        if not kind or event.name == "error":
            return self._untyped(event)
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
        return self._end(body, "failed" if body.error else "completed")

    def fault(self, body: Mapping[str, Any]) -> ErrorInfo:
        """The error that an event or a body tells: nested in ``error``, or flat."""
        error: Any = body.get("error")
        if error is None:
            return fault(body)
        return fault({**body, "message": error} if isinstance(error, str) else error)

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

    def _enter(self, frame: Frame) -> None:
        """Text of another part begins: note that it came as deltas."""
        self._output, self._content = frame.output_index, frame.content_index
        self._parts.add((frame.output_index, frame.content_index))
        self._told.add(("text", frame.output_index))

    def on_start(self, frame: Frame, event: Event) -> Delta | None:
        """The response begins: its id and model, told once."""
        response = read_envelope(event.data).response
        if response is None or (response.id, response.model) == self._known:
            return None
        self._known = (response.id, response.model)
        return Delta(id=response.id, model=response.model)

    def on_text_done(self, frame: Frame, event: Event) -> str | None:
        """A whole text: told when none of its deltas came."""
        if (frame.output_index, frame.content_index) in self._parts:
            return None
        self._enter(frame)
        return read_envelope(event.data).text

    def on_refusal_delta(self, frame: Frame, event: Event) -> Delta | None:
        """A piece of a refusal."""
        self._told.add(("refusal", frame.output_index))
        self._refused = True
        return Delta(refusal=_text(frame))

    def on_refusal_done(self, frame: Frame, event: Event) -> Delta | None:
        """A whole refusal: told when none of its deltas came."""
        refusal = read_envelope(event.data).refusal
        if ("refusal", frame.output_index) in self._told or not refusal:
            return None
        self._told.add(("refusal", frame.output_index))
        self._refused = True
        return Delta(refusal=refusal)

    def on_reasoning_part(self, frame: Frame, event: Event) -> None:
        """Another paragraph of reasoning begins, unless it is the first."""
        self._paragraph = any(kind == "reasoning" for kind, _ in self._told)

    def on_reasoning_delta(self, frame: Frame, event: Event) -> Delta | None:
        """A piece of a reasoning summary, or of raw reasoning."""
        text = _text(frame)
        self._told.add(("reasoning", frame.output_index))
        if self._paragraph and text:
            self._paragraph = False
            text = "\n\n" + text
        return Delta(reasoning=text)

    def on_annotation(self, frame: Frame, event: Event) -> Delta | None:
        """A citation."""
        annotation = read_envelope(event.data).annotation
        if not annotation:
            return None
        self._told.add(("annotation", frame.output_index))
        return Delta(citations=(annotation,))

    def on_arguments_delta(self, frame: Frame, event: Event) -> Delta:
        """A piece of the arguments of a call: a long call has thousands of these."""
        index, text = frame.output_index, frame.delta
        if index is not None and text.__class__ is str and frame.type == FRAGMENT:
            return Delta(tool_calls=(ToolCallDelta(index, None, None, text),))
        return self._arguments(frame, _text(frame) or "", replace=False)

    def on_arguments_done(self, frame: Frame, event: Event) -> Delta | None:
        """The whole arguments of a call; some servers send no deltas before."""
        envelope = read_envelope(event.data)
        text = envelope.arguments if envelope.input is None else envelope.input
        return self._arguments(frame, text, replace=True) if text else None

    def _arguments(self, frame: Frame, text: str, *, replace: bool) -> Delta:
        custom = frame.type is not None and frame.type.startswith("response.custom")
        call = ToolCallDelta(
            self._slot(frame.output_index, frame.item_id),
            arguments=text,
            replace=replace,
            kind="custom" if custom else "function",
        )
        return Delta(tool_calls=(call,))

    def _slot(self, output_index: int | None, item_id: str | None) -> int | None:
        """The index of a call; one made up for its ``item_id`` where the server sends none."""
        if output_index is not None or item_id is None:
            return output_index
        return self._slots.setdefault(item_id, -1 - len(self._slots))

    def on_item_added(self, frame: Frame, event: Event) -> Delta | None:
        """An item begins: a call is announced."""
        item = read_envelope(event.data).item or {}
        kind = item.get("type")
        if kind == "reasoning":
            self.on_reasoning_part(frame, event)
        if kind not in CALLS:
            return None
        call = msgspec.convert(item, Call)
        delta = ToolCallDelta(
            self._slot(frame.output_index, call.id),
            call.call_id or call.id,
            call.name,
            kind="custom" if kind == "custom_tool_call" else "function",
        )
        return Delta(tool_calls=(delta,))

    def on_item_done(self, frame: Frame, event: Event) -> Delta | None:
        """An item is complete: a call is closed, and what no delta told is told."""
        item = read_envelope(event.data).item
        if not item:
            return None
        gathered = Gathered()
        self._take(gathered, item, frame.output_index)
        fields = gathered.fields()
        return Delta(**fields) if fields else None

    def _take(self, gathered: Gathered, item: dict[str, Any], index: int | None) -> None:
        """Gather what a finished item tells that no delta told."""
        self._items.append((len(self._items) if index is None else index, item))
        kind = item.get("type")
        if kind == "message":
            self._take_message(gathered, msgspec.convert(item, MessageItem), index)
        elif kind == "reasoning":
            if ("reasoning", index) not in self._told:
                told = msgspec.convert(item, ReasoningItem)
                # Servers of open-weight models send the same text as both.
                passages = told.summary or told.content or []
                gathered.reasoning += [p.text for p in passages if p.text]
        elif kind in CALLS:
            gathered.calls.append(self._whole_call(msgspec.convert(item, Call), index))
        elif kind != "compaction":
            gathered.server_tools.append(item)

    def _take_message(self, gathered: Gathered, item: MessageItem, index: int | None) -> None:
        if isinstance(item.content, str):
            if ("text", index) not in self._told:
                gathered.text.append(item.content)
            return
        for part in item.content or ():
            if part.text and ("text", index) not in self._told:
                gathered.text.append(part.text)
            if part.refusal and ("refusal", index) not in self._told:
                self._refused = True
                gathered.refusal.append(part.refusal)
            if part.annotations and ("annotation", index) not in self._told:
                gathered.citations += part.annotations

    def _whole_call(self, call: Call, index: int | None) -> ToolCallDelta:
        custom = call.type == "custom_tool_call"
        arguments: Any = call.input if custom else call.arguments
        if isinstance(arguments, dict):
            arguments = msgspec.json.encode(arguments).decode()
        finished = call.status != "incomplete"  # cut short by the token limit: never to be run
        self._called = self._called or finished
        return ToolCallDelta(
            self._slot(index, call.id),
            call.call_id or call.id,
            call.name,
            arguments or "",
            complete=finished,
            replace=True,
            kind="custom" if custom else "function",
        )

    def on_finish(self, frame: Frame, event: Event) -> Delta:
        """The response is complete, or as complete as it gets."""
        response = read_envelope(event.data).response or ResponseObject()
        word = (frame.type or "").rpartition(".")[2]
        return self._end(response, "completed" if word == "done" else word)

    def _end(self, response: ResponseObject, word: str) -> Delta:
        """The terminal signal: what the final response tells that nothing before it told."""
        status = response.status or word
        gathered = Gathered()
        indexes = {index for index, _ in self._items}
        ids = {item.get("id") for _, item in self._items}
        for index, item in enumerate(response.output or ()):
            if index not in indexes and (item.get("id") is None or item["id"] not in ids):
                self._take(gathered, item, index)
        usage = response.usage
        return Delta(
            **gathered.fields(),
            id=response.id,
            model=response.model,
            usage=self.usage(usage) if usage is not None else None,
            usage_native=usage,
            finish_reason=self._reason(status, response),
            finish_reason_native=status,
            finish_detail=(response.incomplete_details or {}).get("reason"),
            metadata={"service_tier": response.service_tier} if response.service_tier else None,
            state=self._echo(),
            error=self.fault({"error": response.error or {}}) if status == "failed" else None,
            done=True,
        )

    def _reason(self, status: str, response: ResponseObject) -> FinishReason:
        if status == "completed":
            if self._refused:
                return "refusal"
            return "tool_calls" if self._called else "stop"
        detail = (response.incomplete_details or {}).get("reason")
        return UNFINISHED.get(str(detail), "other")

    def _echo(self) -> list[Any] | None:
        """All items in order, for the next turn, without calls that were cut short."""
        ordered = sorted(self._items, key=lambda entry: entry[0])
        cut = ("incomplete", "in_progress")
        items = [
            item
            for _, item in ordered
            if not (item.get("type") in CALLS and item.get("status") in cut)
        ]
        return items or None

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
        if event.name != "error" and not body.get("error"):
            return None
        return Delta(error=self.fault(body), done=True)


def _object(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


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
    "response.reasoning_summary_text.delta": ResponsesState.on_reasoning_delta,
    "response.reasoning_text.delta": ResponsesState.on_reasoning_delta,
    FRAGMENT: ResponsesState.on_arguments_delta,
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
