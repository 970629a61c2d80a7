"""OpenAI's Responses, as OpenAI streams them and as vLLM, SGLang and gateways do."""

from __future__ import annotations

from typing import Any

from .answer import Intent, intent
from .draw import Draw
from .failures import failure
from .responses_items import Habit, ItemWriter
from .stream import Stream, whole
from .telling import PROVIDER_ERRORS, Ended, Failed, Finished, Tell
from .wire import Event, encode, sse

__all__ = ["stream"]

INCOMPLETE: dict[str, tuple[tuple[Any, tuple[str, ...]], ...]] = {
    "length": (("max_output_tokens", ("length",)), ("max_tokens", ("length",))),
    "filter": (("content_filter", ("content_filter",)),),
    "other": ((None, ("other",)), ("max_tool_calls", ("other",)), ("reticulated", ("other",))),
}
"""By how the turn ends: the reason of an incomplete response, and what is right for it."""

ERROR_SHAPES = (
    *("nested",) * 2,
    "flat",
    *("failed",) * 2,
    "failed, then error",
    "failed, no reason",
    "error, then failed",
    "untyped",
    "bare",
    "field",
)
KINDS = ("text", "text", "thought", "call", "call", "custom", "refusal")


def stream(draw: Draw) -> Stream:
    """Draw an answer and write it."""
    told = intent(draw, kinds=KINDS, interleaved=True)
    habit = Habit.drawn(draw)
    _tell_apart(draw, told, habit)
    _cut_last_call(draw, told, habit)
    items = [ItemWriter(draw, habit, place, block) for place, block in enumerate(told.blocks)]
    if draw.quirk("whole answer", 0.12) and told.ending != "unsaid":
        return _whole(draw, told, items)
    events = _begin(draw) + _middle(draw, items)
    if told.ending == "error":
        del events[draw.below(len(events) + 1) :]
        events += _error(draw)
    elif told.ending != "unsaid":
        events.append(_end(draw, told, items))
    if draw.quirk("[DONE] where there is none", 0.15):
        events.append(Event(b"[DONE]"))
    return Stream(sse(draw, events, names=draw.trait("event names", ("shown", "shown", "hidden"))))


def _cut_last_call(draw: Draw, told: Intent, habit: Habit) -> None:
    """Let the last call be cut off in a response that is completed; its item says so."""
    last = told.blocks[-1] if told.blocks else None
    if told.ending != "stop" or last is None or last not in told.calls:
        return
    if ("item" in habit.repeats or habit.final) and draw.quirk("a cut item, well ended", 0.08):
        last.half = last.owned_up = True
        last.pieces = last.pieces[: draw.below(len(last.pieces) + 1)]


def _tell_apart(draw: Draw, told: Intent, habit: Habit) -> None:
    """Two equal texts are two where their places tell; else nobody could know."""
    said = [block for block in told.blocks if block.kind in ("text", "thought", "refusal")]
    calls = told.calls
    if not habit.known:
        for place, block in enumerate(said):
            block.pieces[0] = f"{place}{block.pieces[0]}"
        if len({(call.name, call.text) for call in calls}) < len(calls):
            kept = calls[0]
            told.blocks = [b for b in told.blocks if b not in calls[1:]] if kept else told.blocks
    elif len(said) > 1 and said[0].kind == said[1].kind and draw.quirk("texts: equal", 0.4):
        said[1].pieces = list(said[0].pieces)


def _begin(draw: Draw) -> list[Event]:
    response = {"id": "resp_1", "model": "m-1", "status": "in_progress", "output": []}
    kinds = draw.one((("created", "in_progress"), ("created",), ("queued", "created"), ()))
    return [
        Event({"type": f"response.{kind}", "response": response}, name=f"response.{kind}")
        for kind in kinds
    ]


def _middle(draw: Draw, items: list[ItemWriter]) -> list[Event]:
    single = [item.events() for item in items]
    # Where nothing announces them, calls have an order only if they come one by one.
    apart = items and items[0].habit.known and items[0].habit.announced
    if apart and len(single) > 1 and draw.quirk("items interleaved", 0.15):
        events: list[Event] = []
        # They begin in order, and go on in turns.
        while any(single):
            reached = next(n for n, rest in enumerate(single) if rest)
            rest = draw.one([one for one in single[: reached + 2] if one])
            events.append(rest.pop(0))
        return events
    return [event for events in single for event in events]


def _response(draw: Draw, told: Intent, items: list[ItemWriter]) -> tuple[dict[str, Any], Finished]:
    """The final response without its output, and the reason that it tells."""
    response: dict[str, Any] = {"id": "resp_1", "model": "m-1"}
    if draw.chance(0.6):
        response["usage"] = {"input_tokens": 5, "output_tokens": 7, "total_tokens": 12}
    if told.ending in ("stop", "unsaid"):
        response["status"] = "completed"
        calls = any(not call.half for call in told.calls)
        return response, Finished(("tool_calls",) if calls else ("stop",))
    if told.ending == "other" and draw.chance(0.4):
        response["status"] = "cancelled"
        return response, Finished(("other",))
    reason, reasons = draw.one(INCOMPLETE[told.ending])
    response["status"] = "incomplete"
    response["incomplete_details"] = None if reason is None else {"reason": reason}
    return response, Finished(reasons)


def _end(draw: Draw, told: Intent, items: list[ItemWriter]) -> Event:
    response, finished = _response(draw, told, items)
    status = response["status"]
    kind = f"response.{status}"
    draw.features.append(
        f"end: {status} {(response.get('incomplete_details') or {}).get('reason')}"
    )
    if status == "completed" and draw.quirk("end: response.done", 0.08):
        kind = "response.done"
    if status == "completed" and draw.quirk("end: without status", 0.08):
        del response["status"]
    tells: list[Tell] = []
    if items and items[0].habit.final:
        response["output"], tells = _output(draw, items)
    elif draw.chance(0.7):
        response["output"] = draw.one(([], [], None))
    return Event({"type": kind, "response": response}, (*tells, finished, Ended()), name=kind)


def _output(draw: Draw, items: list[ItemWriter]) -> tuple[list[Any], list[Tell]]:
    """The final output: the items again, under ids of its own where the server makes new ones."""
    ids = draw.trait("final ids", ("same", "same", "new", "null", "missing"))
    new_calls = draw.quirk("final call ids: new", 0.15)
    output: list[Any] = []
    tells: list[Tell] = []
    for item in items:
        tells += item.whole()
        listed = item.item(call_id=f"{item.block.id}new" if new_calls else None)
        if ids == "missing":
            listed.pop("id", None)
        elif ids != "same" and "id" in listed:
            listed["id"] = None if ids == "null" else f"new_{item.id}"
        output.append(listed)
    return output, tells


def _error(draw: Draw) -> list[Event]:
    """A failure in one of its shapes, and what may follow."""
    error = failure(draw)
    fields = error.fields()
    shape = draw.trait("error shape", ERROR_SHAPES)
    told = (error.told, Ended())
    nested = Event({"type": "error", "error": fields}, told, name="error")
    failed = {"id": "resp_1", "status": "failed", "error": fields, "output": []}
    unsaid = {**failed, "error": None}
    vague = (Failed(PROVIDER_ERRORS, "", vague=True),)
    name = "response.failed"
    match shape:
        case "flat":
            flat = {"message": error.message, "code": error.code or error.word, "param": None}
            return [Event({"type": "error", **flat}, told, name="error")]
        case "failed":
            return [Event({"type": name, "response": failed}, told, name=name)]
        case "failed, then error":
            return [Event({"type": name, "response": unsaid}, vague, name=name), nested]
        case "failed, no reason":
            return [Event({"type": name, "response": unsaid}, vague, name=name)]
        case "error, then failed":
            return [nested, Event({"type": name, "response": unsaid}, name=name)]
        case "untyped":
            return [Event({"error": fields}, told)]
        case "bare":
            return [Event({"error": fields}, told, form="bare")]
        case "field":
            return [Event(fields, told, form="error")]
        case _:
            return [nested]


def _whole(draw: Draw, told: Intent, items: list[ItemWriter]) -> Stream:
    """The same answer as one document."""
    if told.ending == "error":
        error = failure(draw)
        failed = {"id": "resp_1", "status": "failed", "error": error.fields(), "output": []}
        return whole(encode(draw.one((failed, {"error": error.fields()}))), (error.told,))
    response, finished = _response(draw, told, items)
    response["output"], tells = _output(draw, items)
    return whole(encode(response), (*tells, finished, Ended()))
