"""Events of the Responses API, and what was read of them."""

from __future__ import annotations

import json
from typing import Any

from chimeric_responses import ResponsesState

from chimeric import (
    Delta,
    Event,
    GeneratedFile,
    Request,
    ServerToolChunk,
)

PNG = "iVBORw0KGgo="


def event(kind: str, **fields: Any) -> Event:
    return Event(json.dumps({"type": f"response.{kind}", **fields}).encode())


def read(*events: Event, request: Request | None = None) -> list[Delta]:
    """All that the events add, as deltas."""
    state, told = ResponsesState(request), list[Any]()
    for each in events:
        parsed = state.parse(each)
        told += parsed if isinstance(parsed, list) else [parsed] if parsed else []
    return [Delta(text=p) if isinstance(p, str) else p for p in told]


def tools(*events: Event) -> list[ServerToolChunk]:
    return [tool for delta in read(*events) for tool in delta.server_tools]


def files(*events: Event) -> list[GeneratedFile]:
    return [file for delta in read(*events) for file in delta.files]


def added(item: dict[str, Any], index: int = 0) -> Event:
    return event("output_item.added", output_index=index, item=item)


def done(item: dict[str, Any], index: int = 0) -> Event:
    return event("output_item.done", output_index=index, item=item)


def end(word: str = "completed", **response: Any) -> Event:
    return event(word, response=response)


def statuses(told: list[ServerToolChunk]) -> list[str]:
    return [tool.status for tool in told]


ODD: tuple[Any, ...] = (5, "x", "", [1], ["x"], [{}], [[]], {"a": 1}, {"type": []}, True, None)
