"""litellm, told not to download its price list; its chunks are joined by its own builder."""

from __future__ import annotations

from typing import Any

from .chat import MESSAGES, close_calls, offered, read_message, spoken
from .outcome import Call, Order, Outcome, text

__all__ = ["Completion"]

ROUTES = {
    "chat": ("openai/m-1", "/v1"),
    "anthropic": ("anthropic/m-1", ""),
    "google": ("gemini/m-1", ""),
}
"""The model as litellm names it, and what its base URL ends with."""


class Completion:
    """``litellm.completion``, streamed and whole."""

    def open(self, order: Order) -> None:
        """Say how the server is reached; there is no client object."""
        import litellm  # noqa: F401

        model, path = ROUTES[order.protocol]
        self.how: dict[str, Any] = {"model": model, "api_base": order.url + path, "api_key": "x"}
        if order.timeout is not None:
            self.how["timeout"] = order.timeout

    def play(self, order: Order, seen: Outcome) -> None:
        """Ask once."""
        import litellm

        ask: Any = {**self.how, "messages": MESSAGES, "stream": order.stream, **offered(order)}
        answer: Any = litellm.completion(**ask)
        if not order.stream:
            read_message(answer, seen)
            seen.reasoning = getattr(answer.choices[0].message, "reasoning_content", None) or ""
            return
        seen.reasoning = ""
        chunks: list[Any] = []
        for chunk in answer:
            chunks.append(chunk)
            self._take(chunk, seen)
        if any(chunk.choices and chunk.choices[0].delta.tool_calls for chunk in chunks):
            self._build(chunks, seen)

    def _build(self, chunks: list[Any], seen: Outcome) -> None:
        """Have the calls joined, which is what the builder is for."""
        import litellm

        built: Any = litellm.stream_chunk_builder(chunks, messages=MESSAGES)
        if built is None or not built.choices:
            return
        message = built.choices[0].message
        seen.final = text(message.content)
        joined = {
            place: Call(call.function.name or "", call.function.arguments or "", id=call.id or "")
            for place, call in enumerate(message.tool_calls or [])
        }
        close_calls(seen, joined)

    def _take(self, chunk: Any, seen: Outcome) -> None:
        if not chunk.choices:
            return
        choice = chunk.choices[0]
        seen.finish = choice.finish_reason or seen.finish
        seen.text += choice.delta.content or ""
        seen.spoken += spoken(choice.delta)
        thought = getattr(choice.delta, "reasoning_content", None)
        seen.reasoning = (seen.reasoning or "") + (thought or "")
