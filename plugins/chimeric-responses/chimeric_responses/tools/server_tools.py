"""Tools that the provider runs: what each event and each item says of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from chimeric import Delta, FilePart, GeneratedFile, ServerToolChunk

from .inputs import input_of, parsed
from .kinds import RESULTS, Kind, kind_of, name_of
from .outputs import failed, output_of, picture

__all__ = ["WRITTEN", "Run", "ServerTools"]

WRITTEN = ("_arguments", "_code", "_command", "_input")
"""Endings of events that bring a piece of the input, or all of it."""

UNLISTED = ("compaction", "unknown event")
"""Items that ``metadata["server_tool_calls"]`` does not list: they are no tool's."""


class Run:
    """One run of a tool.

    Attributes:
        id: the item's id, or one that is made up.
        kind: of the tool.
        name: the provider's own name of it.
        value: the item, as far as it was told.
        over: whether it was told as completed or failed.
        broken: whether an event said that it failed.
    """

    __slots__ = ("_told", "broken", "id", "kind", "name", "over", "value")

    def __init__(self, id: str, value: Mapping[str, Any]) -> None:
        self.id = id
        self.kind: Kind = kind_of(value)
        self.name = name_of(value)
        self.value = dict(value)
        self.over = False
        self.broken = False
        self._told = False

    def input(self) -> Any:
        """The input, once, as soon as it is known."""
        if self._told:
            return None
        known = input_of(self.kind, self.value)
        self._told = known is not None
        return known

    def says(self, status: Any, **fields: Any) -> ServerToolChunk:
        """What is said of it."""
        self.over = self.over or status in ("completed", "failed")
        return ServerToolChunk(id=self.id, kind=self.kind, name=self.name, status=status, **fields)

    def ended(self, output: Any = None, native: Any = None) -> ServerToolChunk:
        """Its end: failed, if an event said so."""
        status = "failed" if self.broken else "completed"
        return self.says(status, input=self.input(), output=output, native=native)


class ServerTools:
    """The runs of one response."""

    def __init__(self) -> None:
        self._runs: list[Run] = []
        self._by_call: dict[str, Run] = {}
        self._strange: set[str] = set()

    def begun(self, value: Mapping[str, Any], order: int) -> tuple[Run, Delta]:
        """An item of a tool begins.

        Args:
            value: the item.
            order: its number among all items.
        """
        run = self._parent(value)
        if run is not None:
            return run, Delta(server_tools=(run.says("running"),))
        name = value.get("id") or value.get("call_id") or f"{value.get('type') or 'item'}_{order}"
        run = Run(str(name), value)
        self._runs.append(run)
        if call := value.get("call_id"):
            self._by_call[str(call)] = run
        return run, Delta(server_tools=(run.says("started", input=run.input()),))

    def _parent(self, value: Mapping[str, Any]) -> Run | None:
        """The run that an item is the result of."""
        wanted = RESULTS.get(str(value.get("type")))
        if wanted is None:
            return None
        call = value.get("call_id")
        if call:
            return self._by_call.get(str(call))
        alike = (run for run in self._runs if run.value.get("type") == wanted and not run.over)
        return next(alike, None)

    def done(self, run: Run, value: Mapping[str, Any]) -> Delta:
        """An item of a tool is complete: this decides how it ended."""
        own = str(value.get("type"))
        native = None if own in UNLISTED else value
        if own in RESULTS.values() and not failed(value) and not value.get("output"):
            run.value.update(value)
            return Delta(server_tools=(run.says("running", input=run.input(), native=native),))
        stays = run.broken and value.get("status") != "completed"
        run.broken = stays or (failed(value) and not _delivered(run.kind, value))
        if own not in RESULTS:
            run.value.update(value)
        output = output_of(run.kind, value, run.id)
        return Delta(server_tools=(run.ended(output, native),), files=_files(output, value))

    def phase(self, run: Run, family: str, step: str, delta: object, data: bytes) -> Delta | None:
        """An event of a run, other than that its item begins or ends.

        Args:
            run: the run.
            family: the event's type without ``response.`` and without its last word.
            step: the last word.
            delta: the event's ``delta``.
            data: the whole event.
        """
        if run.over:
            return None
        if step == "partial_image":
            return self._preview(run, data)
        written = family.endswith(WRITTEN)
        if step == "delta" and written:
            return _piece(run, delta)
        if step == "delta" and "output" not in family:
            return None  # nobody knows what it is, and there may be thousands
        if step in ("added", "done") and written:
            return self._written(run, family, step, data)
        run.broken = run.broken or step == "failed"
        return Delta(server_tools=(run.says("running", input=run.input()),))

    def _written(self, run: Run, family: str, step: str, data: bytes) -> Delta | None:
        told = msgspec.json.decode(data, type=dict[str, Any])
        if family.endswith("_command"):
            if step == "added":
                return _piece(run, ("\n" if told.get("command_index") else "") + _text(told))
            return None  # the item has all commands
        for name in ("arguments", "code", "input"):
            if told.get(name):
                run.value[name] = told[name]
        return Delta(server_tools=(run.says("running", input=run.input()),))

    def _preview(self, run: Run, data: bytes) -> Delta | None:
        told = msgspec.json.decode(data, type=_Preview)
        if not told.partial_image_b64:
            return None
        file = picture(told.partial_image_b64, run.id, told.output_format, partial=True)
        return Delta(files=(file,))

    def strange(self, kind: str, data: bytes) -> Delta | None:
        """An event of no known type that belongs to no known item: told once for each type."""
        family = kind.rpartition(".")[0] or kind
        if family in self._strange:
            return None
        self._strange.add(family)
        run = Run(kind, {"type": "unknown event", "name": kind})
        told: Any = parsed(data.decode("utf-8", "replace"))
        return Delta(server_tools=(run.says("started"), run.says("completed", native=told)))

    def left(self, *, well: bool) -> tuple[ServerToolChunk, ...]:
        """What the end of the response says of runs that are open.

        After a good end only those are told that an event called failed: the core completes the
        others.
        """
        open_ones = [run for run in self._runs if not run.over and (run.broken or not well)]
        return tuple(run.says("failed", input=run.input()) for run in open_ones)


class _Preview(msgspec.Struct):
    partial_image_b64: str | None = None
    output_format: str | None = None


def _piece(run: Run, delta: object) -> Delta | None:
    if not delta or not isinstance(delta, str):
        return None
    return Delta(server_tools=(run.says("input_streaming", input_delta=delta),))


def _text(told: Mapping[str, Any]) -> str:
    return str(told.get("command") or "")


def _delivered(kind: Kind, value: Mapping[str, Any]) -> bool:
    """Whether a picture came, whatever the item's status says."""
    return kind == "image_generation" and bool(value.get("result")) and not value.get("error")


def _files(output: object, value: Mapping[str, Any]) -> tuple[GeneratedFile, ...]:
    """The files that a tool made."""
    if isinstance(output, GeneratedFile):
        return (output,)
    if value.get("type") == "share_file" and value.get("file_id"):
        told = {name: value.get(name) for name in ("file_id", "filename", "url")}
        return (GeneratedFile(str(value["file_id"]), FilePart(**told)),)
    if isinstance(output, dict):
        return tuple(cast("dict[str, Any]", output).get("files") or ())
    return ()
