"""How each protocol says the same few things, for streams made by hand."""

from __future__ import annotations

import abc
import json
from collections.abc import Sequence
from typing import Any

from chimeric_testing import Script
from chimeric_testing.script import Payload

DELTAS = ("Hello", ", w", "örld", " 🌍", " one", " two", " three.")
TEXT = "".join(DELTAS)
KEPT = "".join(DELTAS[:3])
KEY = "sk-faults-0123456789abcdef"


def dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


class Dialect(abc.ABC):
    """What a protocol's stream is made of. ``cut`` counts from the events before the text."""

    name = ""
    provider = ""
    options: dict[str, Any] = {}
    framing: Any = "sse"
    closes_calls = False
    """Whether the protocol says of each call that it is complete."""

    def opening(self) -> list[Payload]:
        return []

    @abc.abstractmethod
    def say(self, text: Any) -> Payload: ...

    @abc.abstractmethod
    def finish(self, reason: str = "stop") -> list[Payload]: ...

    def terminal(self) -> list[Payload]:
        return []

    @abc.abstractmethod
    def error(self) -> Payload: ...

    def raw(self, data: bytes) -> Payload:
        """Arbitrary data in an event as this protocol names them."""
        return data

    @abc.abstractmethod
    def calls(self, calls: Sequence[tuple[str, str, Sequence[str]]]) -> list[Payload]:
        """Tool calls ``(id, name, fragments of arguments)``, one after the other."""

    def script(self, *middle: Payload, deltas: Sequence[str] = DELTAS) -> Script:
        """The good answer, with further events after the third delta."""
        said = [self.say(text) for text in deltas]
        opening = self.opening()
        payloads = [*opening, *said[:3], *middle, *said[3:], *self.finish(), *self.terminal()]
        return Script(payloads=tuple(payloads), cut=len(opening) + 3, framing=self.framing)

    def made_of(self, *payloads: Payload) -> Script:
        opening = self.opening()
        return Script(payloads=(*opening, *payloads), cut=len(opening), framing=self.framing)


class Chat(Dialect):
    name, provider = "chat", "openai"
    options = {"api": "chat_completions"}
    reasons = {"stop": "stop", "length": "length", "tools": "tool_calls", "future": "reticulated"}

    def chunk(self, delta: Any, reason: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return dump(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion.chunk",
                "created": 1,
                "model": "m-1",
                "choices": [choice],
                **more,
            }
        )

    def opening(self) -> list[Payload]:
        return [self.chunk({"role": "assistant", "content": ""})]

    def say(self, text: Any) -> Payload:
        return self.chunk({"content": text})

    def finish(self, reason: str = "stop") -> list[Payload]:
        usage = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
        return [
            self.chunk({}, self.reasons[reason]),
            dump({"id": "chatcmpl-1", "model": "m-1", "choices": [], "usage": usage}),
        ]

    def terminal(self) -> list[Payload]:
        return [b"[DONE]"]

    def error(self) -> Payload:
        return dump({"error": {"message": "told by the server", "type": "server_error"}})

    def calls(self, calls: Sequence[tuple[str, str, Sequence[str]]]) -> list[Payload]:
        out: list[Payload] = []
        for place, (identity, name, fragments) in enumerate(calls):
            function = {"name": name, "arguments": ""}
            first = {"index": place, "id": identity, "type": "function", "function": function}
            out.append(self.chunk({"tool_calls": [first]}))
            out += [self.fragment(place, text) for text in fragments]
        return out

    def fragment(self, place: int, text: str) -> Payload:
        return self.chunk({"tool_calls": [{"index": place, "function": {"arguments": text}}]})


class Responses(Dialect):
    name, provider = "responses", "openai"
    options = {"api": "responses"}
    closes_calls = True

    def event(self, kind: str, **fields: Any) -> Payload:
        return kind, dump({"type": kind, "sequence_number": 1, **fields})

    def raw(self, data: bytes) -> Payload:
        return "response.output_text.delta", data

    def opening(self) -> list[Payload]:
        response = {"id": "resp_1", "model": "m-1", "status": "in_progress", "output": []}
        item = {"id": "msg_1", "type": "message", "role": "assistant", "content": []}
        return [
            self.event("response.created", response=response),
            self.event("response.output_item.added", output_index=0, item=item),
        ]

    def say(self, text: Any) -> Payload:
        return self.event(
            "response.output_text.delta",
            output_index=0,
            content_index=0,
            item_id="msg_1",
            delta=text,
        )

    def finish(self, reason: str = "stop") -> list[Payload]:
        status = {"stop": "completed", "tools": "completed"}.get(reason, "incomplete")
        details = {"length": "max_output_tokens", "future": "reticulated"}
        response: dict[str, Any] = {
            "id": "resp_1",
            "model": "m-1",
            "status": status,
            "incomplete_details": {"reason": details[reason]} if status == "incomplete" else None,
            "output": [],
            "usage": {"input_tokens": 5, "output_tokens": 7, "total_tokens": 12},
        }
        return [self.event(f"response.{status}", response=response)]

    def error(self) -> Payload:
        return self.event("error", message="told by the server", code="server_error")

    def calls(self, calls: Sequence[tuple[str, str, Sequence[str]]]) -> list[Payload]:
        out: list[Payload] = []
        for place, (identity, name, fragments) in enumerate(calls):
            item = {"id": f"fc_{place}", "type": "function_call", "call_id": identity, "name": name}
            opened = {**item, "arguments": "", "status": "in_progress"}
            out.append(self.event("response.output_item.added", output_index=place, item=opened))
            out += [self.fragment(place, text) for text in fragments]
            closed = {**item, "arguments": "".join(fragments), "status": "completed"}
            out.append(self.event("response.output_item.done", output_index=place, item=closed))
        return out

    def fragment(self, place: int, text: str) -> Payload:
        return self.event(
            "response.function_call_arguments.delta",
            output_index=place,
            item_id=f"fc_{place}",
            delta=text,
        )


class Anthropic(Dialect):
    name, provider = "anthropic", "anthropic"
    closes_calls = True
    reasons = {
        "stop": "end_turn",
        "length": "max_tokens",
        "tools": "tool_use",
        "future": "reticulated",
    }

    def event(self, kind: str, **fields: Any) -> Payload:
        return kind, dump({"type": kind, **fields})

    def raw(self, data: bytes) -> Payload:
        return "content_block_delta", data

    def opening(self) -> list[Payload]:
        message = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "m-1",
            "content": [],
            "usage": {"input_tokens": 5, "output_tokens": 1},
        }
        return [
            self.event("message_start", message=message),
            self.event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
            self.event("ping"),
        ]

    def say(self, text: Any) -> Payload:
        delta = {"type": "text_delta", "text": text}
        return self.event("content_block_delta", index=0, delta=delta)

    def finish(self, reason: str = "stop") -> list[Payload]:
        delta = {"stop_reason": self.reasons[reason], "stop_sequence": None}
        return [
            self.event("content_block_stop", index=0),
            self.event("message_delta", delta=delta, usage={"output_tokens": 7}),
        ]

    def terminal(self) -> list[Payload]:
        return [self.event("message_stop")]

    def error(self) -> Payload:
        told = {"type": "overloaded_error", "message": "told by the server"}
        return self.event("error", error=told)

    def calls(self, calls: Sequence[tuple[str, str, Sequence[str]]]) -> list[Payload]:
        out: list[Payload] = []
        for place, (identity, name, fragments) in enumerate(calls, 1):
            block = {"type": "tool_use", "id": identity, "name": name, "input": {}}
            out.append(self.event("content_block_start", index=place, content_block=block))
            out += [self.fragment(place - 1, text) for text in fragments]
            out.append(self.event("content_block_stop", index=place))
        return out

    def fragment(self, place: int, text: str) -> Payload:
        delta = {"type": "input_json_delta", "partial_json": text}
        return self.event("content_block_delta", index=place + 1, delta=delta)


class Google(Dialect):
    name, provider = "google", "google"
    reasons = {"stop": "STOP", "length": "MAX_TOKENS", "tools": "STOP", "future": "RETICULATED"}

    def chunk(self, parts: Any, reason: str | None = None, **more: Any) -> bytes:
        candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}, "index": 0}
        if reason:
            candidate["finishReason"] = reason
        return dump({"candidates": [candidate], "modelVersion": "m-1", "responseId": "r-1", **more})

    def say(self, text: Any) -> Payload:
        return self.chunk([{"text": text}])

    def finish(self, reason: str = "stop") -> list[Payload]:
        usage = {"promptTokenCount": 5, "candidatesTokenCount": 7, "totalTokenCount": 12}
        return [self.chunk([{"text": ""}], self.reasons[reason], usageMetadata=usage)]

    def error(self) -> Payload:
        return dump(
            {"error": {"code": 503, "message": "told by the server", "status": "UNAVAILABLE"}}
        )

    def calls(self, calls: Sequence[tuple[str, str, Sequence[str]]]) -> list[Payload]:
        return [
            self.chunk(
                [{"functionCall": {"id": i, "name": n, "args": json.loads("".join(f) or "{}")}}]
            )
            for i, n, f in calls
        ]


class Ollama(Dialect):
    name, provider = "ollama", "ollama"
    framing: Any = "ndjson"

    def line(self, message: Any, **more: Any) -> bytes:
        return dump({"model": "m-1", "created_at": "t", "message": message, "done": False, **more})

    def say(self, text: Any) -> Payload:
        return self.line({"role": "assistant", "content": text})

    def finish(self, reason: str = "stop") -> list[Payload]:
        words = {"stop": "stop", "tools": "stop", "length": "length", "future": "reticulated"}
        return [
            self.line(
                {"role": "assistant", "content": ""},
                done=True,
                done_reason=words[reason],
                prompt_eval_count=5,
                eval_count=7,
            )
        ]

    def error(self) -> Payload:
        return dump({"error": "told by the server"})

    def calls(self, calls: Sequence[tuple[str, str, Sequence[str]]]) -> list[Payload]:
        return [
            self.line(
                {
                    "role": "assistant",
                    "content": "",
                    "tool_calls": [
                        {
                            "id": i,
                            "function": {"name": n, "arguments": json.loads("".join(f) or "{}")},
                        }
                    ],
                }
            )
            for i, n, f in calls
        ]


DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect for dialect in (Chat(), Responses(), Anthropic(), Google(), Ollama())
}
