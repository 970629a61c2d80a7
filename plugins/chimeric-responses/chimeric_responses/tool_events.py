"""Events of tools and of sound, and those of no known type."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import Delta, Event, ToolCallDelta

from .blocks.sound import Sound
from .output import Output, OutputItem
from .tools.client_calls import written
from .tools.kinds import KINDS, base_of
from .tools.outputs import output_of
from .tools.server_tools import WRITTEN
from .whole_items import WholeItems
from .wire import Frame

__all__ = ["ToolEvents"]

START = len("response.")

QUIET = ("text", "part", "reasoning", "refusal", "arguments", "audio", "output_item")
"""Words in types of events that tell nothing but where a text, a part or an item is."""

ALIVE = ("ping", "heartbeat", "keepalive", "keep_alive")
"""Events that show that a server is there."""

ROUNDS = {
    "search_queries": ("search_results", "queries"),
    "fetch_url_queries": ("fetch_url_results", "urls"),
}
"""Perplexity's events of searches, which name no item: the item that has the results, and what is
searched for."""


class ToolEvents:
    """Reads the events of a response that are about tools."""

    def __init__(self, output: Output, whole: WholeItems) -> None:
        self._output = output
        self._whole = whole
        self._sound = Sound()

    def other(self, frame: Frame, kind: str, event: Event) -> Delta | None:
        """What an event tells that is about no text, no reasoning and no function."""
        if not kind.startswith("response.") or kind[START:] in ALIVE:
            return None
        family, _, step = kind[START:].rpartition(".")
        if family.startswith("audio"):
            return self._heard(frame, family, step)
        if family == "reasoning":
            return self._searched(step, event)
        item = self._output.about(frame.output_index, frame.item_id, family)
        if item is not None:
            return self.about(item, frame, event)
        kind = next((family.removesuffix(e) for e in WRITTEN if family.endswith(e)), family)
        if base_of(kind) in KINDS and kind not in KINDS.values():
            return self._unannounced(kind, frame, event)
        if any(word in family for word in QUIET):
            return None
        return self._whole.tools.strange(frame.type or "", event.data)

    def about(self, item: OutputItem, frame: Frame, event: Event) -> Delta | None:
        """What an event tells of a known item."""
        family, _, step = (frame.type or "")[START:].rpartition(".")
        if item.run is not None:
            return self._whole.tools.phase(item.run, family, step, frame.delta, event.data)
        if item.asks is None or item.begin is None or item.closed:
            return None
        begun = bool(item.arguments)
        more = written(item.begin, family, step, event.data, begun=begun)
        if not more:
            return None
        item.arguments.add(more)
        return Delta(tool_calls=(ToolCallDelta(item.slot, None, None, more, kind=item.asks),))

    def _unannounced(self, kind: str, frame: Frame, event: Event) -> Delta | None:
        """An event of a tool whose item was not said to begin."""
        item = self._output.begun(kind, frame.output_index, frame.item_id, None)
        begun = self._whole.begun(item, {"type": kind, "id": frame.item_id})
        more = self.about(item, frame, event)
        if begun is None or more is None:
            return begun or more
        tools = (*begun.server_tools, *more.server_tools)
        return msgspec.structs.replace(more, server_tools=tools)

    def _heard(self, frame: Frame, family: str, step: str) -> Delta | None:
        """A piece of sound, or of its transcript, which is the text of a spoken answer."""
        delta = frame.delta
        if step == "done" and family == "audio":
            return self._sound.whole()
        if not isinstance(delta, str) or not delta:
            return None
        return Delta(text=delta) if family == "audio.transcript" else self._sound.piece(delta)

    def _searched(self, step: str, event: Event) -> Delta | None:
        """A search or a look at pages, told by events that name no item."""
        told = msgspec.json.decode(event.data, type=dict[str, Any])
        if step in ROUNDS:
            kind, field = ROUNDS[step]
            item = self._output.new(kind, None, None)
            return self._whole.begun(item, {"type": kind, field: told.get(field)})
        kinds = [kind for kind, _ in ROUNDS.values()]
        runs = [i.run for i in self._output.items if i.kind == step and not i.closed]
        run = next((run for run in runs if run is not None and not run.value.get("told")), None)
        if step in kinds and run is not None:
            run.value["told"] = True
            output = output_of(run.kind, told, run.id)
            return Delta(server_tools=(run.says("running", output=output),))
        thought = told.get("thought")
        return Delta(reasoning=thought) if isinstance(thought, str) and thought else None

    def end(self, *, well: bool) -> dict[str, Any]:
        """What the end of the response tells of tools and of sound, as fields of a delta.

        Args:
            well: whether it is an end without an error.
        """
        sound = self._sound.whole()
        left = self._whole.tools.left(well=well)
        return {"server_tools": left, "files": () if sound is None else sound.files}
