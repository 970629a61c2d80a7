"""Events that real servers always send before others, where a case leaves them out for shortness.

Helpers that build the answer up refuse a text whose item was not announced, whatever the case is
about. An announcement is made of the places that the event itself tells, and only for what the
case announces nowhere. Where the places are what a case is about, they are left alone; elsewhere
an event that tells none is of the first part of the first item.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

__all__ = ["announced"]

START = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m-1",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    },
}
ITEM = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress"}
BLOCKS: dict[str, dict[str, Any]] = {
    "text_delta": {"type": "text", "text": ""},
    "thinking_delta": {"type": "thinking", "thinking": "", "signature": ""},
}


TEXTS = ("response.output_text.delta", "response.output_text.done")
PLACE = {"output_index": 0, "content_index": 0, "item_id": "msg_1"}
PLACES = {"text-told-again", "output-told-again"}
"""Kinds that are about places."""


def announced(body: bytes, protocol: str, kind: str) -> bytes:
    """The body with what was missing before its events."""
    if protocol not in ("responses", "anthropic"):
        return body
    frames = body.split(b"\n\n")
    values = [_value(frame) for frame in frames]
    if protocol == "responses" and kind not in PLACES:
        _place(frames, values)
    missing = _Items(values, kind).missing() if protocol == "responses" else _blocks(values)
    if protocol == "responses" and str(values[0].get("type")).startswith("response."):
        if values[0]["type"] != "response.created":
            missing[0] = [_created(values), *missing.get(0, [])]
    out: list[bytes] = []
    for place, frame in enumerate(frames):
        out += [
            f"event: {event['type']}\ndata: {json.dumps(event)}".encode()
            for event in missing.get(place, [])
        ]
        out.append(frame)
    return b"\n\n".join(out)


def _value(frame: bytes) -> dict[str, Any]:
    """The object of a frame that is nothing but an ordinary event; else an empty one."""
    lines = frame.split(b"\n")
    if len(lines) > 2 or not lines[-1].startswith(b"data: {"):
        return {}
    try:
        value = json.loads(lines[-1][6:])
    except ValueError:
        return {}
    return value if isinstance(value.get("type"), str) else {}


def _created(values: list[dict[str, Any]]) -> dict[str, Any]:
    """Responses: the first event, of the response that is told later."""
    later = [v["response"] for v in values if isinstance(v.get("response"), dict)]
    identity = later[0].get("id", "resp_1") if later else "resp_1"
    response: dict[str, Any] = {"id": identity, "status": "in_progress", "output": []}
    return {"type": "response.created", "response": response}


def _place(frames: list[bytes], values: list[dict[str, Any]]) -> None:
    """Responses: say of each text where it belongs."""
    for at, value in enumerate(values):
        if value.get("type") in TEXTS and not PLACE.keys() <= value.keys():
            values[at] = {**PLACE, **value}
            frames[at] = f"event: {value['type']}\ndata: {json.dumps(values[at])}".encode()


class _Items:
    """Responses: message items and their first parts, before the frames that they belong to."""

    def __init__(self, values: list[dict[str, Any]], kind: str) -> None:
        self._values = values
        self._closes = kind not in PLACES
        self._items = self._indexes("response.output_item.added")
        self._parts = self._indexes("response.content_part.added")
        self._done = self._indexes("response.output_item.done")
        self._opened: dict[Any, dict[str, Any]] = {}

    def _indexes(self, kind: str) -> set[Any]:
        return {v.get("output_index") for v in self._values if v.get("type") == kind}

    def missing(self) -> dict[int, list[dict[str, Any]]]:
        """What to tell, by the place of the frame before which to tell it."""
        found: dict[int, list[dict[str, Any]]] = {}
        for at, value in enumerate(self._values):
            if value.get("type") in TEXTS:
                found[at] = [*self._item(value), *self._part(value)]
            elif value.get("type") == "response.completed" and self._closes:
                found[at] = [told for i, told in self._opened.items() if i not in self._done]
        return found

    def _item(self, value: dict[str, Any]) -> Iterator[dict[str, Any]]:
        index = value.get("output_index")
        if index not in self._items:
            self._items.add(index)
            where = _where(value, "output_index", "item_id")
            item: dict[str, Any] = {**ITEM, "id": value.get("item_id") or "msg_1", "content": []}
            closed = {**item, "status": "completed", "content": []}
            self._opened[index] = {"type": "response.output_item.done", **where, "item": closed}
            yield {"type": "response.output_item.added", **where, "item": item}
        if index in self._opened and value["type"] == TEXTS[0]:
            _add_text(self._opened[index]["item"]["content"], value.get("delta"))

    def _part(self, value: dict[str, Any]) -> Iterator[dict[str, Any]]:
        index = value.get("output_index")
        if index not in self._parts and value.get("content_index", 0) == 0:
            self._parts.add(index)
            where = _where(value, "output_index", "item_id", "content_index")
            part = {"type": "output_text", "text": "", "annotations": []}
            yield {"type": "response.content_part.added", **where, "part": part}


def _where(value: dict[str, Any], *names: str) -> dict[str, Any]:
    """The places that an event tells."""
    return {name: value[name] for name in names if name in value}


def _add_text(content: list[dict[str, Any]], text: Any) -> None:
    """Note a piece of text in an item that is to be closed."""
    if not content:
        content.append({"type": "output_text", "text": "", "annotations": []})
    content[0]["text"] += text if isinstance(text, str) else ""


def _blocks(values: list[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    """Anthropic: the message and its blocks, by the frame that they belong before."""
    kinds = [value.get("type") for value in values]
    missing: dict[int, list[dict[str, Any]]] = {}
    known = ("content_block_start", "content_block_delta", "message_delta")
    if "message_start" not in kinds and kinds and kinds[0] in known:
        missing[0] = [START]
    started = {v.get("index") for v in values if v.get("type") == "content_block_start"}
    for place, value in enumerate(values):
        delta = value.get("delta")
        kind = delta.get("type") if isinstance(delta, dict) else None
        if value.get("type") != "content_block_delta" or kind not in BLOCKS:
            continue
        if value.get("index") not in started:
            started.add(value.get("index"))
            where = {"index": value["index"]} if "index" in value else {}
            told = {"type": "content_block_start", **where, "content_block": BLOCKS[kind]}
            missing.setdefault(place, []).append(told)
    return missing
