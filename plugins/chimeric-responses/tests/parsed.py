"""Events of any server, and what the parser makes of them."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from chimeric_responses import ResponsesState

from chimeric import Delta, Event, HTTPResponse, ToolCallDelta


def event(kind: str | None = None, name: str | None = None, **fields: Any) -> Event:
    body = fields if kind is None else {"type": kind, **fields}
    return Event(json.dumps(body).encode(), name)


def read(*events: Event) -> list[Delta]:
    """All that the events add, as deltas."""
    return deltas(ResponsesState(), *events)


def deltas(state: ResponsesState, *events: Event) -> list[Delta]:
    told = [one for e in events for one in several(state.parse(e))]
    return [whole(p) for p in told]


def whole(told: Delta | ToolCallDelta | str) -> Delta:
    """What a parser told, as a delta."""
    if isinstance(told, ToolCallDelta):
        return Delta(tool_calls=(told,))
    return Delta(text=told) if isinstance(told, str) else told


def several(parsed: Any) -> list[Any]:
    """What a parser returned of one event, as a list."""
    return list(parsed) if isinstance(parsed, list) else [parsed] if parsed else []


def delta(said: Any, output: int | None = 0, content: int | None = 0) -> Event:
    return event(
        "response.output_text.delta", delta=said, output_index=output, content_index=content
    )


def item_done(item: dict[str, Any], output: int | None = 0) -> Event:
    return event("response.output_item.done", item=item, output_index=output)


def message(*texts: str, **fields: Any) -> dict[str, Any]:
    content = [{"type": "output_text", "text": t} for t in texts]
    return {"type": "message", "content": content, **fields}


def call(arguments: str = '{"a":1}', **fields: Any) -> dict[str, Any]:
    return {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "call_1",
        "name": "add",
        "arguments": arguments,
        **fields,
    }


def end(kind: str = "completed", **response: Any) -> Event:
    return event(f"response.{kind}", response=response)


def body(**fields: Any) -> Delta:
    """All that a whole answer says, as the last of its deltas."""
    response = HTTPResponse(status=200, headers={}, body=json.dumps(fields).encode())
    told = several(ResponsesState().parse_response(response))
    texts = {
        name: "".join(getattr(d, name) or "" for d in told) or None
        for name in ("text", "reasoning", "refusal")
    }
    calls = tuple(call for d in told for call in d.tool_calls)
    return msgspec.structs.replace(told[-1], **texts, tool_calls=calls)
