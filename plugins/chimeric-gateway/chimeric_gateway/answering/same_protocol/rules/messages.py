"""Events of Messages that pass."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from chimeric_dialects import Answer

from chimeric import CompletionResponse, Event, StreamChunk
from chimeric_gateway.answering.estimates import tokens_of
from chimeric_gateway.answering.same_protocol.wire import Wire
from chimeric_gateway.answering.signatures import UNSIGNED
from chimeric_gateway.answering.telling.endings import done_of
from chimeric_gateway.asked import Asked
from chimeric_gateway.refusal import Refusal
from chimeric_gateway.shapes import is_array, is_object

from .frames import made, passed
from .rules import DoubtError

__all__ = ["MessagesRules"]

STOPS: Final = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "refusal",
    "pause_turn": "pause",
}
"""Reasons of the protocol, and what they are in unified form."""

WORDS: Final = {
    "stop": "end_turn",
    "stop_sequence": "stop_sequence",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
    "refusal": "refusal",
    "pause": "pause_turn",
}

WELL: Final = ("stop", "stop_sequence", "tool_calls")
"""Ends after which clients run the calls that they heard."""

DELTAS: Final = {"text": "text_delta", "thinking": "thinking_delta", "tool": "input_json_delta"}
KEYS: Final = {"text": "text", "thinking": "thinking", "tool": "partial_json"}


BEGINNING: Final[dict[str, Any]] = {
    "type": "message",
    "role": "assistant",
    "content": [],
    "stop_reason": None,
    "stop_sequence": None,
}


class _Kind(msgspec.Struct):
    type: str = ""


class _Frame(msgspec.Struct):
    type: str
    index: int | None = None
    delta: _Kind | None = None
    content_block: _Kind | None = None


_frame = msgspec.json.Decoder(_Frame).decode


class MessagesRules:
    """The beginning first, blocks that are open, thoughts that are signed, one end."""

    def __init__(self, asked: Asked, wire: Wire) -> None:
        self._asked = asked
        self._begun = False
        self._open: dict[int, str] = {}
        self._ours: set[int] = set()
        self._calls = 0
        self._next = 0
        self._over = False
        self._signed: set[int] = set()
        self._last: dict[str, Any] | None = None

    def event(self, event: Event, chunk: StreamChunk | None) -> bytes:
        try:
            told = _frame(event.data)
        except (msgspec.DecodeError, RecursionError):
            raise DoubtError from None
        kind = told.type
        if kind == "content_block_delta":
            return self._delta(told, event.data, chunk)
        if self._over:
            return b""
        if kind == "error":
            raise DoubtError
        if kind == "message_start":
            return self._begin(event.data)
        if kind in ("message_delta", "message_stop"):
            self._keep(kind, event.data)
            return b""
        if not self._begun and kind.startswith("content_block"):
            raise DoubtError
        if kind == "content_block_start":
            return self._opened(told, event.data)
        if kind == "content_block_stop" and told.index is not None:
            return self._closed(told.index, event.data)
        return passed(event.data, kind)

    def _delta(self, told: _Frame, data: bytes, chunk: StreamChunk | None) -> bytes:
        kind = told.delta.type if told.delta is not None else ""
        if told.index not in self._open or told.index in self._ours:
            raise DoubtError
        if chunk is None and kind in ("", *DELTAS.values()):
            return b""  # words are told by chunks alone
        if kind == "signature_delta":
            self._signed.add(told.index)
        return passed(data, "content_block_delta")

    def _begin(self, data: bytes) -> bytes:
        told = _object(data)
        message = told.get("message")
        if self._begun or not is_object(message):
            raise DoubtError
        self._begun = True
        usage = message.get("usage")
        if not is_object(usage) or type(usage.get("input_tokens")) is not int:
            usage = {"input_tokens": tokens_of(self._asked.body), **(usage or {})}
        message = {
            **BEGINNING,
            **message,
            "model": self._asked.model,
            "usage": {"output_tokens": 0, **usage},
        }
        if not isinstance(message.get("id"), str) or message["content"] != []:
            raise DoubtError
        return made({**told, "message": message}, "message_start")

    def _opened(self, told: _Frame, data: bytes) -> bytes:
        block = told.content_block
        if told.index is None or block is None or told.index < self._next:
            raise DoubtError
        if block.type == "tool_use" and not is_object(_object(data)["content_block"].get("input")):
            raise DoubtError
        self._calls += block.type == "tool_use"
        kinds = {"text": "text", "thinking": "thinking", "tool_use": "tool"}
        self._open[told.index] = kinds.get(block.type, "")
        self._next = told.index + 1
        return passed(data, "content_block_start")

    def _closed(self, index: int, data: bytes) -> bytes:
        kind = None if index in self._ours else self._open.pop(index, None)
        if kind is None:
            raise DoubtError
        return self._signature(index, kind) + passed(data, "content_block_stop")

    def _signature(self, index: int, kind: str) -> bytes:
        """What a thought has to end with, where the upstream signs none."""
        if kind != "thinking" or index in self._signed:
            return b""
        delta = {"type": "signature_delta", "signature": UNSIGNED}
        told = {"type": "content_block_delta", "index": index, "delta": delta}
        return made(told, "content_block_delta")

    def _keep(self, kind: str, data: bytes) -> None:
        """Hold the end of the answer until it is known that it is one."""
        if kind == "message_stop":
            self._over = True
            return
        told, before = _object(data), self._last or {}
        for name in ("delta", "usage"):
            value, old = told.get(name), before.get(name)
            if is_object(old):
                told[name] = {**old, **value} if is_object(value) else old
        self._last = told

    def changed(self, event: Event | None, chunk: StreamChunk) -> bytes:
        if event is None:
            return self._words(None, chunk)
        try:
            told = _frame(event.data)
        except (msgspec.DecodeError, RecursionError):
            return self._words(None, chunk)
        frames = b""
        if told.type != "content_block_delta":
            try:
                frames = self.event(event, chunk)
            except DoubtError:
                frames = b""
        return frames + self._words(told.index, chunk)

    def _words(self, index: int | None, chunk: StreamChunk) -> bytes:
        """The words of a chunk in the block where they belong, or in one of ours."""
        if not self._begun:
            raise DoubtError
        frames = b""
        for kind, text in (("text", chunk.delta or chunk.refusal), ("thinking", chunk.reasoning)):
            if text:
                frames += self._word(index, kind, text, {"type": kind, KEYS[kind]: ""})
        for call in chunk.tool_calls:
            nothing: dict[str, Any] = {}
            block = {"type": "tool_use", "id": call.id, "name": call.name, "input": nothing}
            if call.arguments_delta:
                frames += self._word(index, "tool", call.arguments_delta, block)
        return frames

    def _word(self, index: int | None, kind: str, text: str, block: dict[str, Any]) -> bytes:
        place = index
        if place is None or self._open.get(place) != kind:
            place = next((i for i in reversed(self._open) if self._open[i] == kind), None)
        frames = b""
        if place is None:
            frames = self._close()
            place, self._next = self._next, self._next + 1
            self._open[place] = kind
            self._ours.add(place)
            start = {"type": "content_block_start", "index": place, "content_block": block}
            frames += made(start, "content_block_start")
        delta = {"type": DELTAS[kind], KEYS[kind]: text}
        told = {"type": "content_block_delta", "index": place, "delta": delta}
        return frames + made(told, "content_block_delta")

    def _close(self) -> bytes:
        """End whatever is open."""
        frames = b""
        for index, kind in self._open.items():
            frames += self._signature(index, kind)
            frames += made({"type": "content_block_stop", "index": index}, "content_block_stop")
        self._open.clear()
        return frames

    def end(self, response: CompletionResponse[Any]) -> bytes:
        if not self._begun:
            raise DoubtError
        answer = Answer()
        for call in response.tool_calls:
            answer.block("call", id=call.id, whole=True)
        done = done_of(response, answer)
        if self._calls > len(response.tool_calls) and done.reason in WELL:
            raise DoubtError  # one that is told twice, or is none, would be run
        frames = self._close()
        last = self._last or {"type": "message_delta"}
        delta = last.get("delta")
        delta = {"stop_reason": None, "stop_sequence": None, **(delta if is_object(delta) else {})}
        word = delta["stop_reason"]
        if STOPS.get(str(word), "other") != response.finish_reason or not word:
            delta["stop_reason"] = WORDS[done.reason]
        usage = last.get("usage")
        usage = usage if is_object(usage) else {}
        if type(usage.get("output_tokens")) is not int:
            usage = {**usage, "output_tokens": done.usage.output}
        frames += made({**last, "delta": delta, "usage": usage}, "message_delta")
        return frames + made({"type": "message_stop"}, "message_stop")

    def fail(self, refusal: Refusal) -> bytes | None:
        return None

    def whole(self, body: dict[str, Any], response: CompletionResponse[Any]) -> dict[str, Any]:
        content, usage = body.get("content"), body.get("usage")
        if body.get("type") != "message" or body.get("role") != "assistant":
            raise DoubtError
        if not is_array(content) or not all(map(is_object, content)):
            raise DoubtError
        if not is_object(usage) or not isinstance(body.get("id"), str):
            raise DoubtError
        if not all(type(usage.get(k)) is int for k in ("input_tokens", "output_tokens")):
            raise DoubtError
        for block in content:
            if block.get("type") == "thinking" and not block.get("signature"):
                block["signature"] = UNSIGNED
            if block.get("type") == "tool_use" and not is_object(block.get("input")):
                raise DoubtError
        if not body.get("stop_reason"):
            raise DoubtError
        return {"stop_sequence": None, **body, "model": self._asked.model}


def _object(data: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except (ValueError, RecursionError):
        raise DoubtError from None
