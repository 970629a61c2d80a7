"""The ollama SDK."""

from __future__ import annotations

import json
from typing import Any

from .chat import MESSAGES
from .outcome import Call, Order, Outcome
from .tools import TOOLS, function

__all__ = ["Chat"]


class Chat:
    """``Client.chat``, streamed and whole."""

    def open(self, order: Order) -> None:
        """Make the client."""
        import ollama

        self.client = ollama.Client(host=order.url, timeout=order.timeout)

    def play(self, order: Order, seen: Outcome) -> None:
        """Ask once."""
        seen.reasoning = ""
        ask: Any = {"model": "m-1", "messages": MESSAGES, "stream": order.stream}
        if order.tools:
            ask["tools"] = [{"type": "function", "function": function(name)} for name in TOOLS]
        answer: Any = self.client.chat(**ask)
        done = False
        for part in answer if order.stream else [answer]:
            self._take(part, seen)
            done = done or bool(part.done)
        for call in seen.calls:
            call.complete = done and seen.finish == "stop"

    def _take(self, part: Any, seen: Outcome) -> None:
        seen.finish = part.done_reason or seen.finish
        seen.text += part.message.content or ""
        seen.reasoning = (seen.reasoning or "") + (part.message.thinking or "")
        for call in part.message.tool_calls or []:
            arguments = json.dumps(dict(call.function.arguments or {}))
            seen.calls.append(Call(call.function.name, arguments))
