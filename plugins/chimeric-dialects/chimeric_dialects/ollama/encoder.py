"""An answer as lines of JSON, or as one object."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chimeric_dialects.answers import Answer, Block, Done
from chimeric_dialects.json_values import dumps
from chimeric_dialects.parts import Citation, File
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt

__all__ = ["OllamaEncoder"]


class OllamaEncoder:
    """One answer as lines of JSON, or as one object."""

    def __init__(self, prompt: Prompt, answer: Answer) -> None:
        self._model = prompt.model
        self._answer = answer

    def _line(self, message: dict[str, Any]) -> dict[str, Any]:
        message = {"role": "assistant", "content": "", **message}
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        return {"model": self._model, "created_at": now, "message": message, "done": False}

    def begin(self) -> bytes:
        return b""

    def open(self, block: Block) -> bytes:
        return b""

    def piece(self, block: Block, text: str) -> bytes:
        if block.kind == "call" or block.tool is not None:
            return b""
        key = "thinking" if block.kind == "thought" else "content"
        return dumps(self._line({key: text})) + b"\n"

    def phase(self, block: Block, preview: File | None) -> bytes:
        return b""

    def cite(self, block: Block, citation: Citation) -> bytes:
        return b""

    def close(self, block: Block) -> bytes:
        if block.kind != "call" or not block.whole:
            return b""
        return dumps(self._line({"tool_calls": [_call(block)]})) + b"\n"

    def end(self, done: Done) -> bytes:
        return dumps({**self._line({}), **_last(done)}) + b"\n"

    def fail(self, problem: Problem) -> bytes:
        return dumps({"error": problem.message}) + b"\n"

    def whole(self, done: Done) -> object:
        blocks = self._answer.blocks
        message: dict[str, Any] = {
            "content": "".join(b.text for b in blocks if b.kind in ("text", "plan"))
        }
        if thought := "".join(b.text for b in blocks if b.kind == "thought"):
            message["thinking"] = thought
        if calls := [_call(b) for b in blocks if b.kind == "call" and b.whole]:
            message["tool_calls"] = calls
        return {**self._line(message), **_last(done)}


def _call(block: Block) -> dict[str, Any]:
    function = {"index": block.order, "name": block.name, "arguments": block.arguments()}
    return {"id": block.id, "function": function}


def _last(done: Done) -> dict[str, Any]:
    usage = done.usage
    return {
        "done": True,
        "done_reason": "length" if done.reason == "length" else "stop",
        "total_duration": 2_000_000 * (usage.output + 10),
        "load_duration": 1_000_000,
        "prompt_eval_count": usage.input,
        "prompt_eval_duration": 100_000 * usage.input,
        "eval_count": usage.output,
        "eval_duration": 2_000_000 * usage.output,
    }
