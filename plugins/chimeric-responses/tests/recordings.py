"""Access to the recordings beside the repository, where there are any."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from chimeric import Delta, Event, ToolCallDelta

ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("CHIMERIC_SHARED", ROOT.parent / "shared"))
CORPUS = SHARED / "corpus"


def checker() -> ModuleType:
    """The recordings' own scorer."""
    spec = importlib.util.spec_from_file_location("corpus_check", CORPUS / "check.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cases(**filters: Any) -> list[dict[str, Any]]:
    """The recorded cases that fit; none where there are no recordings."""
    if not CORPUS.is_dir():
        return []
    return list(checker().load_cases(str(CORPUS), **filters))


def events(body: bytes) -> Iterator[Event]:
    """A plain reading of an event stream, enough for what was recorded."""
    name: str | None = None
    data: list[str] = []
    for line in body.decode().replace("\r\n", "\n").split("\n"):
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif line.startswith("event:"):
            name = line[6:].strip()
        elif not line and data:
            yield Event("\n".join(data).encode(), name)
            name, data = None, []


def several(parsed: Any) -> list[Any]:
    """What a parser returned of one event, as a list."""
    return list(parsed) if isinstance(parsed, list) else [parsed]


def deltas(state: Any, body: bytes) -> Iterator[Delta | str | None]:
    """What a parser makes of a recorded stream."""
    for event in events(body):
        yield from several(state.parse(event))


class Folded:
    """What a sequence of deltas says, added up in the simplest way."""

    def __init__(self, deltas: Iterable[Delta | str | None]) -> None:
        self.text = self.reasoning = self.refusal = ""
        self.calls: list[dict[str, Any]] = []
        self.citations: list[Any] = []
        self.server_tools: list[Any] = []
        self.files: list[Any] = []
        self.blocks: list[Any] = []
        self.last: dict[str, Any] = {}
        self.done = False
        self._by_index: dict[int | None, dict[str, Any]] = {}
        for delta in deltas:
            if delta is not None:
                self._add(delta)
            if self.done:
                break

    def _add(self, told: Delta | ToolCallDelta | str) -> None:
        call = (told,) if isinstance(told, ToolCallDelta) else ()
        text = told if isinstance(told, str) else None
        delta = told if isinstance(told, Delta) else Delta(text=text, tool_calls=call)
        self.text += delta.text or ""
        self.reasoning += delta.reasoning or ""
        self.refusal += delta.refusal or ""
        self.citations += delta.citations
        self.server_tools += delta.server_tools
        self.files += delta.files
        if delta.block is not None and delta.block not in self.blocks:
            self.blocks.append(delta.block)
        for part in delta.tool_calls:
            call = self._by_index.get(part.index)
            if call is None or (part.id and part.id != call["id"]):
                call = dict[str, Any]()
                call |= {"id": part.id, "name": part.name, "arguments": "", "complete": False}
                self._by_index[part.index] = call
                self.calls.append(call)
            call["kind"] = part.kind
            said = "" if part.replace else call["arguments"]
            call["arguments"] = said + part.arguments
            call["complete"] = call["complete"] or part.complete
        for name in ("id", "model", "usage", "usage_native", "finish_reason", "finish_detail",
                     "finish_reason_native", "state", "error", "metadata"):  # fmt: skip
            value = getattr(delta, name)
            if value is not None:
                self.last[name] = value
        self.done = delta.done

    def got(self) -> dict[str, Any]:
        """In the form that the recordings' scorer compares."""
        error = self.last.get("error")
        told = {
            "text": self.text,
            "reasoning": self.reasoning,
            "refusal": self.refusal,
            # What is no function stands among the tools of the provider in the recordings.
            "tool_calls": [c for c in self.calls if c["kind"] in ("function", "custom")],
            "error": error and {"message": error.message, "type": error.type},
        }
        for name in ("id", "model", "finish_reason_native"):
            if name in self.last:
                told[name] = self.last[name]
        return told
