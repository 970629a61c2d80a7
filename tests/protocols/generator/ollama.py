"""Ollama's chat: one object a line, with whole tool calls."""

from __future__ import annotations

from typing import Any

from .answer import Block, Intent, intent
from .draw import Draw
from .failures import BAD, SERVER
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
from .wire import Event, encode, lines

__all__ = ["stream"]

WORDS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "stop": (("stop", ("stop",)),),
    "length": (("length", ("length",)),),
    "filter": (("content_filter", ("content_filter", "other")),),
    "other": (("load", ("other",)), ("unload", ("other",)), ("reticulated", ("other",))),
}
MESSAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("an error was encountered while running the model", SERVER),
    ("model runner has unexpectedly stopped", SERVER),
    ("prompt is too long", (*BAD, *SERVER)),
    ("no slots left", PROVIDER_ERRORS),
)


def stream(draw: Draw) -> Stream:
    """Draw an answer and write it."""
    # Without a reason told a turn ends by `done` alone, as servers of before 0.1.40 sent it.
    told = intent(draw, interleaved=True, whole_calls=True)
    writer = _Writer(draw, told)
    if draw.quirk("whole answer", 0.12) and told.ending != "unsaid":
        return writer.whole()
    return Stream(lines(draw, writer.events()))


class _Writer:
    """Writes one answer."""

    def __init__(self, draw: Draw, told: Intent) -> None:
        self.draw = draw
        self.told = told
        self.ids = draw.trait("ids", ("told", "missing", "empty"))
        # Lines may repeat calls; without ids, equal ones are two only where no line could be that.
        kinds = {(call.name, str(call.value)) for call in told.calls}
        self.alike = len(kinds) < len(told.calls) and self.ids != "told"
        self.text_arguments = draw.quirk("arguments: text", 0.1)
        ending = told.ending if told.ending in WORDS else "stop"
        word, reasons = draw.one(WORDS[ending])
        self.finish = word, Finished(reasons)
        draw.features.append(f"finish word: {word}")

    def line(self, message: dict[str, Any], tells: tuple[Tell, ...] = (), **more: Any) -> Event:
        said = {"role": "assistant", "content": "", **message}
        return Event({"model": "m-1", "message": said, "done": False, **more}, tells)

    def events(self) -> list[Event]:
        draw, told = self.draw, self.told
        events: list[Event] = []
        pending = list(enumerate(told.blocks))
        while pending:
            place, block = pending.pop(0)
            if block.kind == "call":
                entries, tells = self._entry(place, block)
                while pending and pending[0][1].kind == "call" and not self.alike:
                    if draw.chance(0.5):
                        break
                    entry, more = self._entry(*pending.pop(0))
                    entries, tells = entries + entry, tells + more
                events.append(self.line({"tool_calls": entries}, tuple(tells)))
            else:
                events += self._said(block)
        if told.ending == "error":
            del events[draw.below(len(events) + 1) :]
            return [*events, self._error()]
        return events + self._end(events)

    def _said(self, block: Block) -> list[Event]:
        name, kind = ("thinking", "reasoning") if block.kind == "thought" else ("content", "text")
        return [self.line({name: piece}, (Said(kind, piece),)) for piece in block.pieces]

    def _entry(self, place: int, block: Block) -> tuple[list[Any], list[Tell]]:
        value: Any = block.value
        tells: list[Tell] = [Begun(place, block.name), Arguments(place, encode(value).decode())]
        function = {"name": block.name, "arguments": block.text if self.text_arguments else value}
        if self.draw.chance(0.5):
            function["index"] = 0
        entry: dict[str, Any] = {"function": function}
        if self.ids != "missing":
            entry["id"] = block.id if self.ids == "told" else ""
        return [entry], [*tells, Closed(place)]

    def _end(self, events: list[Event]) -> list[Event]:
        word, finished = self.finish
        if self.told.ending == "unsaid":
            return []  # the protocol's end is its last line: without it the answer was cut
        more: dict[str, Any] = {"done": True, "done_reason": word}
        if self.draw.chance(0.6):
            more |= {"prompt_eval_count": 5, "eval_count": 7}
        tells = (finished, Ended())
        if events and not self.alike and self.draw.quirk("end on the last line of the answer", 0.2):
            events[-1].payload.update(more)
            events[-1].tells += tells
            return []
        return [self.line({}, tells, **more)]

    def _error(self) -> Event:
        said, classes = self.draw.one(MESSAGES)
        shape = self.draw.trait("error shape", ("text", "text", "object", "with a status"))
        told = (Failed(classes, said), Ended())
        match shape:
            case "object":
                return Event({"error": {"message": said}}, told)
            case "with a status":
                return Event({"error": said, "status": "error"}, told)
            case _:
                return Event({"error": said}, told)

    def whole(self) -> Stream:
        """The same answer as one document."""
        if self.told.ending == "error":
            event = self._error()
            return whole(event.data, event.tells)
        message: dict[str, Any] = {"role": "assistant", "content": ""}
        tells: list[Tell] = []
        for place, block in enumerate(self.told.blocks):
            if block.kind == "call":
                entry, told = self._entry(place, block)
                message["tool_calls"] = message.get("tool_calls", []) + entry
                tells += told
                continue
            name, kind = (
                ("thinking", "reasoning") if block.kind == "thought" else ("content", "text")
            )
            message[name] = message.get(name, "") + block.text
            tells.append(Said(kind, block.text))
        word, finished = self.finish
        body = {"model": "m-1", "message": message, "done": True, "done_reason": word}
        return whole(encode(body), (*tells, finished, Ended()))
