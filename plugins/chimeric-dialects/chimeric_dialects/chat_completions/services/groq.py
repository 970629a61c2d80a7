"""An answer as Groq's chat completions word it."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Answer, Block, Done
from chimeric_dialects.chat_completions.encoder import FINISH, ChatEncoder, tool_call
from chimeric_dialects.ids import make_id
from chimeric_dialects.openai.errors import openai_error
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.sse import sse

__all__ = ["GroqEncoder"]

TIER = {"service_tier": "on_demand"}
"""What stands at the end of a whole answer and of a stream's usage."""


class GroqEncoder(ChatEncoder):
    """Groq: ``x_groq``, ``reasoning``, whole calls in one chunk, errors as named events."""

    def __init__(self, prompt: Prompt, answer: Answer) -> None:
        super().__init__(prompt, answer)
        self._request_id = make_id("req_01", 24).lower()

    def _particulars(self) -> dict[str, Any]:
        return {"system_fingerprint": "fp_sim0000001"}

    def _first(self, content: str | None, **more: Any) -> bytes:
        if self._role_sent:
            return b""
        self._role_sent = True
        delta = {"role": "assistant", "content": content}
        return self._chunk(delta, x_groq={"id": self._request_id})

    def _thought(self, text: str) -> dict[str, Any]:
        return {"reasoning": text}

    def open(self, block: Block) -> bytes:
        return self._first("" if block.kind in ("text", "thought") else None)

    def piece(self, block: Block, text: str) -> bytes:
        return b"" if block.kind == "call" else super().piece(block, text)

    def _executing(self, tool: dict[str, Any]) -> bytes:
        # The model's own words of the call are shown as its thoughts.
        thought = self._thought(f"<tool>{tool['type']}({tool['arguments']})</tool>\n")
        return self._chunk(thought) + super()._executing(tool)

    def _annotations(self, block: Block) -> list[dict[str, Any]]:
        return []

    def close(self, block: Block) -> bytes:
        if block.kind != "call":
            return super().close(block)
        return self._chunk({"tool_calls": [{**tool_call(block), "index": block.order}]})

    def end(self, done: Done) -> bytes:
        counts = self._counts(done)
        x_groq = {"id": self._request_id, "usage": counts}
        last = self._first("") + self._chunk({}, FINISH[done.reason], x_groq=x_groq)
        if self._usage:
            last += sse(None, {**self._head, "choices": [], "usage": counts, **TIER})
        return last + b"data: [DONE]\n\n"

    def fail(self, problem: Problem) -> bytes:
        error = openai_error(problem)
        error["error"]["status_code"] = 503
        return sse("error", error)

    def whole(self, done: Done) -> dict[str, Any]:
        whole = super().whole(done)
        more = {"usage_breakdown": None, "x_groq": {"id": self._request_id}, **TIER}
        return {**whole, **more}

    def _message_extras(self) -> dict[str, Any]:
        return {}

    def _counts(self, done: Done) -> dict[str, Any]:
        usage = done.usage
        return {
            "queue_time": 0.01,
            "prompt_tokens": usage.input,
            "prompt_time": 0.002,
            "completion_tokens": usage.output,
            "completion_time": usage.output / 500,
            "total_tokens": usage.total,
            "total_time": 0.002 + usage.output / 500,
            "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
        }
