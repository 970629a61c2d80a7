"""A provider's set-up as one client has it, and a reader of streams, for the tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from chimeric_chat_completions import ChatDialect, compatible
from chimeric_chat_completions.parser import ChatState

from chimeric import Delta, Event, ProviderConfig, Request, ToolCallDelta


@pytest.fixture
def config() -> ProviderConfig:
    declaration = compatible.chimeric_provider()
    return ProviderConfig(
        name="compatible", base_url="http://localhost:8000/v1", declaration=declaration
    )


def as_event(frame: object) -> Event:
    """An event of a frame: text and bytes as they are, anything else as JSON."""
    if isinstance(frame, Event):
        return frame
    if isinstance(frame, (str, bytes)):
        return Event(frame.encode() if isinstance(frame, str) else frame)
    return Event(msgspec.json.encode(frame))


@pytest.fixture
def read() -> Callable[..., list[Delta]]:
    """Parse frames in order; text alone comes out as a ``Delta`` too."""

    def parse(*frames: object, dialect: ChatDialect = compatible.DIALECT) -> list[Delta]:
        state = ChatState(dialect, Request(model="m", messages=()))
        deltas: list[Delta] = []
        for frame in frames:
            delta = state.parse(as_event(frame))
            if isinstance(delta, str):
                delta = Delta(text=delta)
            elif isinstance(delta, ToolCallDelta):
                delta = Delta(tool_calls=(delta,))
            if delta is not None:
                deltas += delta if isinstance(delta, list) else [delta]
        return deltas

    return parse


@pytest.fixture
def chunk() -> Callable[..., dict[str, Any]]:
    """A chunk around a delta, as servers send it."""

    def make(delta: object = None, finish: str | None = None, **top: Any) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        frame = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m-1"}
        return {**frame, "choices": [choice], **top}

    return make
