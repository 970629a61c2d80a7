"""Events of Responses that pass."""

from __future__ import annotations

import re
import time
from typing import Any, Final

import msgspec
from chimeric_dialects import Answer

from chimeric import CompletionResponse, Event, StreamChunk
from chimeric_gateway.answering.openai_errors import openai_error
from chimeric_gateway.answering.responses.answering import failure_code
from chimeric_gateway.answering.same_protocol.wire import Wire
from chimeric_gateway.answering.telling.endings import done_of
from chimeric_gateway.asked import Asked
from chimeric_gateway.refusal import Refusal
from chimeric_gateway.shapes import is_array, is_object

from .frames import made, passed
from .response_items import ResponseItems, labelled_item, mended_usage
from .rules import DoubtError

__all__ = ["ResponsesRules"]

BEGINNINGS: Final = ("response.created", "response.in_progress", "response.queued")
ENDS: Final = ("response.completed", "response.incomplete", "response.done")
FAILURES: Final = ("error", "response.failed", "response.cancelled")
ITEMS: Final = ("response.output_item.added", "response.output_item.done")
TEXT: Final = "response.output_text.delta"
PART: Final = "response.content_part.added"
WORDS: Final = (
    TEXT,
    "response.refusal.delta",
    "response.reasoning_text.delta",
    "response.reasoning_summary_text.delta",
    "response.function_call_arguments.delta",
    "response.custom_tool_call_input.delta",
)

NUMBER: Final = re.compile(rb'"sequence_number":\s*\d+')


class _Frame(msgspec.Struct):
    type: str
    sequence_number: int | None = None
    output_index: int | None = None
    content_index: int | None = None
    item_id: str | None = None


_frame = msgspec.json.Decoder(_Frame).decode


class ResponsesRules:
    """The beginning first, items that were announced, numbers without gaps, one end."""

    def __init__(self, asked: Asked, wire: Wire) -> None:
        self._asked = asked
        self._wire = wire
        self._number = 0
        self._base: dict[str, Any] = {}
        self._items = ResponseItems()
        self._end: dict[str, Any] | None = None

    def event(self, event: Event, chunk: StreamChunk | None) -> bytes:
        try:
            told = _frame(event.data)
        except (msgspec.DecodeError, RecursionError):
            if event.data.strip() == b"[DONE]":
                return b""
            raise DoubtError from None
        kind = told.type
        if self._end is not None or (chunk is None and kind in WORDS):
            return b""  # words are told by chunks alone, and none after the end
        if kind == TEXT:
            self._items.said(told.output_index, told.content_index, chunk)
            return self._passed(told, self._named(told, event.data))
        if kind in FAILURES:
            raise DoubtError
        if kind in BEGINNINGS:
            return self._begin(kind, event.data)
        if kind in ENDS:
            self._end = _object(event.data)
            return b""
        if not self._base and kind.startswith("response."):
            raise DoubtError
        if kind in ITEMS:
            return self._item(kind, event.data, chunk)
        if kind == PART and told.output_index is not None:
            self._items.part(told.output_index, told.content_index)
        data = self._named(told, event.data)
        if self._items.edited and kind.endswith(".done"):
            place = told.output_index, told.content_index
            return self._made(kind, self._items.rewritten(_object(data), place))
        return self._passed(told, data)

    def _named(self, told: _Frame, data: bytes) -> bytes:
        """An event under the place and the id that clients know its item by."""
        if told.output_index is None or told.item_id is None:
            return data
        known, place = self._items.id_of(told.output_index), self._items.place(told.output_index)
        if known == told.item_id and place == told.output_index:
            return data
        return msgspec.json.encode({**_object(data), "item_id": known, "output_index": place})

    def _passed(self, told: _Frame, data: bytes) -> bytes:
        """An event as it came; its number is changed where there are gaps before it."""
        number, self._number = self._number, self._number + 1
        if told.sequence_number != number:
            own = b'"sequence_number":%d' % number
            if len(NUMBER.findall(data)) == 1 and told.sequence_number is not None:
                data = NUMBER.sub(own, data)
            else:
                data = msgspec.json.encode({**_object(data), "sequence_number": number})
        return passed(data, told.type)

    def _made(self, kind: str, told: dict[str, Any]) -> bytes:
        number, self._number = self._number, self._number + 1
        return made({**told, "type": kind, "sequence_number": number}, kind)

    def _begin(self, kind: str, data: bytes) -> bytes:
        told = _object(data)
        response = told.get("response")
        if not is_object(response) or not isinstance(response.get("id"), str):
            raise DoubtError
        if not self._base and kind != "response.created":
            raise DoubtError
        if self._base and response["id"] != self._base["id"]:
            raise DoubtError
        base = {
            "object": "response",
            "created_at": int(time.time()),
            "status": "in_progress",
            **response,
            "model": self._asked.model,
        }
        if base.get("output") != []:
            base["output"] = []
        self._base = self._base or base
        return self._made(kind, {**told, "response": base})

    def _item(self, kind: str, data: bytes, chunk: StreamChunk | None) -> bytes:
        told = _object(data)
        item, index = told.get("item"), told.get("output_index")
        if not is_object(item) or type(index) is not int:
            raise DoubtError
        item = labelled_item(item, self._wire.provider)
        if kind == ITEMS[0]:
            item = self._items.begin(index, item)
        else:
            item = self._items.finish(index, item)
        return self._made(kind, {**told, "output_index": self._items.place(index), "item": item})

    def changed(self, event: Event | None, chunk: StreamChunk) -> bytes:
        if chunk.reasoning or chunk.refusal or any(c.arguments_delta for c in chunk.tool_calls):
            raise DoubtError  # it is told again, in other events, as the upstream has it
        frames = b""
        if event is not None:
            told = _frame(event.data)
            if told.type != TEXT:
                frames = self.event(event, chunk)
            else:
                self._items.said(told.output_index, told.content_index, chunk)
        if not chunk.delta:
            return frames
        place = self._items.edit(chunk)
        return frames + self._made(TEXT, {**place, "delta": chunk.delta, "logprobs": []})

    def end(self, response: CompletionResponse[Any]) -> bytes:
        if self._end is None or not self._base:
            raise DoubtError
        done_of(response, Answer())
        told, kind = self._end, str(self._end["type"])
        kind = "response.completed" if kind == "response.done" else kind
        last = told.get("response")
        last = last if is_object(last) else {}
        frames = b"".join(self._made(*event) for event in self._items.closed(response))
        return frames + self._made(kind, {**told, "response": self._whole(last, kind)})

    def _whole(self, last: dict[str, Any], kind: str) -> dict[str, Any]:
        """The response of the last event, which clients read for everything before it."""
        output = last.get("output")
        items = self._items.output(output if is_array(output) else [])
        provider = self._wire.provider
        return {
            **self._base,
            **last,
            "id": self._base["id"],
            "created_at": self._base["created_at"],
            "model": self._asked.model,
            "status": kind.rpartition(".")[2],
            "output": [labelled_item(item, provider) for item in items],
            "usage": mended_usage(last.get("usage")),
        }

    def fail(self, refusal: Refusal) -> bytes | None:
        if not self._base:
            return None
        error = openai_error(refusal)["error"]
        told = {"code": failure_code(refusal), "message": error["message"]}
        failed = {"status": "failed", "error": told, "output": self._items.output([])}
        return self._made("error", {"error": error}) + self._made(
            "response.failed", {"response": {**self._base, **failed}}
        )

    def whole(self, body: dict[str, Any], response: CompletionResponse[Any]) -> dict[str, Any]:
        output = body.get("output")
        if not isinstance(body.get("id"), str) or body.get("error"):
            raise DoubtError
        if not is_array(output) or not all(map(is_object, output)):
            raise DoubtError
        if body.get("status") not in ("completed", "incomplete"):
            raise DoubtError
        if not isinstance(body.get("created_at"), (int, float)):
            raise DoubtError
        if not all(map(is_readable, output)):
            raise DoubtError
        items = [labelled_item(item, self._wire.provider) for item in output]
        usage = mended_usage(body.get("usage"))
        named = {"object": "response", "model": self._asked.model}
        return {**body, **named, "output": items, "usage": usage}


def is_readable(item: dict[str, Any]) -> bool:
    """Whether an item has what clients read of those that they know."""
    match item.get("type"):
        case "message":
            content = item.get("content")
            known = is_array(content) and isinstance(item.get("id"), str)
            return known and all(is_object(part) for part in content or ())
        case "function_call":
            names = ("id", "call_id", "name", "arguments")
            return all(isinstance(item.get(name), str) for name in names)
        case kind:
            return isinstance(kind, str)


def _object(data: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except (ValueError, RecursionError):
        raise DoubtError from None
