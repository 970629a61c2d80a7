"""An answer as OpenRouter's chat completions word it."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Done
from chimeric_dialects.chat_completions.encoder import ChatEncoder

__all__ = ["OpenRouterEncoder"]


class OpenRouterEncoder(ChatEncoder):
    """OpenRouter: who answered, and in which words it ended.

    Its own SDK and pydantic-ai insist on both (https://openrouter.ai/docs/api-reference/overview).
    """

    def _particulars(self) -> dict[str, Any]:
        return {"provider": "Simulator", "system_fingerprint": "fp_sim0000001"}

    def _choice(self, delta: dict[str, Any], finish: str | None, told: Any) -> dict[str, Any]:
        return {**super()._choice(delta, finish, told), "native_finish_reason": finish}

    def whole(self, done: Done) -> dict[str, Any]:
        answer = super().whole(done)
        for choice in answer["choices"]:
            choice["native_finish_reason"] = choice["finish_reason"]
        return answer
