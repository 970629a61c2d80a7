"""Output items of a Responses stream: told as deltas, as wholes, or as both, under any place."""

from __future__ import annotations

from typing import Any

import msgspec

from .answer import Block
from .draw import Draw
from .telling import Arguments, Begun, Closed, Disowned, Said, Tell
from .wire import Event

__all__ = ["Habit", "ItemWriter"]


class Habit(msgspec.Struct):
    """What a server does with every item.

    Attributes:
        index: ``right``, ``from 1``, ``missing``, ``all 0``, or ``mixed`` (only on some events).
        id: ``stable``, ``fresh`` (another with each event), ``null`` or ``missing``.
        part: ``content_index``: ``right``, ``missing`` or ``growing`` (with every event, vLLM).
        announced: whether an item begins with an event of its own.
        deltas: whether there are any.
        repeats: the events that tell the whole once more: ``value``, ``part``, ``item``.
        final: whether the final response lists all items.
    """

    index: str
    id: str
    part: str
    announced: bool
    deltas: bool
    repeats: tuple[str, ...]
    final: bool

    @property
    def known(self) -> bool:
        """Whether an event tells which item it belongs to."""
        return self.index in ("right", "from 1") or self.id == "stable"

    @classmethod
    def drawn(cls, draw: Draw) -> Habit:
        """Draw a server."""
        usual = draw.chance(0.35)
        index = "right" if usual else draw.one(("right", "from 1", "missing", "all 0", "mixed"))
        identity = "stable" if usual else draw.one(("stable", "fresh", "null", "missing"))
        draw.features.append(f"item index: {index}, id: {identity}")
        part = draw.trait("content index", ("right", "right", "missing", "growing"))
        deltas = not draw.quirk("no deltas", 0.2)
        repeats = tuple(name for name in ("value", "part", "item") if draw.chance(0.6))
        draw.features.append(f"repeats: {', '.join(repeats) or 'none'}")
        final = draw.chance(0.5)
        draw.features.append(f"final output: {'full' if final else 'empty'}")
        if not deltas and not final and not {"value", "item"} & set(repeats):
            repeats = (*repeats, "item")
        habit = cls(index, identity, part, True, deltas, repeats, final)
        if draw.quirk("items unannounced", 0.1):
            # A call's name then comes with its end; without any place its pieces are nobody's.
            habit.announced = not ((habit.known or not deltas) and ("item" in repeats or final))
        return habit


VALUES = {
    "text": "response.output_text",
    "refusal": "response.refusal",
    "summary": "response.reasoning_summary_text",
    "raw": "response.reasoning_text",
    "call": "response.function_call_arguments",
    "custom": "response.custom_tool_call_input",
}


class ItemWriter:
    """Writes the events of one item."""

    def __init__(self, draw: Draw, habit: Habit, place: int, block: Block) -> None:
        self.draw = draw
        self.habit = habit
        self.place = place
        self.block = block
        self.value = block.kind
        if block.kind == "thought":
            self.value = draw.trait("reasoning in", ("summary", "raw"))
        self.count = 0
        self.told = False
        self.disowned = False
        prefix = {"thought": "rs", "call": "fc", "custom": "ctc"}.get(block.kind, "msg")
        self.id = f"{prefix}_{place}"

    # --- where an event belongs ---

    def at(self, **fields: Any) -> dict[str, Any]:
        """The fields of an event with its place, as the server has it."""
        self.count += 1
        index, identity = self.habit.index, self.habit.id
        if index == "mixed":
            index = self.draw.one(("right", "missing"))
        numbers = {"right": self.place, "from 1": self.place + 1, "all 0": 0}
        if index != "missing":
            fields["output_index"] = numbers[index]
        if identity != "missing":
            fields["item_id"] = self._identity()
        return fields

    def _identity(self) -> str | None:
        match self.habit.id:
            case "stable":
                return self.id
            case "fresh":
                return f"{self.id}x{self.count}"
            case _:
                return None

    def _part(self) -> dict[str, Any]:
        match self.habit.part:
            case "right":
                return {"content_index": 0}
            case "growing":
                return {"content_index": self.count}
            case _:
                return {}

    # --- what it is ---

    def item(self, *, empty: bool = False, call_id: str | None = None) -> dict[str, Any]:
        """The item, whole, or as it is announced."""
        text = "" if empty else self.block.text
        item: dict[str, Any] = {"id": self._identity() if self.habit.id != "missing" else None}
        if self.habit.id == "missing":
            del item["id"]
        status = "in_progress" if empty else "incomplete" if self.block.half else "completed"
        match self.block.kind:
            case "text" | "refusal":
                parts = [] if empty else [self.part(text)]
                return {
                    **item,
                    "type": "message",
                    "role": "assistant",
                    "content": parts,
                    "status": status,
                }
            case "thought":
                return {**item, "type": "reasoning", **self._thought(text)}
            case "custom":
                known = {"type": "custom_tool_call", "name": self.block.name, "input": text}
                return {**item, **known, "call_id": call_id or self.block.id, "status": status}
            case _:
                known = {"type": "function_call", "name": self.block.name, "arguments": text}
                return {**item, **known, "call_id": call_id or self.block.id, "status": status}

    def part(self, text: str) -> dict[str, Any]:
        """The one part of a message."""
        if self.block.kind == "refusal":
            return {"type": "refusal", "refusal": text}
        return {"type": "output_text", "text": text, "annotations": []}

    def _thought(self, text: str) -> dict[str, Any]:
        if not text:
            return {"summary": []}
        raw = [{"type": "reasoning_text", "text": text}]
        if self.value == "raw":
            return {"summary": [], "content": raw}
        summary = [{"type": "summary_text", "text": text}]
        # Servers of open-weight models send the same text as both.
        return (
            {"summary": summary, "content": raw} if self.draw.chance(0.2) else {"summary": summary}
        )

    # --- what it tells ---

    def whole(self) -> tuple[Tell, ...]:
        """What an event with all of it tells: nothing that was told before."""
        block, place = self.block, self.place
        if block.kind not in ("call", "custom"):
            if self.told:
                return ()
            self.told = True
            kind = {"thought": "reasoning"}.get(block.kind, block.kind)
            return (Said(kind, block.text),)
        tells: list[Tell] = [Begun(place, block.name, block.kind == "custom")]
        if not self.told:
            self.told = True
            tells.append(Arguments(place, block.text))
        tells.append(Disowned(place) if block.half else Closed(place))
        return tuple(tells)

    def piece(self, text: str) -> tuple[Tell, ...]:
        """What a delta tells."""
        self.told = True
        if self.block.kind in ("call", "custom"):
            return (Arguments(self.place, text),)
        return (Said({"thought": "reasoning"}.get(self.block.kind, self.block.kind), text),)

    # --- its events ---

    def events(self) -> list[Event]:
        """All events before the final response."""
        habit, block = self.habit, self.block
        call = block.kind in ("call", "custom")
        events: list[Event] = []
        if habit.announced:
            tells = (Begun(self.place, block.name, block.kind == "custom"),) if call else ()
            added = "response.output_item.added"
            events.append(self.event(added, tells, item=self.item(empty=True)))
            if not call and block.kind != "thought" and self.draw.chance(0.7):
                part = self._part()
                events.append(self.event("response.content_part.added", part=self.part(""), **part))
        if habit.deltas:
            events += self._deltas()
        return events + self._repeats(call)

    def _deltas(self) -> list[Event]:
        kind = f"{VALUES[self.value]}.delta"
        call = self.block.kind in ("call", "custom")
        parts = [{} if call else self._part() for _ in self.block.pieces]
        return [
            self.event(kind, self.piece(text), delta=text, **part)
            for text, part in zip(self.block.pieces, parts, strict=True)
        ]

    def _repeats(self, call: bool) -> list[Event]:
        habit, block = self.habit, self.block
        events: list[Event] = []
        cut = not self.draw.chance(0.4) or not habit.announced
        if block.half and cut and not block.owned_up:
            return events  # the answer breaks off within this item
        if "value" in habit.repeats and not block.half:
            name = {"refusal": "refusal", "call": "arguments", "custom": "input"}
            field = {name.get(block.kind, "text"): block.text}
            tells = tuple(t for t in self.whole() if isinstance(t, (Said, Arguments)))
            more = {} if call else self._part()
            events.append(self.event(f"{VALUES[self.value]}.done", tells, **field, **more))
        if "part" in habit.repeats and block.kind in ("text", "refusal") and self.told:
            more = self._part()
            done = "response.content_part.done"
            events.append(self.event(done, part=self.part(block.text), **more))
        if "item" in habit.repeats:
            done = "response.output_item.done"
            events.append(self.event(done, self.whole(), item=self.item()))
        return events

    def event(self, kind: str, tells: tuple[Tell, ...] = (), **fields: Any) -> Event:
        """An event at the item's place."""
        placed = self.at(**fields)
        if "item" in placed:
            placed.pop("item_id", None)
        return Event({"type": kind, **placed}, tells, name=kind)
