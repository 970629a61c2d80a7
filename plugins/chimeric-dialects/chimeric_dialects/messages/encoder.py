"""An answer as a message or as its events."""

from __future__ import annotations

import itertools
from typing import Any

from chimeric_dialects.answers import Answer, Block, Done
from chimeric_dialects.ids import make_id
from chimeric_dialects.json_values import dumps
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.service import Service
from chimeric_dialects.sse import sse

from .errors import anthropic_error

__all__ = ["MessagesEncoder"]


_STOP = {
    "stop": "end_turn",
    "stop_sequence": "stop_sequence",
    "length": "max_tokens",
    "tool_calls": "tool_use",
}


_PING = b'event: ping\ndata: {"type": "ping"}\n\n'


class MessagesEncoder:
    """One answer as a message or as its events."""

    def __init__(self, prompt: Prompt, answer: Answer, service: Service) -> None:
        self._answer = answer
        self._service = service
        self._visible = prompt.show_thoughts is not False
        self._pinged = False
        self._id = make_id("msg_01", 22)
        self._model = prompt.model
        self._before = b""
        # The service pads its lines with spaces of varying number.
        self._tails = itertools.cycle([b"}" + b" " * n + b"}\n\n" for n in (0, 3, 7, 1, 5, 0, 11)])

    def begin(self) -> bytes:
        message = self._message([], None, None)
        message["usage"] = {**self._usage(), "output_tokens": 1}
        return sse("message_start", {"type": "message_start", "message": message})

    def open(self, block: Block) -> bytes:
        start: dict[str, Any]
        if block.kind == "call":
            start = {"type": "tool_use", "id": block.id, "name": block.name, "input": {}}
            self._set_frame(block, "input_json_delta", "partial_json")
        elif block.kind == "thought":
            start = {"type": "thinking", "thinking": "", "signature": ""}
            self._set_frame(block, "thinking_delta", "thinking")
        else:
            start = {"type": "text", "text": ""}
            self._set_frame(block, "text_delta", "text")
        event = {"type": "content_block_start", "index": block.index, "content_block": start}
        frame = sse("content_block_start", event)
        if block.kind == "call":
            frame += self._before + b'""' + next(self._tails)
        if self._pinged:
            return frame
        self._pinged = True
        return frame + _PING

    def _set_frame(self, block: Block, kind: str, key: str) -> None:
        """Everything of a delta event but its text, encoded once a block."""
        event = {
            "type": "content_block_delta",
            "index": block.index,
            "delta": {"type": kind, key: ""},
        }
        self._before = sse("content_block_delta", event).removesuffix(b'""}}\n\n')

    def piece(self, block: Block, text: str) -> bytes:
        if block.kind == "thought" and not self._visible:
            return b""
        return self._before + dumps(text) + next(self._tails)

    def close(self, block: Block) -> bytes:
        frame = b""
        if block.kind == "thought":
            delta = {"type": "signature_delta", "signature": block.signature}
            event = {"type": "content_block_delta", "index": block.index, "delta": delta}
            frame = sse("content_block_delta", event)
        elif block.kind == "call":
            self._remember(block)
        stop = {"type": "content_block_stop", "index": block.index}
        return frame + sse("content_block_stop", stop)

    def _remember(self, block: Block) -> None:
        thought = next((b for b in self._answer.blocks if b.kind == "thought"), None)
        if thought is not None:
            self._service.remember_thought(block.id, thought.signature)

    def end(self, done: Done) -> bytes:
        delta = {
            "stop_reason": _STOP[done.reason],
            "stop_sequence": done.stop_sequence,
            "stop_details": None,
        }
        usage = self._usage()
        usage.pop("cache_creation")
        event = {"type": "message_delta", "delta": delta, "usage": usage}
        return sse("message_delta", event) + sse("message_stop", {"type": "message_stop"})

    def fail(self, problem: Problem) -> bytes:
        return sse("error", anthropic_error(problem, make_id("req_011C", 20)))

    def whole(self, done: Done) -> object:
        content = [self._content(block) for block in self._answer.blocks]
        return self._message(content, _STOP[done.reason], done.stop_sequence)

    def _content(self, block: Block) -> dict[str, Any]:
        if block.kind == "thought":
            text = block.text if self._visible else ""
            return {"type": "thinking", "thinking": text, "signature": block.signature}
        if block.kind == "call":
            self._remember(block)
            arguments = block.arguments()
            return {"type": "tool_use", "id": block.id, "name": block.name, "input": arguments}
        return {"type": "text", "text": block.text}

    def _message(
        self, content: list[dict[str, Any]], reason: str | None, sequence: str | None
    ) -> dict[str, Any]:
        return {
            "id": self._id,
            "type": "message",
            "role": "assistant",
            "model": self._model,
            "content": content,
            "stop_reason": reason,
            "stop_sequence": sequence,
            "stop_details": None,
            "usage": self._usage(),
        }

    def _usage(self) -> dict[str, Any]:
        usage = self._answer.usage
        return {
            "input_tokens": usage.input,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "output_tokens": usage.output,
            "output_tokens_details": {"thinking_tokens": usage.reasoning},
            "service_tier": "standard",
        }
