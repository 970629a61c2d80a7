"""Items that a server tells whole: what is new in them after all that was told in pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from chimeric import Delta, ToolCallDelta

from .blocks.citations import citation_of, files_of
from .blocks.logprobs import logprobs_of
from .gathered import Gathered
from .output import CALLS, Output, OutputItem, Told
from .tools.client_calls import CallKind, call_of
from .tools.server_tools import ServerTools
from .wire import Annotated, Call, MessageItem, ReasoningItem

__all__ = ["WholeItems", "announced", "arguments_of"]

UNFINISHED = (None, "", "completed", "in_progress")
"""Statuses of an item that say nothing against it; every other word says that it was cut off."""

Asks: TypeAlias = Callable[[Mapping[str, Any]], CallKind | None]
"""As what the caller has to answer an item; None for what the provider runs."""


class WholeItems:
    """Reads the beginnings of items, ``output_item.done`` and the final ``output`` of a response.

    Attributes:
        tools: the tools that the provider runs.
    """

    def __init__(self, output: Output, asks: Asks, *, logprobs: bool) -> None:
        self.tools = ServerTools()
        self._output = output
        self._asks = asks
        self._logprobs = logprobs

    def begun(self, item: OutputItem, value: dict[str, Any]) -> Delta | None:
        """An item begins: a call is announced, or the run of a tool."""
        if item.kind in ("message", "reasoning"):
            return None
        self._sort(item, value)
        if item.asks is None:
            return self._run(item, value) if item.run is None else None
        if item.asks == "tool_search":
            return None  # its id is known when it is done
        call, item.begin = call_of(value), value
        delta = announced(item, call)
        if item.asks == "mcp_approval":
            delta = msgspec.structs.replace(delta, arguments=arguments_of(call), replace=True)
        return Delta(tool_calls=(delta,))

    def _sort(self, item: OutputItem, value: dict[str, Any]) -> None:
        """Find out who runs a tool, once."""
        if item.run is None and item.begin is None and item.value is None:
            self._output.ask(item, self._asks(value))

    def _run(self, item: OutputItem, value: dict[str, Any]) -> Delta:
        item.run, delta = self.tools.begun(value, item.order)
        return delta

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
        else:
            self._sort(item, value)
            if item.asks is not None:
                self._take_call(gathered, item, value)
            elif item.value is None:
                self._take_run(gathered, item, value)
        item.closed = True
        item.value = _sealed(item.value, value) if item.value else value

    def _take_run(self, gathered: Gathered, item: OutputItem, value: dict[str, Any]) -> None:
        begun = self._run(item, value).server_tools if item.run is None else ()
        assert item.run is not None
        done = self.tools.done(item.run, value)
        started = [tool for tool in begun if tool.status == "started"]
        gathered.add(server_tools=(*started, *done.server_tools), files=done.files)

    def _take_message(self, gathered: Gathered, item: OutputItem, value: dict[str, Any]) -> None:
        parts = parts_of(value)
        text, refusal = text_of(value), "".join(part.refusal or "" for part in parts)
        new = item.text.whole(text) if text else ""
        refused = item.refusal.whole(refusal) if refusal else ""
        known, known_refusal = len(text) - len(new), len(refusal) - len(refused)
        if not parts:
            gathered.add(text=new, block=item.parts.place(0))
        untold = item.cited.untold([part.annotations or [] for part in parts])
        for number, (part, cited) in enumerate(zip(parts, untold, strict=True)):
            said, denied = part.text or "", part.refusal or ""
            gathered.add(
                text=said[known:] if new else None,
                citations=tuple(map(citation_of, cited)),
                files=files_of(cited),
                logprobs=logprobs_of(part.logprobs) if self._logprobs and not known else (),
                block=item.parts.place(number),
            )
            if refused:
                place = item.parts.place(number, "refusal")
                gathered.add(refusal=denied[known_refusal:], block=place)
            known = max(0, known - len(said))
            known_refusal = max(0, known_refusal - len(denied))

    @staticmethod
    def _take_reasoning(gathered: Gathered, item: OutputItem, value: dict[str, Any]) -> None:
        begun = bool(item.reasoning)
        new = item.reasoning.whole(said_by(value))
        told = msgspec.convert(value, ReasoningItem)
        kind = "summary" if told.summary else "content"
        if new and begun:
            gathered.reasoning(new, item.parts.block(None, kind))
        elif new:
            for number, passage in enumerate(told.summary or told.content or []):
                gathered.reasoning(passage.text or "", item.parts.place(number, kind))

    @staticmethod
    def _take_call(gathered: Gathered, item: OutputItem, value: dict[str, Any]) -> None:
        call = call_of(value)
        said = arguments_of(call)
        cut = call.status not in UNFINISHED
        if item.closed and not cut:
            return
        delta = announced(item, call)
        item.cut = item.cut or cut
        if said and not item.closed:
            item.arguments = Told()
            item.arguments.add(said)
        delta = msgspec.structs.replace(
            delta,
            arguments="" if item.closed else said,
            replace=not item.closed,
            complete=call.status in (None, "completed") and not cut,
            cut=cut,
        )
        gathered.add(tool_calls=(delta,))


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
        kind=item.asks or "function",
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


def _sealed(first: dict[str, Any], again: dict[str, Any]) -> dict[str, Any]:
    """The item as it was told first, with a signature that comes later.

    The litellm proxy tells the one of reasoning in the final output alone (1.108.7).
    """
    seal = again.get("encrypted_content")
    if not seal or first.get("encrypted_content"):
        return first
    return {**first, "encrypted_content": seal}
