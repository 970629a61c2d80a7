"""Anthropic Messages: the protocol's words for an answer."""

from __future__ import annotations

import itertools
from typing import Any

from .answers import Answer, Block, Done, make_id
from .dialect import Desk, Dialect, dumps, json_reply, sse
from .http import Reply, Request
from .messages_rules import read_prompt
from .openai_rules import bearer
from .problems import Problem
from .prompts import Prompt
from .scripts import IdMaker, Script

__all__ = ["Messages"]

_KINDS: dict[str, tuple[int, str]] = {
    "missing_key": (401, "authentication_error"),
    "bad_key": (401, "authentication_error"),
    "permission": (403, "permission_error"),
    "not_found": (404, "not_found_error"),
    "unknown_model": (404, "not_found_error"),
    "bad_request": (400, "invalid_request_error"),
    "malformed": (400, "invalid_request_error"),
    "method": (405, "invalid_request_error"),
    "rate_limit": (429, "rate_limit_error"),
    "server": (500, "api_error"),
    "overloaded": (529, "overloaded_error"),
}
_MESSAGES = {
    "missing_key": "x-api-key header is required",
    "bad_key": "invalid x-api-key",
    "unknown_model": "model: {0}",
    "malformed": "The request body is not valid JSON: {0}",
}
_STOP = {
    "stop": "end_turn",
    "stop_sequence": "stop_sequence",
    "length": "max_tokens",
    "tool_calls": "tool_use",
}
_PING = b'event: ping\ndata: {"type": "ping"}\n\n'


class Messages(Dialect):
    """``POST /v1/messages``."""

    ids = IdMaker("toolu_01", 22)

    def key(self, request: Request) -> str | None:
        return request.headers.get("x-api-key") or bearer(request)

    def headers(self, prompt: Prompt) -> dict[str, str]:
        return anthropic_headers()

    def refuse(self, problem: Problem) -> Reply:
        status = problem.status or _KINDS[problem.kind][0]
        headers = anthropic_headers()
        return json_reply(status, _error(problem, headers["request-id"]), headers)

    def read(self, request: Request, body: dict[str, Any], desk: Desk) -> Prompt:
        version = request.headers.get("anthropic-version")
        if version is None:
            raise Problem("bad_request", "anthropic-version: header is required")
        return read_prompt(body, version, self.behaviour, desk.memory)

    def encoder(self, prompt: Prompt, script: Script, desk: Desk) -> MessagesEncoder:
        return MessagesEncoder(prompt, script, desk)


def anthropic_headers() -> dict[str, str]:
    """Headers of every reply."""
    reset = "2026-11-22T12:00:00Z"
    limits = {"requests": "4000", "tokens": "2400000"}
    headers = {"request-id": make_id("req_011C", 20), "anthropic-organization-id": "sim"}
    for what, limit in limits.items():
        headers[f"anthropic-ratelimit-{what}-limit"] = limit
        headers[f"anthropic-ratelimit-{what}-remaining"] = str(int(limit) - 1)
        headers[f"anthropic-ratelimit-{what}-reset"] = reset
    return headers


def _error(problem: Problem, request_id: str) -> dict[str, Any]:
    message = _MESSAGES.get(problem.kind, "{0}").replace("{0}", problem.message)
    error = {"type": _KINDS[problem.kind][1], "message": message}
    return {"type": "error", "error": error, "request_id": request_id}


class MessagesEncoder:
    """One answer as a message or as its events."""

    def __init__(self, prompt: Prompt, script: Script, desk: Desk) -> None:
        self._answer = script.answer
        self._memory = desk.memory
        self._visible = prompt.options["visible"]
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
            self._memory.remember(block.id, thought.signature)

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
        return sse("error", _error(problem, make_id("req_011C", 20)))

    def whole(self, answer: Answer, done: Done) -> object:
        content = [self._content(block) for block in answer.blocks]
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
