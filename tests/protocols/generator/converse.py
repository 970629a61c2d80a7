"""Bedrock's Converse: events of AWS's binary stream."""

from __future__ import annotations

from typing import Any

from .answer import Block, Intent, intent
from .draw import Draw
from .failures import AUTH, BAD, DENIED, MISSING, RATE, SERVER
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
from .wire import Event, encode, eventstream

__all__ = ["stream"]

WORDS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "stop": (("end_turn", ("stop",)), ("end_turn", ("stop",)), ("stop_sequence", ("stop",))),
    "calls": (("tool_use", ("tool_calls",)), ("end_turn", ("stop",))),
    "length": (("max_tokens", ("length",)), ("model_context_window_exceeded", ("length",))),
    "filter": (
        ("guardrail_intervened", ("content_filter",)),
        ("content_filtered", ("content_filter",)),
    ),
    "other": tuple(
        (word, ("other",))
        for word in ("malformed_tool_use", "malformed_model_output", "reticulated")
    ),
    "refusal": (("refusal", ("refusal",)),),
    "pause": (("pause_turn", ("pause",)),),
}
EXCEPTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("validationException", BAD),
    ("throttlingException", RATE),
    ("serviceQuotaExceededException", RATE),
    ("accessDeniedException", DENIED),
    ("resourceNotFoundException", MISSING),
    ("expiredTokenException", AUTH),
    ("internalServerException", SERVER),
    ("modelStreamErrorException", SERVER),
    ("modelTimeoutException", SERVER),
    ("serviceUnavailableException", SERVER),
    ("reticulatedException", PROVIDER_ERRORS),
)


def stream(draw: Draw) -> Stream:
    """Draw an answer and write it."""
    told = intent(draw, endings=("refusal", "pause"), interleaved=True)
    if draw.quirk("whole answer", 0.12) and told.ending not in ("unsaid", "error"):
        return _whole(draw, told)
    return Stream(eventstream(_Writer(draw, told).events()), binary=True)


class _Writer:
    """Writes one stream; the traits that hold for all of it are drawn once."""

    def __init__(self, draw: Draw, told: Intent) -> None:
        self.draw = draw
        self.told = told
        self.index = draw.trait("block index", ("right",) * 6 + ("from 1", "missing", "all 0"))
        self.stops = not draw.quirk("blocks without an end", 0.06)

    def event(self, kind: str, tells: tuple[Tell, ...] = (), **fields: Any) -> Event:
        return Event(fields, tells, name=kind)

    def events(self) -> list[Event]:
        draw, told = self.draw, self.told
        single = [self._block(place, block) for place, block in enumerate(told.blocks)]
        events = [self.event("messageStart", role="assistant"), *self._joined(single)]
        if told.ending == "error":
            del events[draw.below(len(events) + 1) :]
            return [*events, self._error()]
        return events + self._end()

    def _joined(self, single: list[list[Event]]) -> list[Event]:
        apart = self.index in ("right", "from 1") and self.draw.quirk("blocks interleaved", 0.1)
        if not apart:
            return [event for events in single for event in events]
        events: list[Event] = []
        while any(single):
            reached = next(n for n, rest in enumerate(single) if rest)
            rest = self.draw.one([one for one in single[: reached + 2] if one])
            events.append(rest.pop(0))
        return events

    def _block(self, place: int, block: Block) -> list[Event]:
        numbers = {"right": place, "from 1": place + 1, "all 0": 0}
        at = {} if self.index == "missing" else {"contentBlockIndex": numbers[self.index]}
        events: list[Event] = []
        if block.kind == "call":
            use = {"toolUseId": block.id, "name": block.name}
            begun = (Begun(place, block.name),)
            events.append(self.event("contentBlockStart", begun, start={"toolUse": use}, **at))
        for piece in block.pieces:
            delta, tell = self._delta(place, block, piece)
            events.append(self.event("contentBlockDelta", (tell,), delta=delta, **at))
        if block.kind == "thought" and self.draw.chance(0.5):
            signed = {"reasoningContent": {"signature": "c2ln"}}
            events.append(self.event("contentBlockDelta", delta=signed, **at))
        if self.stops and not (block.half and self.draw.chance(0.5)):
            closed = (Closed(place),) if block.kind == "call" and not block.half else ()
            events.append(self.event("contentBlockStop", closed, **at))
        return events

    def _delta(self, place: int, block: Block, piece: str) -> tuple[dict[str, Any], Tell]:
        match block.kind:
            case "call":
                return {"toolUse": {"input": piece}}, Arguments(place, piece)
            case "thought":
                return {"reasoningContent": {"text": piece}}, Said("reasoning", piece)
            case _:
                return {"text": piece}, Said("text", piece)

    def _end(self) -> list[Event]:
        draw = self.draw
        if self.told.ending == "unsaid":
            return []
        word, finished = _word(draw, self.told)
        stop = self.event("messageStop", (finished,), stopReason=word)
        usage = {"inputTokens": 5, "outputTokens": 7, "totalTokens": 12}
        count = self.event("metadata", usage=usage)
        order = draw.trait("counts", ("after", "after", "after", "before", "missing"))
        if order == "missing":
            return [stop]
        # The second of the two is the end.
        if order == "before":
            stop.tells = (*stop.tells, Ended())
            return [count, stop]
        count.tells = (Ended(),)
        return [stop, count]

    def _error(self) -> Event:
        draw = self.draw
        message = f"the far side says no {draw.below(1000)}"
        form = draw.trait("error form", ("exception", "exception", "exception", "error", "text"))
        if form == "error":
            told = (Failed(PROVIDER_ERRORS, message), Ended())
            return Event(message.encode(), told, name="InternalFailure", form="failure")
        kind, classes = draw.one(EXCEPTIONS)
        told = (Failed(classes, message), Ended())
        if form == "text":
            return Event(message.encode(), told, name=kind, form="exception")
        return Event({"message": message}, told, name=kind, form="exception")


def _word(draw: Draw, told: Intent) -> tuple[str, Finished]:
    ending = told.ending
    if ending in ("stop", "unsaid", "error"):
        ending = "calls" if told.calls else "stop"
    word, reasons = draw.one(WORDS[ending])
    draw.features.append(f"finish word: {word}")
    return word, Finished(reasons)


def _whole(draw: Draw, told: Intent) -> Stream:
    """The same answer as one document."""
    word, finished = _word(draw, told)
    content: list[Any] = []
    tells: list[Tell] = []
    for place, block in enumerate(told.blocks):
        match block.kind:
            case "call":
                value = {} if block.half else block.value
                use = {"toolUseId": block.id, "name": block.name, "input": value}
                content.append({"toolUse": use})
                tells += [Begun(place, block.name), Arguments(place, encode(value).decode())]
                tells.append(Closed(place))
            case "thought":
                thought = {"text": block.text, "signature": "c2ln"}
                content.append({"reasoningContent": {"reasoningText": thought}})
                tells.append(Said("reasoning", block.text))
            case _:
                content.append({"text": block.text})
                tells.append(Said("text", block.text))
    body = {"output": {"message": {"role": "assistant", "content": content}}, "stopReason": word}
    return whole(encode(body), (*tells, finished, Ended()))
