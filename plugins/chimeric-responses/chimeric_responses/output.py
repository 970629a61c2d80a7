"""The output items of a response as they were told, and which of them an event is about.

The protocol tells everything several times: deltas, a ``done`` event, the item, the final output.
Servers number these badly: vLLM raises ``content_index`` with every delta, SGLang counts
``output_index`` from 1, others leave indexes out or send 0 for all; ids are null, or new with every
event. So items are known by what they are: a call by its ``call_id``, any item by its id, then its
place, and at last by what was told of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from .blocks.citations import Cited
from .blocks.parts import Parts
from .tools.client_calls import CallKind
from .tools.server_tools import Run

__all__ = ["CALLS", "Output", "OutputItem", "Told"]

CALLS: Final = ("function_call", "custom_tool_call")
"""Items that ask the caller to run something."""


class Told:
    """One text of an item: what of it was told, and how much of that was confirmed since."""

    __slots__ = ("_confirmed", "_ended", "_parts", "add")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._confirmed = 0
        self._ended: dict[int, str] = {}
        self.add = self._parts.append

    def __bool__(self) -> bool:
        return bool(self._parts)

    def text(self) -> str:
        """All of it."""
        if len(self._parts) > 1:
            self._parts[:] = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def part(self, said: str, place: int | None, *, again: bool = False) -> str:
        """What is new in a part that is told whole.

        Args:
            said: its text.
            place: its number among the parts, where the server tells one.
            again: whether what tells it only closes the part: then its text was told, if it is
                the end of all that was.
        """
        told = self.text()
        waiting = told[self._confirmed :]
        if waiting:
            self._end(place, said)
            if waiting.startswith(said):
                self._confirmed += len(said)
                return ""
            # A server may tell a text in other characters the second time: the deltas count.
            return self._tell(said[len(waiting) :] if said.startswith(waiting) else "")
        if place is not None and self._ended.get(place) == said:
            return ""
        if (again or place is None) and told.endswith(said):
            return ""
        self._end(place, said)
        return self._tell(said)

    def _end(self, place: int | None, said: str) -> None:
        if place is not None:
            self._ended[place] = said

    def whole(self, said: str) -> str:
        """What is new when the whole text is told."""
        told = self.text()
        return self._tell(said[len(told) :] if said.startswith(told) else "")

    def _tell(self, new: str) -> str:
        if new:
            self.add(new)
        self._confirmed = len(self.text())
        return new


class OutputItem:
    """One item.

    Attributes:
        kind: its ``type``.
        order: its number among all items, by first appearance.
        index: its ``output_index``, where the server tells one.
        id: its id, where the server tells one.
        call_id: what the result of a call is sent under.
        name: the tool that a call is for.
        slot: the number of a call among the calls.
        text: what a message says.
        refusal: what a message refuses with.
        reasoning: paragraphs of reasoning, with nothing between them.
        arguments: the arguments or the free text of a call.
        cited: the annotations that were told.
        parts: which part of a message, or paragraph of reasoning, is being told.
        asks: as what the caller has to answer it; None for what is no call of the caller's.
        run: the run of a tool that it tells of.
        begin: the item as it began, of one that is written piece by piece.
        announced: whether the server said that the item begins.
        closed: whether the server said that the item is complete.
        cut: whether it said that it is not.
        value: the item as the server told it whole.
    """

    def __init__(self, kind: str, order: int, index: int | None, id: str | None) -> None:
        self.kind = kind
        self.order = order
        self.index = index
        self.id = id
        self.call_id: str | None = None
        self.name: str | None = None
        self.slot = 0
        self.text = Told()
        self.refusal = Told()
        self.reasoning = Told()
        self.arguments = Told()
        self.cited = Cited()
        self.parts = Parts(order)
        self.asks: CallKind | None = None
        self.run: Run | None = None
        self.begin: dict[str, Any] | None = None
        self.announced = False
        self.closed = False
        self.cut = False
        self.value: dict[str, Any] | None = None

    def place(self, index: int | None, id: str | None) -> OutputItem:
        """Note what an event tells of where the item stands."""
        if self.index is None:
            self.index = index
        if self.id is None:
            self.id = id
        return self

    def equals(self, value: dict[str, Any], said: str) -> bool:
        """Whether ``value``, which says ``said``, is what was told of this item and no more."""
        match self.kind:
            case "message":
                told = self.text.text() + self.refusal.text()
            case "reasoning":
                told = self.reasoning.text()
            case "function_call" | "custom_tool_call":
                told = self.arguments.text()
                if value.get("name") != self.name:
                    return False
            case _:
                return {**value, "id": None} == {**(self.value or {}), "id": None}
        return value.get("type") == self.kind and said == told

    def says(self, said: str) -> bool:
        """Whether a text is the end of what was told of a message or of reasoning."""
        told = (self.text, self.refusal, self.reasoning)
        return self.kind in CALLS or bool(said and any(t.text().endswith(said) for t in told))

    def echo(self) -> dict[str, Any] | None:
        """The item for a later turn; None for one that cannot be sent back."""
        called = self.kind in CALLS or self.asks is not None
        if called and (self.cut or not (self.closed or self.value)):
            return None
        if self.value is None and self.kind == "message" and self.text:
            return {"role": "assistant", "content": self.text.text()}
        return self.value


class Output:
    """All items of a response."""

    def __init__(self) -> None:
        self.items: list[OutputItem] = []
        self._calls = 0

    def of(self, kind: str) -> Iterator[OutputItem]:
        """The items of a kind, the latest first; calls of both kinds are one."""
        kinds = CALLS if kind in CALLS else (kind,)
        return (item for item in reversed(self.items) if item.kind in kinds)

    def new(self, kind: str, index: int | None, id: str | None) -> OutputItem:
        """Another item."""
        item = OutputItem(kind, len(self.items), index, id)
        if kind in CALLS:
            self.ask(item, "custom" if kind == "custom_tool_call" else "function")
        self.items.append(item)
        return item

    def ask(self, item: OutputItem, kind: CallKind | None) -> None:
        """Note whether the caller has to answer an item, and as what."""
        if kind is not None and item.asks is None:
            item.slot = self._calls
            self._calls += 1
        item.asks = kind

    def about(self, index: int | None, id: str | None, family: str) -> OutputItem | None:
        """The item that an event of a tool is about, whatever its kind.

        Args:
            index: the event's ``output_index``.
            id: the event's ``item_id``.
            family: the event's type without ``response.`` and without its last word.
        """
        found: OutputItem | None = None
        nameless = index is None and id is None
        for item in reversed(self.items):
            if id is not None and item.id == id:
                return item
            here = index is not None and item.index == index
            if here or (nameless and not item.closed and family.startswith(item.kind)):
                found = found or item
        return found

    def echo(self) -> list[Any] | None:
        """All items in order, for a later turn; None where the server told none of them whole."""
        if not any(item.value for item in self.items):
            return None
        ordered = sorted(self.items, key=lambda i: i.order if i.index is None else i.index)
        return [value for item in ordered if (value := item.echo()) is not None] or None

    def at(self, kind: str, index: int | None, id: str | None, said: str = "") -> OutputItem:
        """The item that a delta belongs to, or a text that is told whole, which is ``said``."""
        item = self._open(kind, index, id)
        if item is not None and item.closed and id is None and not item.says(said):
            item = None  # the next one, of a server that sends index 0 for all
        return self.new(kind, index, id) if item is None else item.place(index, id)

    def begun(self, kind: str, index: int | None, id: str | None, call: str | None) -> OutputItem:
        """The item that a server says begins; deltas may have come before."""
        item = self._known(kind, id, call)
        if item is None:
            found = self._open(kind, index, None)
            item = found if found is not None and not found.announced else None
        if item is None:
            item = self.new(kind, index, id)
        item.announced = True
        return item.place(index, id)

    def done(
        self, kind: str, index: int | None, value: dict[str, Any], said: str
    ) -> OutputItem | None:
        """The item that a server tells whole, if it is one that was told of before."""
        item = self._known(kind, value.get("id"), value.get("call_id"))
        if item is None:
            item = self._alike(kind, index, value, said)
        return None if item is None else item.place(index, value.get("id"))

    def _known(self, kind: str, id: str | None, call: str | None) -> OutputItem | None:
        """By its own names: the same call never has two ``call_id``s that a server told before."""
        for item in self.of(kind):
            if call is not None and item.call_id == call:
                return item
        return next((i for i in self.of(kind) if id is not None and i.id == id), None)

    def _open(self, kind: str, index: int | None, id: str | None) -> OutputItem | None:
        """The item that goes on at a place: by its id, its index, or as the latest one.

        An id that was never told is no sign of another item: some servers make up one for every
        event.
        """
        latest: OutputItem | None = None
        here: OutputItem | None = None
        for item in self.of(kind):
            if id is not None and item.id == id:
                return item
            if index is not None and item.index == index:
                here = here or item
            if not item.closed:
                latest = latest or item
        if here is not None:
            return here if not here.closed or id is None else None
        if latest is None or (index is not None and latest.index is not None):
            return None
        return latest

    def _alike(
        self, kind: str, index: int | None, value: dict[str, Any], said: str
    ) -> OutputItem | None:
        """The item that a whole one may be, though its names are new: by place and content."""
        found: OutputItem | None = None
        for item in self.of(kind):
            same_place = index is None or item.index is None or item.index == index
            if not item.closed and same_place and self._fits(item, value, said):
                found = item  # the earliest: items are completed in their order
        if found is not None:
            return found
        # Told whole once more; two items that a server gives names of their own are two.
        again = next((i for i in self.of(kind) if i.closed and i.index == index), None)
        named = again is not None and again.id is not None and value.get("id") is not None
        return again if again is not None and not named and again.equals(value, said) else None

    def final(self, values: list[dict[str, Any]], said: list[str]) -> list[OutputItem | None]:
        """Which told item each item of the final output is; None for those that are new.

        By name first, then by content, at last in the order of each kind; what was told under one
        name may be told again under another.
        """
        left = list(self.items)
        found: list[OutputItem | None] = [None] * len(values)
        for same in (_same_name, OutputItem.equals, _may_be):
            for place, value in enumerate(values):
                if found[place] is None:
                    item = next((i for i in left if same(i, value, said[place])), None)
                    if item is not None:
                        found[place] = item
                        left.remove(item)
        return found

    @staticmethod
    def _fits(item: OutputItem, value: dict[str, Any], said: str) -> bool:
        if item.kind not in CALLS:
            return True
        return value.get("name") == item.name and said.startswith(item.arguments.text())


def _same_name(item: OutputItem, value: dict[str, Any], said: str) -> bool:
    pairs = ((value.get("call_id"), item.call_id), (value.get("id"), item.id))
    return any(name is not None and name == known for name, known in pairs)


def _may_be(item: OutputItem, value: dict[str, Any], said: str) -> bool:
    """Whether an item may be one that is told again in other words, and under another name."""
    if value.get("type") != item.kind:
        return False
    if item.kind in CALLS:
        return not item.closed and Output._fits(item, value, said)
    return item.kind not in ("message", "reasoning") or not item.closed
