"""Chimeric, through its public interface."""

from __future__ import annotations

from typing import Any

from .outcome import Call, Order, Outcome, told
from .tools import functions_noting

__all__ = ["Ours"]


def offered(order: Order, runs: list[str]) -> list[Any]:
    """The tools, free-text ones too."""
    from chimeric import Tool

    tools: list[Any] = list(functions_noting(runs))
    for name in order.custom:

        def free(text: str, name: str = name) -> str:
            runs.append(name)
            return "done"

        native = {"type": "custom", "name": name, "description": "Takes free text."}
        tools.append(Tool(name=name, function=free, native=native))
    return tools


class Ours:
    """``Chimeric.generate``, streamed and whole."""

    def open(self, order: Order) -> None:
        """Make the client."""
        from chimeric import Chimeric, Timeout

        how: dict[str, Any] = {}
        if order.timeout is not None:
            limit = order.timeout
            how["timeout"] = Timeout(read=limit, first=5 * limit, gap=3 * limit)
        if order.provider:
            how["api_keys"] = {order.provider: "sk-x"}
            how["base_urls"] = {order.provider: order.url}
        self.client = Chimeric(**how)

    def play(self, order: Order, seen: Outcome) -> None:
        """Ask, and go on as long as tools run."""
        from chimeric import ChimericError

        seen.reasoning = ""
        seen.runs = [] if order.tools else None
        ask: dict[str, Any] = {
            "model": "m-1",
            "messages": "Hello",
            "provider": order.provider,
            "stream": order.stream,
        }
        if seen.runs is not None:
            ask["tools"] = offered(order, seen.runs)
        if order.api:
            ask["api"] = order.api
        try:
            answer: Any = self.client.generate(**ask)
            if order.stream:
                for chunk in answer:
                    take(chunk, seen)
                answer = answer.response
        except ChimericError as error:
            seen.error = told(error)
            answer = error.partial
        if answer is not None:
            read(answer, order, seen)


def take(chunk: Any, seen: Outcome) -> None:
    """A chunk of the first turn."""
    if chunk.turn:
        return
    seen.text += chunk.delta or ""
    seen.finish = chunk.finish_reason or seen.finish
    for call in chunk.tool_calls:
        if call.status == "completed":
            seen.calls.append(Call(call.name, call.arguments, complete=True, id=call.id))


def read(response: Any, order: Order, seen: Outcome) -> None:
    """The response: reasoning, and all of an answer that was not streamed."""
    seen.reasoning = response.reasoning or ""
    if order.stream:
        return
    seen.text = response.content
    seen.finish = response.finish_reason
    seen.calls = [Call(c.name, c.arguments, complete=True, id=c.id) for c in response.tool_calls]
