"""The cohere SDK."""

from __future__ import annotations

from typing import Any

from .chat import MESSAGES
from .outcome import Call, Order, Outcome, Told
from .tools import TOOLS, function

__all__ = ["Chat"]

FAILURES = ("ERROR", "TIMEOUT")
"""Documented reasons of an end that say that it failed, with the error beside them."""


class Chat:
    """``ClientV2.chat_stream`` and ``ClientV2.chat``."""

    def open(self, order: Order) -> None:
        """Make the client."""
        import cohere

        how: Any = {} if order.timeout is None else {"timeout": order.timeout}
        self.client = cohere.ClientV2(api_key="x", base_url=order.url, **how)

    def play(self, order: Order, seen: Outcome) -> None:
        """Ask once."""
        seen.reasoning = ""
        ask: Any = {"model": "m-1", "messages": MESSAGES}
        if order.tools:
            ask["tools"] = [{"type": "function", "function": function(name)} for name in TOOLS]
        if not order.stream:
            self._read(self.client.chat(**ask), seen)
            return
        joined: dict[int, Call] = {}
        for event in self.client.chat_stream(**ask):
            self._take(event, seen, joined)
            seen.calls = list(joined.values())
        for call in seen.calls:
            call.complete = seen.finish == "TOOL_CALL"

    def _read(self, answer: Any, seen: Outcome) -> None:
        seen.finish = answer.finish_reason
        if seen.finish in FAILURES:
            seen.error = Told(seen.finish, ["cohere"], str(answer))
        for part in answer.message.content or []:
            if part.type == "text":
                seen.text += part.text or ""
            elif part.type == "thinking":
                seen.reasoning = (seen.reasoning or "") + (part.thinking or "")
        for call in answer.message.tool_calls or []:
            complete = seen.finish == "TOOL_CALL"
            arguments = call.function.arguments or ""
            seen.calls.append(Call(call.function.name or "", arguments, complete, call.id or ""))

    def _take(self, event: Any, seen: Outcome, joined: dict[int, Call]) -> None:
        if event.type == "content-delta":
            content = event.delta.message.content
            seen.text += content.text or ""
            thought = getattr(content, "thinking", None)
            seen.reasoning = (seen.reasoning or "") + (thought or "")
        elif event.type == "tool-call-start":
            made = event.delta.message.tool_calls
            name, arguments = made.function.name or "", made.function.arguments or ""
            joined[event.index] = Call(name, arguments, id=made.id or "")
        elif event.type == "tool-call-delta":
            piece = event.delta.message.tool_calls.function.arguments
            joined[event.index].arguments += piece or ""
        elif event.type == "message-end":
            seen.finish = event.delta.finish_reason or seen.finish
            if seen.finish in FAILURES:
                seen.error = Told(seen.finish, ["cohere"], str(event))
