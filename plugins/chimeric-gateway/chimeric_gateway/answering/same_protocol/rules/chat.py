"""Chunks of Chat Completions that pass."""

from __future__ import annotations

import time
from typing import Any, Final

import msgspec

from chimeric import CompletionResponse, Event, StreamChunk
from chimeric_gateway.answering.same_protocol.wire import Wire
from chimeric_gateway.asked import Asked
from chimeric_gateway.refusal import Refusal
from chimeric_gateway.shapes import is_array, is_object

from .chat_calls import CallRules
from .frames import made, passed
from .rules import DoubtError
from .splice import Splice

__all__ = ["ChatRules"]

CHUNK: Final = "chat.completion.chunk"
REASONS: Final = ("stop", "length", "tool_calls", "content_filter")
"""Reasons that clients know."""

REASON_WORDS: Final = {"refusal": "stop", "pause": "stop", "stop_sequence": "stop"} | {
    word: word for word in REASONS
}
SAID: Final = ("content", "reasoning_content", "reasoning", "refusal")
"""Keys of a delta that hold what chunks show."""


class _Text(msgspec.Struct, forbid_unknown_fields=False):
    """A delta of which text alone is looked at; anything else is looked at whole."""

    content: str
    role: msgspec.UnsetType | None = msgspec.UNSET
    tool_calls: msgspec.UnsetType | None = msgspec.UNSET


class _TextChoice(msgspec.Struct):
    index: int
    delta: _Text
    finish_reason: None = None


class _TextChunk(msgspec.Struct):
    id: str
    object: str
    created: int
    choices: tuple[_TextChoice]
    usage: None = None
    error: None = None


_text_chunk = msgspec.json.Decoder(_TextChunk).decode


class ChatRules:
    """One id, the role once, each call announced once, the reason once and last, then the usage."""

    def __init__(self, asked: Asked, wire: Wire) -> None:
        self._asked = asked
        self._splice = Splice(asked.model)
        self._head: dict[str, Any] | None = None
        self._role = self._over = False
        self._calls = CallRules()
        self._counts: dict[str, int] = {}
        self._finish: dict[str, Any] | None = None
        self._usage: dict[str, Any] | None = None

    def event(self, event: Event, chunk: StreamChunk | None) -> bytes:
        data = event.data
        if chunk is None:
            return self._besides(data)
        if self._role and self._finish is None and b"\n" not in data:
            named = self._text(data)
            if named is not None:
                return passed(named)
        return self._frame(self._decoded(data), chunk)

    def _text(self, data: bytes) -> bytes | None:
        """A chunk that is nothing but text, with the client's model; None for any other."""
        try:
            told = _text_chunk(data)
        except (msgspec.DecodeError, RecursionError):
            return None
        head = self._head
        if head is None or told.id != head["id"] or told.created != head["created"]:
            return None
        if told.object != CHUNK or told.choices[0].index != 0 or data.count(b"[{") > 1:
            return None
        return self._splice.named(data)

    def _decoded(self, data: bytes) -> dict[str, Any]:
        try:
            told: dict[str, Any] = msgspec.json.decode(data, type=dict[str, Any])
        except (ValueError, RecursionError):
            raise DoubtError from None
        if told.get("error"):
            raise DoubtError
        if told.get("object") not in (CHUNK, "", None):
            raise DoubtError  # what some services say besides, and no client reads
        return told

    def _frame(self, told: dict[str, Any], of: StreamChunk | None) -> bytes:
        """The frame of a chunk that is more than text."""
        chunk = {**told, **self._identity(told)}
        usage = chunk.pop("usage", None)
        if usage:
            self._usage = {**chunk, "choices": [], "usage": usage}
        choices = [c for c in chunk.get("choices") or () if is_object(c) and is_first(c)]
        if of is not None and (
            is_elsewhere(of, choices[0] if choices else {}) or is_split(chunk.get("choices"))
        ):
            raise DoubtError  # in a choice that clients do not look at
        if not choices:
            known = {*self._identity({}), "choices", "usage"}
            if usage or not any(value for name, value in told.items() if name not in known):
                return b""
            nothing: dict[str, Any] = {}
            choices = [nothing]  # clients take the first for granted
        choice = self._choice(choices[0], of)
        if choices[0].get("finish_reason"):
            self._keep(chunk, choices[0])
        if choice is None:
            return b""
        return made({**chunk, "choices": [choice]})

    def _identity(self, told: dict[str, Any]) -> dict[str, Any]:
        """What all chunks of an answer have in common."""
        if self._head is None:
            created = told.get("created")
            self._head = {
                "id": told.get("id") or "chatcmpl-0",
                "object": CHUNK,
                "created": created if type(created) is int else int(time.time()),
                "model": self._asked.model,
            }
        return self._head

    def _choice(self, told: dict[str, Any], of: StreamChunk | None) -> dict[str, Any] | None:
        """A choice as clients take it; None where it has nothing but an end."""
        delta = told.get("delta")
        delta = dict(delta) if is_object(delta) else {}
        if not isinstance(delta.get("content"), (str, type(None))):
            raise DoubtError
        calls = self._calls.told(delta.pop("tool_calls", None), of)
        if calls:
            delta["tool_calls"] = calls
        for name, listed in delta.items():
            if name != "tool_calls" and is_array(listed):
                delta[name] = self._indexed(name, listed)
        role = delta.pop("role", None)
        says = any(delta.values())
        if told.get("finish_reason") and not says:
            return None
        if not self._role:
            self._role = True
            delta = {"role": role or "assistant", **delta}
            if not (says or "content" in delta):
                delta["content"] = ""
        return {**told, "index": 0, "delta": delta, "finish_reason": None}

    def _indexed(self, name: str, listed: list[Any]) -> list[Any]:
        """Entries of a list with their numbers: clients join lists by them."""
        entries: list[Any] = []
        for entry in listed:
            place = self._counts[name] = self._counts.get(name, -1) + 1
            told = is_object(entry) and "index" not in entry
            entries.append({"index": place, **entry} if told else entry)
        return entries

    def _keep(self, chunk: dict[str, Any], choice: dict[str, Any]) -> None:
        """Hold the end of the answer until it is known that it is one."""
        self._finish = {**chunk, "choices": [{**choice, "index": 0, "delta": {}}]}

    def changed(self, event: Event | None, chunk: StreamChunk) -> bytes:
        try:
            frames = b"" if event is None else self._besides(event.data)
        except DoubtError:
            frames = b""
        delta = self._calls.made(chunk)
        if chunk.delta:
            delta["content"] = chunk.delta
        if chunk.reasoning:
            delta["reasoning_content"] = chunk.reasoning
        if chunk.refusal:
            delta["refusal"] = chunk.refusal
        if not delta:
            return frames
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        return frames + made({**self._identity({}), "choices": [choice]})

    def _besides(self, data: bytes) -> bytes:
        """What an event says besides words, which are told by chunks alone."""
        if self._over or data.strip() in (b"", b"[DONE]"):
            self._over = self._over or bool(data.strip())
            return b""
        told = self._decoded(data)
        for choice in told.get("choices") or ():
            delta = choice.get("delta") if is_object(choice) else None
            if is_object(delta):
                for name in (*SAID, "tool_calls"):
                    delta.pop(name, None)
        return self._frame(told, None)

    def end(self, response: CompletionResponse[Any]) -> bytes:
        head = self._identity({})
        last = self._finish or {**head, "choices": [{"index": 0, "delta": {}}]}
        choice = last["choices"][0]
        choice["finish_reason"] = REASON_WORDS[self._calls.done(response).reason]
        frames = b""
        if not self._role:
            self._role = True
            opened = {"index": 0, "delta": {"role": "assistant", "content": ""}}
            frames = made({**head, "choices": [{**opened, "finish_reason": None}]})
        frames += made(last)
        if self._asked.usage and self._usage is not None:
            frames += made(self._usage)
        elif self._asked.usage and (counts := counts_of(response)) is not None:
            frames += made({**head, "choices": [], "usage": counts})
        return frames + b"data: [DONE]\n\n"

    def fail(self, refusal: Refusal) -> bytes | None:
        return None

    def whole(self, body: dict[str, Any], response: CompletionResponse[Any]) -> dict[str, Any]:
        choices = body.get("choices")
        if body.get("error") or not is_array(choices) or not choices:
            raise DoubtError
        for choice in choices:
            message = choice.get("message") if is_object(choice) else None
            if not is_object(message) or "content" not in message:
                raise DoubtError
            if not isinstance(message["content"], (str, type(None))):
                raise DoubtError
            if not isinstance(choice.get("index"), int) or message.get("role") != "assistant":
                raise DoubtError
            if choice.get("finish_reason") not in REASONS:
                raise DoubtError
            if not all(map(is_whole_call, message.get("tool_calls") or ())):
                raise DoubtError
            if message.get("tool_calls") == []:
                del message["tool_calls"]
        if not isinstance(body.get("id"), str) or not isinstance(body.get("created"), int):
            raise DoubtError
        if response.tool_calls and choices[0]["finish_reason"] == "stop":
            choices[0]["finish_reason"] = "tool_calls"
        return {**body, "object": "chat.completion", "model": self._asked.model}


def is_first(choice: dict[str, Any]) -> bool:
    """Whether a choice is the one that was asked for."""
    return choice.get("index") in (0, None)


def is_split(choices: Any) -> bool:
    """Whether the calls of one answer stand in several choices."""
    if not is_array(choices) or len(choices) < 2:
        return False
    deltas = [choice.get("delta") for choice in choices if is_object(choice)]
    return any(is_object(delta) and delta.get("tool_calls") for delta in deltas)


def is_elsewhere(chunk: StreamChunk, choice: dict[str, Any]) -> bool:
    """Whether what a chunk says stands in no place of the choice that clients read."""
    delta = choice.get("delta")
    delta = delta if is_object(delta) else {}
    if chunk.delta and not delta.get("content") and "audio" not in delta:
        return True
    return (
        bool(chunk.tool_calls) and not choice.get("finish_reason") and not delta.get("tool_calls")
    )


def is_whole_call(call: Any) -> bool:
    """Whether a call in a whole answer has what clients read."""
    if not is_object(call) or not isinstance(call.get("id"), str):
        return False
    kind = call.get("type")
    inner = call.get(kind) if kind in ("function", "custom") else None
    text = None if not is_object(inner) else inner.get("arguments", inner.get("input"))
    return isinstance(text, str)


def counts_of(response: CompletionResponse[Any]) -> dict[str, Any] | None:
    """The usage where no event told it; None where nobody counted."""
    usage = response.usage
    if usage.source == "missing":
        return None
    asked, answered = usage.prompt_tokens or 0, usage.completion_tokens or 0
    counts = {"prompt_tokens": asked, "completion_tokens": answered}
    return {**counts, "total_tokens": asked + answered}
