"""What the tests share: frames of a stream, and folding what the parser says of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chimeric_google.parser import Answer

from chimeric import Delta, Event


class Fold:
    """Reads frames with one parser and keeps what they add."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.deltas: list[Delta] = []

    def feed(self, frame: dict[str, Any] | bytes) -> Any:
        data = frame if isinstance(frame, bytes) else json.dumps(frame).encode()
        said = self.answer.parse(Event(data))
        self.add(said)
        return said

    def add(self, said: Delta | list[Delta] | str | None) -> None:
        if isinstance(said, list):
            self.deltas += said
        elif said is not None:
            self.deltas.append(Delta(text=said) if isinstance(said, str) else said)

    @property
    def text(self) -> str:
        return "".join(d.text or "" for d in self.deltas)

    @property
    def reasoning(self) -> str:
        return "".join(d.reasoning or "" for d in self.deltas)

    def told(self, field: str) -> list[Any]:
        """All of a field of many values, in order."""
        return [value for delta in self.deltas for value in getattr(delta, field)]

    def blocks(self) -> list[tuple[Any, str]]:
        """The blocks of text in their order, put together as the core does."""
        found: dict[Any, str] = {}
        last: Any = None
        for delta in self.deltas:
            if delta.text or (delta.block is not None and not delta.reasoning):
                last = delta.block if delta.block is not None else last
                found[last] = found.get(last, "") + (delta.text or "")
        return list(found.items())

    def last(self, field: str) -> Any:
        """The last value that was told for a field."""
        told = [getattr(d, field) for d in self.deltas if getattr(d, field) not in (None, ())]
        return told[-1] if told else None

    def calls(self) -> list[dict[str, Any]]:
        """Finished calls: id, name and arguments as a value."""
        calls: dict[int, dict[str, Any]] = {}
        for delta in self.deltas:
            for part in delta.tool_calls:
                assert part.index is not None
                call = calls.setdefault(part.index, {"id": None, "name": "", "arguments": ""})
                call["id"] = part.id or call["id"]
                call["name"] += part.name or ""
                call["arguments"] += part.arguments
                call["complete"] = part.complete
        return [
            {"id": c["id"], "name": c["name"], "arguments": json.loads(c["arguments"])}
            for c in calls.values()
            if c["complete"]
        ]


@pytest.fixture
def fold() -> Fold:
    return Fold()


def tools(fold: Fold) -> list[tuple[str, str, str, Any, Any]]:
    """What was told of the tools that Google runs, in order."""
    return [(t.id, t.kind, t.status, t.input, t.output) for t in fold.told("server_tools")]


def frame(*parts: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    """A frame of a stream as the API sends it."""
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": list(parts)}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    candidate.update(more)
    return {
        "candidates": [candidate],
        "usageMetadata": {"promptTokenCount": 9, "totalTokenCount": 9},
        "modelVersion": "gemini-3.8-flash",
        "responseId": "abc",
    }


@pytest.fixture(name="frame")
def frame_fixture() -> Any:
    return frame
