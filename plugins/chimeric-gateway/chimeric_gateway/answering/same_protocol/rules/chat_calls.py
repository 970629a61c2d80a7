"""Calls in chunks that pass: each announced once, and known by its number after that."""

from __future__ import annotations

from typing import Any

from chimeric_dialects import Answer, Done

from chimeric import CompletionResponse, StreamChunk
from chimeric_gateway.answering.telling.endings import done_of
from chimeric_gateway.shapes import is_array, is_object

from .rules import DoubtError

__all__ = ["CallRules"]


class CallRules:
    """Knows the calls of a stream by their ``index``.

    An upstream that numbers its calls from 1, leaves numbers out, or gives two calls one number is
    not followed: clients join calls by them.
    """

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._trusted = True

    def told(self, calls: Any, chunk: StreamChunk | None) -> list[dict[str, Any]]:
        """The calls of a delta as clients take them.

        Args:
            calls: what the delta has.
            chunk: what the core makes of it.

        Raises:
            DoubtError: where they are numbered so that clients cannot tell them apart; none of this
                stream is told from then on.
        """
        if not calls:
            return []
        known = len(self._ids)
        try:
            if not (self._trusted and is_array(calls)):
                raise DoubtError
            if chunk is not None and chunk.tool_calls:
                if not is_object(calls[0]) or calls[0].get("index") != chunk.tool_calls[0].index:
                    raise DoubtError
            return [self._told(call) for call in calls]
        except DoubtError:
            del self._ids[known:]
            self._trusted = False
            raise

    def _told(self, call: Any) -> dict[str, Any]:
        if not is_object(call):
            raise DoubtError
        index, told = call.get("index"), call.get("id")
        if type(index) is not int or not 0 <= index <= len(self._ids):
            raise DoubtError
        kind = "custom" if is_object(call.get("custom")) else "function"
        inner: dict[str, Any] = {}
        if is_object(given := call.get(kind)):
            inner.update(given)
        text = "input" if kind == "custom" else "arguments"
        if not isinstance(inner.get(text), (str, type(None))):
            raise DoubtError
        if index < len(self._ids):
            if told and told != self._ids[index]:
                raise DoubtError
            inner.pop("name", None)
            return {**{k: v for k, v in call.items() if k not in ("id", "type")}, kind: inner}
        if not isinstance(told, str) or not told or not inner.get("name"):
            raise DoubtError
        self._ids.append(told)
        inner[text] = inner.get(text) or ""
        return {**call, "type": kind, kind: inner}

    def made(self, chunk: StreamChunk) -> dict[str, Any]:
        """A delta of the calls of a chunk, empty where it has none.

        Raises:
            DoubtError: for a call that comes out of its order.
        """
        calls: list[dict[str, Any]] = []
        for call in chunk.tool_calls:
            kind, text = ("custom", "input") if call.kind == "custom" else ("function", "arguments")
            if call.index < len(self._ids):
                if call.arguments_delta:
                    calls.append({"index": call.index, kind: {text: call.arguments_delta}})
                continue
            if call.index > len(self._ids):
                raise DoubtError
            self._ids.append(call.id)
            inner = {"name": call.name, text: call.arguments_delta}
            calls.append({"index": call.index, "id": call.id, "type": kind, kind: inner})
        return {"tool_calls": calls} if calls else {}

    def done(self, response: CompletionResponse[Any]) -> Done:
        """How the answer ended.

        Raises:
            Refusal: 502 where the upstream gave it up.
        """
        answer = Answer()
        for number in range(len(self._ids)):
            answer.block("call", whole=number < len(response.tool_calls))
        return done_of(response, answer)
