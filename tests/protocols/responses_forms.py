"""How Responses sends things: the pieces that the cases of this protocol are made of."""

from __future__ import annotations

from typing import Any

from .case import Case, body_of, sse

__all__ = [
    "ARGUMENTS",
    "CASES",
    "INPUT",
    "ITEM",
    "PAY",
    "SECOND",
    "TEXT",
    "WHOLE",
    "added",
    "call",
    "case",
    "closed",
    "custom",
    "delta",
    "end",
    "event",
    "message",
    "piece",
    "whole",
]

CASES: list[Case] = []
"""Takes what ``case`` and ``whole`` make."""

ITEM = "response.output_item"
TEXT = "response.output_text"
ARGUMENTS = "response.function_call_arguments"
INPUT = "response.custom_tool_call_input"
CREATED = {
    "type": "response.created",
    "response": {"id": "resp_1", "model": "m-1", "status": "in_progress", "output": []},
}


def event(kind: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    """An event, named as the protocol names it; fields that are None are left out."""
    told = {name: value for name, value in fields.items() if value is not None}
    return kind, {"type": kind, **told}


def end(word: str = "completed", *output: Any, **fields: Any) -> tuple[str, dict[str, Any]]:
    """The last event."""
    response = {"id": "resp_1", "model": "m-1", "status": word, "output": list(output), **fields}
    return f"response.{word}", {"type": f"response.{word}", "response": response}


def message(*texts: str, id: str | None = "msg_1", refusal: str | None = None) -> dict[str, Any]:
    """A message item."""
    content: list[dict[str, Any]] = [
        {"type": "output_text", "text": text, "annotations": []} for text in texts
    ]
    if refusal is not None:
        content.append({"type": "refusal", "refusal": refusal})
    item = {"type": "message", "role": "assistant", "status": "completed", "content": content}
    return item if id is None else {**item, "id": id}


def call(arguments: str = '{"amount":5}', name: str = "pay", **fields: Any) -> dict[str, Any]:
    """A call item; ``id`` and ``call_id`` may be given as None."""
    item = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "status": "completed"}
    return {**item, "name": name, "arguments": arguments, **fields}


def custom(text: str, **fields: Any) -> dict[str, Any]:
    """A call of a free-text tool."""
    item = {"type": "custom_tool_call", "id": "ct_1", "call_id": "call_1", "status": "completed"}
    return {**item, "name": "shell", "input": text, **fields}


def case(name: str, kind: str, *events: Any, done: bool = False, **fields: Any) -> None:
    """Add a streamed case; ``finish`` is ``stop`` where nothing else is said."""
    if not fields.get("errors"):
        fields.setdefault("finish", ("stop",))
    body = sse(CREATED, *events, done=done)
    CASES.append(Case(name=f"responses-{name}", kind=kind, provider="openai", body=body, **fields))


def whole(name: str, kind: str, response: Any, **fields: Any) -> None:
    """Add a case that is not streamed."""
    if not fields.get("errors"):
        fields.setdefault("finish", ("stop",))
    full = {"id": "resp_1", "model": "m-1", **response}
    CASES.append(
        Case(
            name=f"responses-whole-{name}",
            kind=kind,
            provider="openai",
            body=body_of(full),
            stream=False,
            **fields,
        )
    )


def delta(text: str, **at: Any) -> tuple[str, dict[str, Any]]:
    return event(f"{TEXT}.delta", delta=text, **at)


WHOLE = '{"amount":5}'
PAY = {"calls": (("pay", WHOLE),), "runs": ("pay",), "finish": ("tool_calls",)}
"""What is seen of one call of ``pay``."""
SECOND = {"id": "fc_2", "call_id": "call_2"}


def added(index: int | None, **fields: Any) -> Any:
    return event(f"{ITEM}.added", output_index=index, item=call("", status="in_progress", **fields))


def closed(index: int | None, **fields: Any) -> Any:
    return event(f"{ITEM}.done", output_index=index, item=call(**fields))


def piece(text: str, index: int | None = None, item: str | None = None) -> Any:
    return event(f"{ARGUMENTS}.delta", output_index=index, item_id=item, delta=text)
