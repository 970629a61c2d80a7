"""An answer as OpenRouter's chat completions word it."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Answer, Block, Done
from chimeric_dialects.chat_completions.encoder import FINISH, ChatEncoder
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.sse import sse

__all__ = ["OpenRouterEncoder"]

WAITING = b": OPENROUTER PROCESSING\n\n"

FORMATS = (("anthropic/", "anthropic-claude-v1"), ("google/", "google-gemini-v1"))
"""Whose reasoning it is, in ``reasoning_details``; ``unknown`` for all others."""


class OpenRouterEncoder(ChatEncoder):
    """OpenRouter: who answered, in which words it ended, and thoughts in two fields.

    Its own SDK and pydantic-ai insist on the first two; the rest is of recordings: the role in
    every chunk, thoughts as ``reasoning`` and again in ``reasoning_details``, the usage always, and
    in a chunk with a choice that repeats the finish reason.
    """

    def __init__(self, prompt: Prompt, answer: Answer) -> None:
        model = prompt.model
        self._format = next((f for vendor, f in FORMATS if model.startswith(vendor)), "unknown")
        super().__init__(prompt, answer)

    def _particulars(self) -> dict[str, Any]:
        return {"provider": "Simulator", "system_fingerprint": "fp_sim0000001"}

    def _nulls(self) -> bool:
        return False

    def _choice(self, delta: dict[str, Any], finish: str | None, told: Any) -> dict[str, Any]:
        delta = {"role": "assistant", "content": "", **delta}
        return {**super()._choice(delta, finish, told), "native_finish_reason": finish}

    def _first(self, content: str | None, **more: Any) -> bytes:
        if not more:
            return b""  # every chunk has the role
        return self._chunk(more)

    def begin(self) -> bytes:
        return WAITING

    def _thought(self, text: str) -> dict[str, Any]:
        return {"reasoning": text, "reasoning_details": [self._detail(text=text)]}

    def _detail(self, **told: Any) -> dict[str, Any]:
        return {"type": "reasoning.text", **told, "format": self._format, "index": 0}

    def close(self, block: Block) -> bytes:
        if block.kind != "thought" or self._hidden or not block.signature:
            return super().close(block)
        signed = self._detail(signature=block.signature)
        return self._chunk({"reasoning": None, "reasoning_details": [signed]})

    def end(self, done: Done) -> bytes:
        finish = FINISH[done.reason]
        last = self._last(finish) + self._chunk({}, finish, usage=self._counts(done))
        return last + b"data: [DONE]\n\n"

    def fail(self, problem: Problem) -> bytes:
        metadata = {"error_type": "provider_unavailable"}
        error = {"code": 503, "message": problem.message, "metadata": metadata}
        choice = self._choice({}, "error", None)
        return sse(None, {**self._head, "error": error, "choices": [choice]}) + b"data: [DONE]\n\n"

    def whole(self, done: Done) -> dict[str, Any]:
        answer = super().whole(done)
        for choice in answer["choices"]:
            choice["native_finish_reason"] = choice["finish_reason"]
            if "reasoning" in choice["message"]:
                signed = [b.signature for b in self._answer.blocks if b.signature]
                details = choice["message"]["reasoning_details"]
                details[0] |= {"signature": signed[-1]} if signed else {}
        return answer

    def _counts(self, done: Done) -> dict[str, Any]:
        cost = {"cost": done.usage.total / 1_000_000, "is_byok": False}
        return {**super()._counts(done), **cost}
