"""Items that a server tells whole: what is new in them after all that was told in pieces."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import ToolCallDelta

from .gathered import Gathered
from .output import CALLS, Output, OutputItem, Told
from .wire import Annotated, Call, MessageItem, ReasoningItem

__all__ = ["WholeItems", "announced", "arguments_of"]

UNFINISHED = (None, "", "completed", "in_progress")
"""Statuses of an item that say nothing against it; every other word says that it was cut off."""

NO_TOOLS = ("message", "reasoning", "compaction")
"""Items that are no tool's; all but calls and these were run by the provider."""


class WholeItems:
    """Reads ``output_item.done`` and the final ``output`` of a response."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def done(self, gathered: Gathered, value: dict[str, Any], index: int | None) -> None:
        """Gather what an item that is complete tells anew."""
        kind, said = str(value.get("type") or ""), said_by(value)
        item = self._output.done(kind, index, value, said)
        if item is None:
            item = self._output.new(kind, index, value.get("id"))
        self._take(gathered, item, value, said)

    def final(self, gathered: Gathered, values: list[dict[str, Any]]) -> None:
        """Gather what the final output tells anew."""
        said = [said_by(value) for value in values]
        items = self._output.items
        answer = "".join(map(text_of, values))
        thoughts = "".join(said_by(value) for value in values if value.get("type") == "reasoning")
        # The same text may be parted into items in another way.
        covered = {
            "message": answer == "".join(item.text.text() for item in items),
            "reasoning": thoughts == "".join(item.reasoning.text() for item in items),
        }
        for place, item in enumerate(self._output.final(values, said)):
            value = values[place]
            if item is None:
                item = self._output.new(str(value.get("type") or ""), place, value.get("id"))
            if covered.get(item.kind):
                item.text, item.reasoning = Told(), Told()
                item.text.add(text_of(value))
                item.reasoning.add(said[place] if item.kind == "reasoning" else "")
            self._take(gathered, item, value, said[place])

    def _take(self, gathered: Gathered, item: OutputItem, value: dict[str, Any], said: str) -> None:
        if item.kind == "message":
            self._take_message(gathered, item, value)
        elif item.kind == "reasoning":
            self._take_reasoning(gathered, item, value)
        elif item.kind in CALLS:
            self._take_call(gathered, item, value, said)
        elif item.kind not in NO_TOOLS and item.value is None:
            gathered.server_tools.append(value)
        item.closed = True
        item.value = item.value or value

    def _take_message(self, gathered: Gathered, item: OutputItem, value: dict[str, Any]) -> None:
        parts = parts_of(value)
        text, refusal = text_of(value), "".join(part.refusal or "" for part in parts)
        if text and (new := item.text.whole(text)):
            gathered.text.append(new)
        if refusal and (new := item.refusal.whole(refusal)):
            gathered.refusal.append(new)
        self._cite(gathered, item, parts)

    @staticmethod
    def _cite(gathered: Gathered, item: OutputItem, parts: list[Annotated]) -> None:
        for part in parts:
            new = [a for a in part.annotations or () if a not in item.annotations]
            item.annotations += new
            gathered.citations += new

    @staticmethod
    def _take_reasoning(gathered: Gathered, item: OutputItem, value: dict[str, Any]) -> None:
        begun = bool(item.reasoning)
        new = item.reasoning.whole(said_by(value))
        if new and begun:
            gathered.reasoning.append(new)
        elif new:
            gathered.reasoning += passages_of(value)

    @staticmethod
    def _take_call(gathered: Gathered, item: OutputItem, value: dict[str, Any], said: str) -> None:
        call = msgspec.convert(value, Call)
        cut = call.status not in UNFINISHED
        if item.closed and not cut:
            return
        delta = announced(item, call)
        item.cut = item.cut or cut
        if said and not item.closed:
            item.arguments = Told()
            item.arguments.add(said)
        gathered.calls.append(
            msgspec.structs.replace(
                delta,
                arguments="" if item.closed else said,
                replace=not item.closed,
                complete=call.status in (None, "completed") and not cut,
                cut=cut,
            )
        )


def announced(item: OutputItem, call: Call) -> ToolCallDelta:
    """What identifies a call, where it was not told before."""
    known = item.call_id is not None
    if not known:
        item.call_id = call.call_id or call.id
    named = item.name is not None
    if not named:
        item.name = call.name
    return ToolCallDelta(
        item.slot,
        None if known else item.call_id,
        None if named else call.name,
        kind="custom" if item.kind == "custom_tool_call" else "function",
    )


def said_by(value: dict[str, Any]) -> str:
    """All that an item says: text and refusal, reasoning, or arguments."""
    kind = value.get("type")
    if kind == "message":
        parts = parts_of(value)
        return text_of(value) + "".join(part.refusal or "" for part in parts)
    if kind == "reasoning":
        return "".join(passages_of(value))
    return arguments_of(msgspec.convert(value, Call)) if kind in CALLS else ""


def text_of(value: dict[str, Any]) -> str:
    """The text of a message."""
    if value.get("type") != "message":
        return ""
    content: Any = value.get("content")
    if isinstance(content, str):
        return content
    return "".join(part.text or "" for part in parts_of(value))


def parts_of(value: dict[str, Any]) -> list[Annotated]:
    """The parts of a message whose content is a list."""
    content = msgspec.convert(value, MessageItem).content
    return content if isinstance(content, list) else []


def passages_of(value: dict[str, Any]) -> list[str]:
    """The paragraphs of reasoning; servers of open-weight models send the same text as both."""
    told = msgspec.convert(value, ReasoningItem)
    return [passage.text for passage in told.summary or told.content or [] if passage.text]


def arguments_of(call: Call) -> str:
    """Arguments or free text; some servers send the arguments as an object."""
    said: Any = call.input if call.type == "custom_tool_call" else call.arguments
    return msgspec.json.encode(said).decode() if isinstance(said, dict) else said or ""
