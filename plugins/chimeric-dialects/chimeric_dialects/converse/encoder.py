"""An answer as a Converse response or as its events (AWS event stream)."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Answer, Block, Done
from chimeric_dialects.json_values import dumps
from chimeric_dialects.problems import Problem

from .eventstream import frame

__all__ = ["ConverseEncoder"]


_STOP = {
    "stop": "end_turn",
    "stop_sequence": "stop_sequence",
    "length": "max_tokens",
    "tool_calls": "tool_use",
}


_PADDING = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class ConverseEncoder:
    """One answer as a Converse response or as its events."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._count = 0

    def _event(self, kind: str, payload: dict[str, Any]) -> bytes:
        self._count += 1
        # Every payload carries padding of varying length.
        padded = {**payload, "p": _PADDING[: 1 + self._count * 7 % 60]}
        headers = {
            ":event-type": kind,
            ":content-type": "application/json",
            ":message-type": "event",
        }
        return frame(headers, dumps(padded))

    def begin(self) -> bytes:
        return self._event("messageStart", {"role": "assistant"})

    def open(self, block: Block) -> bytes:
        if block.kind != "call":
            return b""  # only calls are announced
        start = {"toolUse": {"toolUseId": block.id, "name": block.name}}
        payload = {"contentBlockIndex": block.index, "start": start}
        return self._event("contentBlockStart", payload)

    def _delta(self, block: Block, delta: dict[str, Any]) -> bytes:
        payload = {"contentBlockIndex": block.index, "delta": delta}
        return self._event("contentBlockDelta", payload)

    def piece(self, block: Block, text: str) -> bytes:
        if block.kind == "call":
            return self._delta(block, {"toolUse": {"input": text}})
        if block.kind == "thought":
            return self._delta(block, {"reasoningContent": {"text": text}})
        return self._delta(block, {"text": text})

    def close(self, block: Block) -> bytes:
        signed = b""
        if block.kind == "thought":
            signed = self._delta(block, {"reasoningContent": {"signature": block.signature}})
        return signed + self._event("contentBlockStop", {"contentBlockIndex": block.index})

    def end(self, done: Done) -> bytes:
        metadata = {"usage": _usage(done), "metrics": {"latencyMs": 2 * done.usage.output + 20}}
        stop = self._event("messageStop", {"stopReason": _STOP[done.reason]})
        return stop + self._event("metadata", metadata)

    def fail(self, problem: Problem) -> bytes:
        headers = {
            ":exception-type": "serviceUnavailableException",
            ":content-type": "application/json",
            ":message-type": "exception",
        }
        return frame(headers, dumps({"message": problem.message}))

    def whole(self, done: Done) -> object:
        content = [_content(block) for block in self._answer.blocks]
        return {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": _STOP[done.reason],
            "usage": _usage(done),
            "metrics": {"latencyMs": 2 * done.usage.output + 20},
        }


def _content(block: Block) -> dict[str, Any]:
    if block.kind == "call":
        call = {"toolUseId": block.id, "name": block.name, "input": block.arguments()}
        return {"toolUse": call}
    if block.kind == "thought":
        thought = {"text": block.text, "signature": block.signature}
        return {"reasoningContent": {"reasoningText": thought}}
    return {"text": block.text}


def _usage(done: Done) -> dict[str, Any]:
    usage = done.usage
    return {
        "inputTokens": usage.input,
        "outputTokens": usage.output,
        "totalTokens": usage.total,
        "cacheReadInputTokens": 0,
        "cacheWriteInputTokens": 0,
    }
