"""Chat completions as OpenAI defines them and as everybody else writes them."""

from __future__ import annotations

from typing import Any

from .answer import Block, Intent, intent
from .chat_calls import CallWriter
from .chat_errors import error_events
from .draw import Draw
from .stream import Stream, whole
from .telling import Ended, Finished, Kept, Said, Tell
from .wire import Event, encode, sse

__all__ = ["stream"]

STOP, CALLS, LENGTH, OTHER = ("stop",), ("tool_calls",), ("length",), ("other",)

FINISH_WORDS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "stop": (
        *(("stop", STOP),) * 4,
        ("eos", STOP),
        ("eos_token", STOP),
        ("end", STOP),
        ("end_turn", STOP),
        ("endturn", STOP),
        ("stop_sequence", STOP),
        ("STOP", STOP),
    ),
    "calls": (
        *(("tool_calls", CALLS),) * 3,
        ("function_call", CALLS),
        ("tool_use", CALLS),
        ("stop", STOP),
        ("end_turn", STOP),
    ),
    "length": (
        ("length", LENGTH),
        ("max_tokens", LENGTH),
        ("MAX_TOKENS", LENGTH),
        ("model_length", LENGTH),
    ),
    "filter": (
        ("content_filter", ("content_filter",)),
        ("SAFETY", ("content_filter", "other")),
        ("sensitive", ("content_filter", "other")),
    ),
    "other": (
        *(("error", OTHER),) * 2,
        ("abort", OTHER),
        ("network_error", OTHER),
        ("insufficient_system_resource", OTHER),
        ("repetition", OTHER),
        ("malformed_function_call", OTHER),
        ("reticulated", OTHER),
        ("model_context_window_exceeded", ("length", "other")),
    ),
}
"""By how the turn is meant to end: the server's word, and the unified reasons right for it."""

REASONING = (
    "reasoning",
    "reasoning_content",
    "both",
    "reasoning_details",
    "reasoning_text",
    "thinking",
    "thinking_blocks",
    "cot_summary",
    "thinking part",
    "reasoning part",
)


def stream(draw: Draw) -> Stream:
    """Draw an answer and write it."""
    told = intent(draw, kinds=("text", "text", "thought", "call", "call", "refusal"))
    if draw.quirk("whole answer", 0.12) and told.ending != "unsaid":
        return _whole(draw, told)
    events = _Writer(draw, told).events()
    return Stream(sse(draw, events, names="hidden"))


class _Writer:
    """Writes one stream; the traits that hold for all of it are drawn once."""

    def __init__(self, draw: Draw, told: Intent) -> None:
        self.draw = draw
        self.told = told
        self.calls = CallWriter(draw, told.calls)
        self.index = draw.trait("choice index", ("0",) * 14 + ("missing", "1", "text", "-1"))
        self.unfinished = draw.trait(
            "no reason yet", ("null",) * 5 + ("missing", 'the word "null"', "blank")
        )
        self.content = draw.trait("content", ("text",) * 6 + ("parts", "parts without type"))
        self.reasoning = draw.trait("reasoning in", REASONING) if told.of("thought") else ""
        self.audio = bool(told.of("text")) and draw.quirk("audio", 0.05)
        self.split = bool(told.calls) and draw.quirk("calls in another choice", 0.06)
        self.finish = self._reason()

    def _reason(self) -> tuple[str, Finished]:
        ending = self.told.ending
        if ending in ("stop", "error", "unsaid"):
            ending = "calls" if self.told.calls else "stop"
        word, reasons = self.draw.one(FINISH_WORDS[ending])
        self.draw.features.append(f"finish word: {word}")
        return word, Finished(reasons, or_error=word == "error")

    def events(self) -> list[Event]:
        draw, told = self.draw, self.told
        events: list[Event] = []
        if draw.chance(0.7):
            events.append(self.chunk({"role": "assistant", "content": draw.one(("", None))}))
        for block in told.blocks:
            if block.kind not in ("call", "custom"):
                events += self.said(block)
        events += [self.chunk(delta, tells, call=True) for delta, tells in self.calls.deltas()]
        self._beside(events)
        if events and draw.quirk("empty choices amid the answer", 0.08):
            events.insert(draw.below(len(events)), Event({"id": "c", "choices": []}))
        self._finish_early(events)
        if told.ending == "error":
            # An answer that fails does so anywhere, the first event included.
            del events[draw.below(len(events) + 1) :]
            return events + error_events(draw)
        return events + self.end()

    def _beside(self, events: list[Event]) -> None:
        """What stands beside the answer: search results on every event, or another answer."""
        draw = self.draw
        if events and draw.quirk("search results", 0.05):
            for event in events:
                event.payload["search_results"] = [{"title": "T", "url": "u1"}]
                event.tells = (*event.tells, Kept("search_results"))
        said = [n for n, event in enumerate(events) if Said in map(type, event.tells)]
        alone = self.index == "0" and not self.split and self.told.of("text")
        if said and alone and draw.quirk("another answer in another choice", 0.05):
            other = {"index": 1, "delta": {"content": "other"}, "finish_reason": None}
            place = draw.one(said)
            if any(tell.kind == "text" for tell in events[place].tells if isinstance(tell, Said)):
                events.insert(place + 1, Event({"choices": [other]}, (Kept("other_choices"),)))

    def _finish_early(self, events: list[Event]) -> None:
        """Let the reason stand on an event before the last, as with reasoning servers."""
        good = self.told.ending in ("stop", "unsaid") and not self.told.of("refusal")
        good = good and not self.split
        if not (good and events and self.draw.quirk("finish told early", 0.08)):
            return
        event = self.draw.one([e for e in events if Kept("other_choices") not in e.tells])
        for choice in event.payload["choices"][:1]:
            choice["finish_reason"] = "stop"
            event.tells = (*event.tells, Finished(("stop",)))

    def said(self, block: Block) -> list[Event]:
        """The events of a text, a thought or a refusal."""
        kind = {"thought": "reasoning"}.get(block.kind, block.kind)
        if kind == "text" and self.audio:
            return [self.spoken(piece) for piece in block.pieces]
        return [self.chunk(self.delta(kind, piece), (Said(kind, piece),)) for piece in block.pieces]

    def spoken(self, piece: str) -> Event:
        """A piece that is spoken: what was said is the text, and the sound is kept."""
        audio: dict[str, Any] = {"transcript": piece}
        if self.draw.chance(0.5):
            audio |= {"id": "audio_1", "data": "AAAA"}
            return self.chunk({"audio": audio}, (Said("text", piece), Kept("audio")))
        return self.chunk({"audio": audio}, (Said("text", piece),))

    def delta(self, kind: str, piece: str) -> dict[str, Any]:
        match kind:
            case "refusal" if self.content == "text":
                return {"refusal": piece}
            case "refusal":
                return {"content": [{"type": "refusal", "refusal": piece}]}
            case "reasoning":
                return reasoning_fields(self.reasoning, piece)
            case _ if self.content == "text":
                return {"content": piece}
            case _ if self.content == "parts":
                return {"content": [{"type": "text", "text": piece}]}
            case _:
                return {"content": [{"text": piece}]}

    def chunk(
        self,
        delta: dict[str, Any],
        tells: tuple[Tell, ...] = (),
        *,
        reason: str | None = None,
        call: bool = False,
    ) -> Event:
        choice: dict[str, Any] = {"delta": delta}
        numbers = {"0": 0, "1": 1, "text": "0", "-1": -1}
        if self.index != "missing":
            choice["index"] = numbers[self.index]
        if self.split and call:
            choice["index"] = 1 if self.index == "0" else 2
        if reason is not None:
            choice["finish_reason"] = reason
        elif self.unfinished != "missing":
            unsaid = {"null": None, 'the word "null"': "null", "blank": ""}
            choice["finish_reason"] = unsaid[self.unfinished]
        payload = {"id": "c", "model": "m-1", "choices": [choice]}
        return Event(payload, tells)

    def end(self) -> list[Event]:
        draw = self.draw
        word, finished = self.finish
        events: list[Event] = []
        if self.told.ending != "unsaid":
            delta = draw.one(({}, {"content": ""}, {"content": None, "role": "assistant"}))
            events.append(self.chunk(delta, () if self.split else (finished,), reason=word))
            if self.split:
                # Each choice ends; the answer does when both have.
                events.append(self.chunk({}, (finished,), reason=word, call=True))
            elif draw.quirk("finish told twice", 0.06):
                events.append(self.chunk({}, (finished,), reason=word))
            elif self.told.of("text") and draw.quirk("message told again at the end", 0.04):
                again = {"content": "".join(block.text for block in self.told.of("text"))}
                events[-1].payload["choices"][0] |= {"delta": {}, "message": again}
        if draw.chance(0.4):
            usage = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
            events.append(Event({"id": "c", "choices": [], "usage": usage}))
        if self.told.ending == "unsaid" or not draw.quirk("no [DONE]", 0.15):
            events.append(Event(b"[DONE]", (Ended(),)))
        return events


def reasoning_fields(name: str, piece: str) -> dict[str, Any]:
    """A piece of reasoning in a field of the server's own."""
    match name:
        case "both":
            return {"reasoning": piece, "reasoning_content": piece, "content": ""}
        case "reasoning_details":
            return {"reasoning_details": [{"type": "reasoning.text", "text": piece, "index": 0}]}
        case "thinking_blocks":
            return {name: [{"type": "thinking", "thinking": piece}]}
        case "thinking part":
            thought = [{"type": "text", "text": piece}]
            return {"content": [{"type": "thinking", "thinking": thought}]}
        case "reasoning part":
            summary = [{"type": "summary_text", "text": piece}]
            return {"content": [{"type": "reasoning", "summary": summary}]}
        case _:
            return {name: piece}


def _whole(draw: Draw, told: Intent) -> Stream:
    """The same answer as one document."""
    writer = _Writer(draw, told)
    if told.ending == "error":
        event = draw.one(error_events(draw, document=True))
        return whole(event.data, event.tells)
    message: dict[str, Any] = {"role": "assistant", "content": None}
    tells: list[Tell] = []
    for kind in ("thought", "text", "refusal"):
        if text := "".join(block.text for block in told.of(kind)):
            name = {"thought": "reasoning"}.get(kind, kind)
            _join(message, writer.delta(name, text))
            tells.append(Said(name, text))
    calls, told_calls = writer.calls.listed()
    choices = [{"index": 0, "message": message, "finish_reason": writer.finish[0]}]
    if calls and writer.split:
        apart = {"role": "assistant", "tool_calls": calls}
        choices.append({"index": 1, "message": apart, "finish_reason": writer.finish[0]})
    elif calls:
        message["tool_calls"] = calls
    tells += [*told_calls, writer.finish[1], Ended()]
    body = {"id": "c", "model": "m-1", "choices": choices}
    return whole(encode(body), tuple(tells))


def _join(message: dict[str, Any], fields: dict[str, Any]) -> None:
    """Add a delta's fields to a message; content that is a list has room for both."""
    before, added = message["content"], fields.get("content")
    message.update(fields)
    if isinstance(before, list) and added:
        text = [{"type": "text", "text": added}] if isinstance(added, str) else added
        message["content"] = before + text
