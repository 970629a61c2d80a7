"""any-llm, with its client object."""

from __future__ import annotations

from typing import Any

from .chat import MESSAGES, close_calls, offered, read_chunks, read_message
from .outcome import Call, Order, Outcome

__all__ = ["Completion"]

PATHS = {"chat": ("openai", "/v1"), "anthropic": ("anthropic", "")}
"""The provider as any-llm names it, and what its base URL ends with."""


class Completion:
    """``AnyLLM.completion``, streamed and whole."""

    def open(self, order: Order) -> None:
        """Make the client."""
        from any_llm import AnyLLM

        name, path = PATHS[order.protocol]
        how: Any = {} if order.timeout is None else {"timeout": order.timeout}
        self.client = AnyLLM.create(name, api_key="x", api_base=order.url + path, **how)

    def play(self, order: Order, seen: Outcome) -> None:
        """Ask once."""
        ask: Any = {"model": "m-1", "messages": MESSAGES, "stream": order.stream, **offered(order)}
        if order.protocol == "anthropic":
            ask["max_tokens"] = 64
        answer: Any = self.client.completion(**ask)
        seen.reasoning = ""
        if not order.stream:
            read_message(answer, seen)
            thought = getattr(answer.choices[0].message, "reasoning", None)
            seen.reasoning = (thought.content or "") if thought else ""
            return
        joined: dict[int, Call] = {}
        for chunk in answer:
            read_chunks([chunk], seen, joined)
            seen.calls = list(joined.values())
            self._think(chunk, seen)
        close_calls(seen, joined)

    def _think(self, chunk: Any, seen: Outcome) -> None:
        thought = getattr(chunk.choices[0].delta, "reasoning", None) if chunk.choices else None
        if thought:
            seen.reasoning = (seen.reasoning or "") + (thought.content or "")
