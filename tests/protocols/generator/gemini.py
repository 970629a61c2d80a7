"""Gemini's generateContent: frames of parts, and what Google and gateways put into them."""

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
from .wire import Event, array, encode, sse

__all__ = ["stream"]

FILTERED = ("content_filter",)
WORDS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "stop": (("STOP", ("stop",)),),
    "length": (("MAX_TOKENS", ("length",)),),
    "filter": (("SAFETY", FILTERED), ("RECITATION", FILTERED), ("PROHIBITED_CONTENT", FILTERED)),
    "other": (
        ("MALFORMED_FUNCTION_CALL", ("other",)),
        ("UNEXPECTED_TOOL_CALL", ("other",)),
        ("OTHER", ("other",)),
        ("LANGUAGE", ("other",)),
        ("RETICULATED", ("other",)),
    ),
}
ERRORS = (
    (400, "INVALID_ARGUMENT", BAD),
    (401, "UNAUTHENTICATED", AUTH),
    (403, "PERMISSION_DENIED", DENIED),
    (404, "NOT_FOUND", MISSING),
    (429, "RESOURCE_EXHAUSTED", RATE),
    (500, "INTERNAL", SERVER),
    (503, "UNAVAILABLE", SERVER),
)


def stream(draw: Draw) -> Stream:
    """Draw an answer and write it."""
    told = intent(draw, interleaved=True)
    writer = _Writer(draw, told)
    if draw.quirk("whole answer", 0.12) and told.ending != "unsaid":
        return writer.whole()
    events = writer.events()
    if draw.quirk("framing: JSON array", 0.12):
        return Stream(array(draw, [e for e in events if e.form == "data" and not e.name]))
    if draw.quirk("[DONE] where there is none", 0.15):
        events.append(Event(b"[DONE]"))
    return Stream(sse(draw, events, names="hidden"))


class _Writer:
    """Writes one answer; the traits that hold for all of it are drawn once."""

    def __init__(self, draw: Draw, told: Intent) -> None:
        self.draw = draw
        self.told = told
        self.index = draw.chance(0.5)
        self.unfinished = draw.trait(
            "no reason yet", ("missing",) * 6 + ("null", "FINISH_REASON_UNSPECIFIED")
        )
        self.ids = draw.chance(0.5)
        ending = told.ending if told.ending in WORDS else "stop"
        word, reasons = draw.one(WORDS[ending])
        self.finish = word, Finished(reasons)
        draw.features.append(f"finish word: {word}")

    def frame(
        self, parts: list[Any], tells: tuple[Tell, ...] = (), reason: str | None = None
    ) -> Event:
        candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}}
        if self.index:
            candidate["index"] = 0
        if reason is not None:
            candidate["finishReason"] = reason
        elif self.unfinished != "missing":
            candidate["finishReason"] = None if self.unfinished == "null" else self.unfinished
        payload: dict[str, Any] = {"candidates": [candidate], "modelVersion": "m-1"}
        if self.draw.chance(0.3):
            counts = {"promptTokenCount": 5, "candidatesTokenCount": 7, "totalTokenCount": 12}
            payload["usageMetadata"] = counts
        return Event(payload, tells)

    def events(self) -> list[Event]:
        draw, told = self.draw, self.told
        parts = self._parts()
        events: list[Event] = []
        while parts:
            # Several parts may come in one frame.
            size = draw.one((1, 1, 1, 2, 3))
            taken, parts = parts[:size], parts[size:]
            tells = tuple(tell for _, told_by in taken for tell in told_by)
            events.append(self.frame([part for part, _ in taken], tells))
        if told.ending == "error":
            del events[draw.below(len(events) + 1) :]
            return events + self._error()
        self._stop_early(events)
        return events + self._end(events)

    def _stop_early(self, events: list[Event]) -> None:
        """STOP on the first frames, as gateways send it; the last one says it again."""
        whole = "arguments in pieces" not in self.draw.features
        good = self.told.ending == "stop" and whole
        if not good or not self.draw.quirk("finish told early", 0.12):
            return
        stop = Finished(("stop",))
        if self.draw.chance(0.5):
            events.insert(0, self.frame([], (stop,), "STOP"))
            return
        for event in events[: 1 + self.draw.below(len(events) + 1)]:
            event.payload["candidates"][0]["finishReason"] = "STOP"
            event.tells = (*event.tells, stop)

    def _end(self, events: list[Event]) -> list[Event]:
        if self.told.ending == "unsaid":
            return []
        word, finished = self.finish
        if events and self.draw.chance(0.4):
            last = events[-1]
            last.payload["candidates"][0]["finishReason"] = word
            last.tells = (*last.tells, finished)
            return []
        parts = self.draw.one(([], [{"text": ""}]))
        end = self.frame(parts, (finished,), word)
        if self.draw.quirk("finish told twice", 0.05):
            return [end, self.frame([], (finished,), word)]
        return [end]

    # --- parts ---

    def _parts(self, *, whole: bool = False) -> list[tuple[Any, tuple[Tell, ...]]]:
        parts: list[tuple[Any, tuple[Tell, ...]]] = []
        for place, block in enumerate(self.told.blocks):
            if block.kind == "call":
                parts += self._call(place, block, whole)
                continue
            thought = block.kind == "thought"
            kind = "reasoning" if thought else "text"
            for piece in [block.text] if whole else block.pieces:
                part: dict[str, Any] = {"text": piece}
                if thought:
                    part["thought"] = True
                parts.append((part, (Said(kind, piece),)))
        return parts

    def _call(self, place: int, block: Block, whole: bool) -> list[tuple[Any, tuple[Tell, ...]]]:
        call: dict[str, Any] = {"name": block.name}
        if self.ids:
            call["id"] = block.id
        begun = Begun(place, block.name)
        pieces = not whole and (block.half or self.draw.quirk("arguments in pieces", 0.15))
        if not pieces:
            value = {} if block.half else block.value
            if value or self.draw.chance(0.5):
                call["args"] = value
            part = {"functionCall": call}
            if self.draw.chance(0.3):
                part["thoughtSignature"] = f"c2ln{place}"
            tells = (begun, Arguments(place, encode(value).decode()), Closed(place))
            again = self.ids and not whole and self.draw.quirk("calls told again", 0.06)
            return [(part, tells), *([(part, ())] if again else [])]
        return self._pieces(place, block, call, begun)

    def _pieces(
        self, place: int, block: Block, call: dict[str, Any], begun: Begun
    ) -> list[tuple[Any, tuple[Tell, ...]]]:
        """Vertex AI's partialArgs: one text argument in two pieces, and then the end."""
        first = {"jsonPath": "$.what", "stringValue": "a", "willContinue": True}
        later = {"jsonPath": "$.what", "stringValue": "b"}
        opened = {"functionCall": {**call, "willContinue": True}}
        piece = {"functionCall": {"partialArgs": [first], "willContinue": True}}
        rest = {"functionCall": {"partialArgs": [later], "willContinue": True}}
        parts: list[tuple[Any, tuple[Tell, ...]]] = [
            (opened, (begun,)),
            (piece, (Arguments(place, '{"what":"a'),)),
            (rest, (Arguments(place, 'b"'),)),
        ]
        if block.half:
            return parts[: 1 + self.draw.below(3)]
        end = {"functionCall": self.draw.one(({}, {"willContinue": False}))}
        return [*parts, (end, (Arguments(place, "}"), Closed(place)))]

    # --- failures and whole answers ---

    def _error(self) -> list[Event]:
        draw = self.draw
        form = draw.trait(
            "error form", ("data", "data", "bare", "field", "blocked prompt", "unknown status")
        )
        code, status, classes = draw.one(ERRORS)
        message = f"the far side says no {draw.below(1000)}"
        body = {"error": {"code": code, "message": message, "status": status}}
        told = (Failed(classes, message), Ended())
        match form:
            case "blocked prompt":
                blocked = {"promptFeedback": {"blockReason": "SAFETY"}}
                return [Event(blocked, (Finished(FILTERED),))]
            case "unknown status":
                error = failure(draw)
                return [
                    Event(
                        {"error": error.fields()}, (Failed(PROVIDER_ERRORS, error.message), Ended())
                    )
                ]
            case "bare":
                return [Event(body, told, form="bare")]
            case "field":
                return [Event(body["error"], told, form="error")]
            case _:
                return [Event(body, told)]

    def whole(self) -> Stream:
        """The same answer as one document."""
        if self.told.ending == "error":
            code, status, classes = self.draw.one(ERRORS)
            message = f"the far side says no {self.draw.below(1000)}"
            body = {"error": {"code": code, "message": message, "status": status}}
            return whole(encode(body), (Failed(classes, message), Ended()))
        parts = self._parts(whole=True)
        word, finished = self.finish
        tells = tuple(tell for _, told_by in parts for tell in told_by)
        frame = self.frame([part for part, _ in parts], reason=word)
        return whole(frame.data, (*tells, finished, Ended()))
