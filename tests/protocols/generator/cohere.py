"""Cohere's chat, version 2."""

from __future__ import annotations

from typing import Any

from .answer import Block, Intent, intent
from .draw import Draw
from .stream import Stream, whole
from .telling import (
    PROVIDER_ERRORS,
    Arguments,
    Begun,
    Closed,
    Ended,
    Failed,
    Finished,
    Said,
    Tell,
)
from .wire import Event, encode, sse

__all__ = ["stream"]

WORDS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "stop": (("COMPLETE", ("stop",)), ("COMPLETE", ("stop",)), ("STOP_SEQUENCE", ("stop",))),
    "calls": (("TOOL_CALL", ("tool_calls",)), ("COMPLETE", ("stop",))),
    "length": (("MAX_TOKENS", ("length",)),),
    "filter": (("ERROR_TOXIC", ("content_filter",)),),
    "other": (
        ("ERROR", ("other",)),
        ("TIMEOUT", ("other",)),
        ("USER_CANCEL", ("other",)),
        ("ERROR_LIMIT", ("length", "other")),
        ("RETICULATED", ("other",)),
    ),
}
FAILED_WORDS = ("ERROR", "TIMEOUT")
"""A turn that failed; a text beside them says why."""


def stream(draw: Draw) -> Stream:
    """Draw an answer and write it."""
    told = intent(draw)
    if draw.quirk("whole answer", 0.12) and told.ending != "unsaid":
        return _whole(draw, told)
    writer = _Writer(draw, told)
    events = writer.events()
    named = writer.named
    return Stream(sse(draw, events, names="shown" if named else "hidden"))


class _Writer:
    """Writes one stream; the traits that hold for all of it are drawn once."""

    def __init__(self, draw: Draw, told: Intent) -> None:
        self.draw = draw
        self.told = told
        self.named = draw.trait("event names", ("hidden", "shown")) == "shown"
        self.index = draw.trait("index", ("right",) * 6 + ("missing", "all 0"))
        self.plan = draw.chance(0.5)

    def event(self, kind: str, message: Any, tells: tuple[Tell, ...], place: int) -> Event:
        payload: dict[str, Any] = {"type": kind}
        if self.index != "missing":
            payload["index"] = place if self.index == "right" else 0
        if message is not None:
            payload["delta"] = {"message": message}
        return Event(payload, tells, name=kind)

    def events(self) -> list[Event]:
        draw, told = self.draw, self.told
        events = [Event({"type": "message-start", "id": "m1"}, name="message-start")]
        calls = told.calls
        for place, block in enumerate(told.blocks):
            if block.kind == "call":
                events += self._call(calls.index(block), block)
            else:
                events += self._said(place, block)
        if told.ending == "error":
            del events[1 + draw.below(len(events)) :]
            return events + self._error()
        if told.ending == "unsaid":
            # Only the message's end is one, whatever gateways append.
            return [*events, Event(b"[DONE]")]
        end = [self._end()]
        if draw.quirk("[DONE] where there is none", 0.15):
            end.append(Event(b"[DONE]", (Ended(),)))
        return events + end

    def _said(self, place: int, block: Block) -> list[Event]:
        if block.kind == "thought" and self.plan:
            return [
                self.event("tool-plan-delta", {"tool_plan": piece}, (Said("reasoning", piece),), 0)
                for piece in block.pieces
            ]
        name, kind = ("thinking", "reasoning") if block.kind == "thought" else ("text", "text")
        begin = {"content": {"type": name, name: ""}}
        events = [self.event("content-start", begin, (), place)]
        events += [
            self.event("content-delta", {"content": {name: piece}}, (Said(kind, piece),), place)
            for piece in block.pieces
        ]
        return [*events, self.event("content-end", None, (), place)]

    def _call(self, place: int, block: Block) -> list[Event]:
        function = {"name": block.name, "arguments": ""}
        begin = {"id": block.id, "type": "function", "function": function}
        events = [
            self.event("tool-call-start", {"tool_calls": begin}, (Begun(place, block.name),), place)
        ]
        for piece in block.pieces:
            delta = {"tool_calls": {"function": {"arguments": piece}}}
            events.append(self.event("tool-call-delta", delta, (Arguments(place, piece),), place))
        # A limit can cut a call short and still close it.
        if not (block.half and self.draw.chance(0.5)):
            closed = () if block.half else (Closed(place),)
            events.append(self.event("tool-call-end", None, closed, place))
        return events

    def _end(self) -> Event:
        word, finished = _word(self.draw, self.told)
        delta: dict[str, Any] = {"finish_reason": word}
        if self.draw.chance(0.6):
            delta["usage"] = {"tokens": {"input_tokens": 5, "output_tokens": 7}}
        return Event({"type": "message-end", "delta": delta}, (finished,), name="message-end")

    def _error(self) -> list[Event]:
        message = f"the far side says no {self.draw.below(1000)}"
        told = (Failed(PROVIDER_ERRORS, message), Ended())
        form = self.draw.trait(
            "error form", ("end", "end", "end, no reason", "body", "bare", "field")
        )
        match form:
            case "end":
                word = self.draw.one(FAILED_WORDS)
                delta = {"finish_reason": word, "error": message}
                return [Event({"type": "message-end", "delta": delta}, told, name="message-end")]
            case "end, no reason":
                delta = {"finish_reason": None, "error": message}
                return [Event({"type": "message-end", "delta": delta}, told, name="message-end")]
            case "body":
                return [Event({"message": message}, told)]
            case "bare":
                return [Event({"id": "m1", "message": message}, told, form="bare")]
            case _:
                return [Event({"message": message}, told, form="error")]


def _word(draw: Draw, told: Intent) -> tuple[str, Finished]:
    ending = told.ending
    if ending in ("stop", "unsaid", "error"):
        ending = "calls" if told.calls else "stop"
    word, reasons = draw.one(WORDS[ending])
    draw.features.append(f"finish word: {word}")
    return word, Finished(reasons, or_error=word in FAILED_WORDS)


def _whole(draw: Draw, told: Intent) -> Stream:
    """The same answer as one document."""
    if told.ending == "error":
        message = f"the far side says no {draw.below(1000)}"
        return whole(encode({"id": "m1", "message": message}), (Failed(PROVIDER_ERRORS, message),))
    word, finished = _word(draw, told)
    message: dict[str, Any] = {"role": "assistant"}
    tells: list[Tell] = []
    content: list[Any] = []
    for block in told.blocks:
        if block.kind != "call":
            name, kind = ("thinking", "reasoning") if block.kind == "thought" else ("text", "text")
            content.append({"type": name, name: block.text})
            tells.append(Said(kind, block.text))
    if content:
        message["content"] = content
    if told.calls:
        message["tool_calls"] = []
    for place, call in enumerate(told.calls):
        function = {"name": call.name, "arguments": call.text}
        message["tool_calls"].append({"id": call.id, "type": "function", "function": function})
        tells += [Begun(place, call.name), Arguments(place, call.text)]
    body = {"id": "m1", "message": message, "finish_reason": word}
    return whole(encode(body), (*tells, finished, Ended()))
