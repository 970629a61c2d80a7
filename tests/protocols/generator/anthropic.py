"""Anthropic's Messages: its events, and what gateways make of them."""

from __future__ import annotations

from typing import Any

from .answer import Block, Intent, intent
from .draw import Draw
from .failures import AUTH, BAD, DENIED, MISSING, RATE, SERVER, failure
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

__all__ = ["ERROR_WORDS", "stream"]

WORDS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "stop": (("end_turn", ("stop",)), ("end_turn", ("stop",)), ("stop_sequence", ("stop",))),
    "calls": (("tool_use", ("tool_calls",)), ("end_turn", ("stop",))),
    "length": (("max_tokens", ("length",)), ("model_context_window_exceeded", ("length",))),
    "filter": (("sensitive", ("content_filter", "other")),),
    "refusal": (("refusal", ("refusal",)),),
    "pause": (("pause_turn", ("pause",)), ("compaction", ("pause",))),
    "other": (("reticulated", ("other",)), ("sensitive", ("content_filter", "other"))),
}

ERROR_WORDS = (
    ("invalid_request_error", BAD),
    ("authentication_error", AUTH),
    ("permission_error", DENIED),
    ("not_found_error", MISSING),
    ("rate_limit_error", RATE),
    ("api_error", SERVER),
    ("timeout_error", SERVER),
    ("overloaded_error", (*RATE, *SERVER)),
    ("reticulated", PROVIDER_ERRORS),
)


def stream(draw: Draw) -> Stream:
    """Draw an answer and write it."""
    told = intent(draw, endings=("refusal", "pause"), interleaved=True)
    if draw.quirk("whole answer", 0.12) and told.ending != "unsaid":
        return _whole(draw, told)
    writer = _Writer(draw, told)
    events = writer.events()
    if draw.quirk("[DONE] where there is none", 0.15):
        events.append(Event(b"[DONE]"))
    return Stream(sse(draw, events, names=writer.names))


class _Writer:
    """Writes one stream; the traits that hold for all of it are drawn once."""

    def __init__(self, draw: Draw, told: Intent) -> None:
        self.draw = draw
        self.told = told
        self.index = draw.trait("block index", ("right",) * 6 + ("from 1", "missing", "all 0"))
        self.typed = draw.trait(
            "type in", ("both",) * 6 + ("the payload", "the name", "the name, delta untyped")
        )
        self.names = "hidden" if self.typed == "the payload" else "shown"
        self.stops = not draw.quirk("blocks without an end", 0.06)
        # Only text and thinking can do without: a call's name is in its beginning.
        self.announced = not draw.quirk("text unannounced", 0.08)
        self.pings = draw.quirk("pings", 0.2)

    def event(self, kind: str, tells: tuple[Tell, ...] = (), **fields: Any) -> Event:
        typed = {} if self.typed.startswith("the name") else {"type": kind}
        return Event({**typed, **fields}, tells, name=kind)

    def events(self) -> list[Event]:
        draw, told = self.draw, self.told
        single = [self._block(place, block) for place, block in enumerate(told.blocks)]
        spoken = any(block.kind != "thought" for block in told.blocks)
        if spoken and told.ending == "stop" and draw.quirk("complete in message_start", 0.04):
            return self._complete()
        events = self._joined(single)
        begun = not draw.quirk("no message_start", 0.04)
        if begun:
            events.insert(0, self._start())
            if draw.quirk("message_start told twice", 0.05):
                events.insert(1, events[0])
        if told.ending == "error":
            del events[draw.below(len(events) + 1) :]
            return events + self._error()
        return events + self._end()

    def _complete(self) -> list[Event]:
        """The whole message where others begin, as caches send it, and then its end."""
        content, tells = _content(self.told)
        word, finished = _word(self.draw, self.told)
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m-1"}
        whole = {**message, "content": content, "stop_reason": word}
        start = self.event("message_start", (*tells, finished), message=whole)
        return [start, self.event("message_stop", (finished, Ended()))]

    def _joined(self, single: list[list[Event]]) -> list[Event]:
        events: list[Event] = []
        apart = self.index in ("right", "from 1") and self.draw.quirk("blocks interleaved", 0.1)
        if not apart:
            for rest in single:
                events += rest
                if self.pings:
                    events.append(self.event("ping"))
            return events
        while any(single):
            reached = next(n for n, rest in enumerate(single) if rest)
            rest = self.draw.one([one for one in single[: reached + 2] if one])
            events.append(rest.pop(0))
        return events

    def _start(self) -> Event:
        message: dict[str, Any] = {"id": "msg_1", "type": "message", "role": "assistant"}
        message |= {"model": "m-1", "content": [], "stop_reason": None}
        if self.draw.chance(0.7):
            message["usage"] = {"input_tokens": 5, "output_tokens": 1}
        return self.event("message_start", message=message)

    def _at(self, place: int) -> dict[str, Any]:
        numbers = {"right": place, "from 1": place + 1, "all 0": 0}
        return {} if self.index == "missing" else {"index": numbers[self.index]}

    def _block(self, place: int, block: Block) -> list[Event]:
        at = self._at(place)
        if block.kind == "call":
            return self._call(place, block, at)
        name, delta, kind = {
            "text": ("text", "text_delta", "text"),
            "thought": ("thinking", "thinking_delta", "reasoning"),
        }[block.kind]
        pieces = list(block.pieces)
        events: list[Event] = []
        if self.announced:
            first = pieces.pop(0) if len(pieces) > 1 and self.draw.chance(0.1) else ""
            begin = {"type": name, name: first}
            events.append(
                self.event("content_block_start", (Said(kind, first),), content_block=begin, **at)
            )
        for piece in pieces:
            body = {"type": delta, name: piece}
            if self.typed.endswith("untyped"):
                del body["type"]
            events.append(self.event("content_block_delta", (Said(kind, piece),), delta=body, **at))
        if name == "thinking" and self.draw.chance(0.5):
            signed = {"type": "signature_delta", "signature": "c2ln"}
            events.append(self.event("content_block_delta", delta=signed, **at))
        if self.stops and self.announced:
            events.append(self.event("content_block_stop", **at))
        return events

    def _call(self, place: int, block: Block, at: dict[str, Any]) -> list[Event]:
        given = not block.half and bool(block.value) and self.draw.quirk("input at the start", 0.08)
        begin = {"type": "tool_use", "id": block.id, "name": block.name, "input": {}}
        tells: tuple[Tell, ...] = (Begun(place, block.name),)
        if given:
            begin["input"] = block.value
            tells = (*tells, Arguments(place, block.text))
        events = [self.event("content_block_start", tells, content_block=begin, **at)]
        for piece in () if given else block.pieces:
            body = {"type": "input_json_delta", "partial_json": piece}
            if self.typed.endswith("untyped"):
                del body["type"]
            tells = (Arguments(place, piece),)
            events.append(self.event("content_block_delta", tells, delta=body, **at))
        # A limit can cut a call short and still close its block.
        if (self.stops or given) and not (block.half and self.draw.chance(0.5)):
            closed = () if block.half else (Closed(place),)
            events.append(self.event("content_block_stop", closed, **at))
        return events

    def _end(self) -> list[Event]:
        draw, told = self.draw, self.told
        word, finished = _word(draw, told)
        events: list[Event] = []
        if told.ending != "unsaid":
            delta = {"stop_reason": word, "stop_sequence": None}
            more = {"usage": {"output_tokens": 7}} if draw.chance(0.7) else {}
            events.append(self.event("message_delta", (finished,), delta=delta, **more))
            if draw.quirk("finish told twice", 0.05):
                events.append(events[0])
        if told.ending == "unsaid" or not draw.quirk("no message_stop", 0.08):
            events.append(self.event("message_stop", (Ended(),)))
        return events

    def _error(self) -> list[Event]:
        draw = self.draw
        error = failure(draw, ERROR_WORDS)
        fields = error.fields()
        told = (error.told, Ended())
        form = draw.trait(
            "error form",
            ("event", "event", "event", "unnamed", "untyped", "text", "bare", "field", "nameless"),
        )
        body = {"type": "error", "error": fields}
        match form:
            case "unnamed":
                return [Event(body, told)]
            case "untyped":
                return [Event({"error": fields}, told, name="error", form="named")]
            case "nameless":
                return [Event({"error": fields}, told)]
            case "text":
                said = (Failed(PROVIDER_ERRORS, error.message), Ended())
                return [Event(error.message.encode(), said, name="error", form="named")]
            case "bare":
                return [Event(body, told, form="bare")]
            case "field":
                return [Event(fields, told, form="error")]
            case _:
                return [Event(body, told, name="error", form="named")]


def _word(draw: Draw, told: Intent) -> tuple[str, Finished]:
    ending = told.ending
    if ending in ("stop", "unsaid", "error"):
        ending = "calls" if told.calls else "stop"
    word, reasons = draw.one(WORDS[ending])
    draw.features.append(f"finish word: {word}")
    return word, Finished(reasons)


def _whole(draw: Draw, told: Intent) -> Stream:
    """The same answer as one document."""
    if told.ending == "error":
        error = failure(draw, ERROR_WORDS)
        body = {"type": "error", "error": error.fields()}
        return whole(encode(body), (error.told,))
    word, finished = _word(draw, told)
    content, tells = _content(told)
    body = {"id": "msg_1", "type": "message", "role": "assistant", "content": content}
    tells += [finished, Ended()]
    return whole(encode({**body, "stop_reason": word}), tuple(tells))


def _content(told: Intent) -> tuple[list[Any], list[Tell]]:
    """The blocks of a whole message, and what they tell."""
    content: list[Any] = []
    tells: list[Tell] = []
    for place, block in enumerate(told.blocks):
        if block.kind == "call":
            # A call that was cut off comes without its input, as a whole one without any.
            value = {} if block.half else block.value
            given = {"id": block.id, "name": block.name, "input": value}
            content.append({"type": "tool_use", **given})
            tells += [Begun(place, block.name), Arguments(place, encode(value).decode())]
            tells.append(Closed(place))
        elif block.kind == "thought":
            content.append({"type": "thinking", "thinking": block.text, "signature": "c2ln"})
            tells.append(Said("reasoning", block.text))
        else:
            content.append({"type": "text", "text": block.text})
            tells.append(Said("text", block.text))
    return content, tells
