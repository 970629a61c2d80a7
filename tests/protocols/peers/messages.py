"""The anthropic SDK."""

from __future__ import annotations

import json
from typing import Any

from .outcome import Call, Order, Outcome
from .tools import TOOLS, function, functions_noting

__all__ = ["Create", "Helper", "Runner"]

ASK: dict[str, Any] = {
    "model": "m-1",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "Hello"}],
}


def offered(order: Order) -> dict[str, Any]:
    """The tools."""
    if not order.tools:
        return {}
    made = [function(name) for name in TOOLS]
    return {
        "tools": [
            {"name": f["name"], "description": f["description"], "input_schema": f["parameters"]}
            for f in made
        ]
    }


def read_message(message: Any, seen: Outcome) -> None:
    """Calls and reasoning of a whole message, which is the final object of the helpers."""
    seen.finish = message.stop_reason
    thought = ""
    for block in message.content or []:
        if block.type == "tool_use":
            complete = seen.finish == "tool_use"
            seen.calls.append(Call(block.name, json.dumps(block.input), complete, block.id or ""))
        elif block.type == "thinking":
            thought += block.thinking or ""
    seen.reasoning = thought


def text_of(message: Any) -> str:
    """The text of a message."""
    return "".join(block.text or "" for block in message.content or [] if block.type == "text")


def take(event: Any, seen: Outcome, joined: dict[int, Call]) -> None:
    """One raw event."""
    if event.type == "content_block_start":
        block = event.content_block
        if block.type == "text":
            seen.text += block.text or ""
        elif block.type == "tool_use":
            whole = json.dumps(block.input) if block.input else ""
            joined[event.index] = Call(block.name, whole, id=block.id or "")
    elif event.type == "content_block_delta":
        delta = event.delta
        if delta.type == "text_delta":
            seen.text += delta.text
        elif delta.type == "thinking_delta":
            seen.reasoning = (seen.reasoning or "") + delta.thinking
        elif delta.type == "input_json_delta":
            joined[event.index].arguments += delta.partial_json
    elif event.type == "message_delta":
        seen.finish = event.delta.stop_reason or seen.finish


class Create:
    """``messages.create``, streamed and whole."""

    def open(self, order: Order) -> None:
        """Make the client."""
        import anthropic

        how: dict[str, Any] = {} if order.timeout is None else {"timeout": order.timeout}
        self.client = anthropic.Anthropic(api_key="sk-x", base_url=order.url, **how)

    def play(self, order: Order, seen: Outcome) -> None:
        """Ask once."""
        seen.reasoning = ""
        answer: Any = self.client.messages.create(**ASK, stream=order.stream, **offered(order))
        if not order.stream:
            read_message(answer, seen)
            seen.text = text_of(answer)
            return
        joined: dict[int, Call] = {}
        for event in answer:
            take(event, seen, joined)
            seen.calls = list(joined.values())
        for call in seen.calls:
            call.complete = seen.finish == "tool_use"


class Helper(Create):
    """``messages.stream``: text and the final message, as its documentation shows."""

    def play(self, order: Order, seen: Outcome) -> None:
        """Ask once."""
        seen.reasoning = ""
        with self.client.messages.stream(**ASK, **offered(order)) as stream:
            for event in stream:
                if event.type == "text":
                    seen.text += event.text
            final = stream.get_final_message()
        seen.final = text_of(final)
        read_message(final, seen)


class Runner(Create):
    """``beta.messages.tool_runner``, which runs the tools."""

    def play(self, order: Order, seen: Outcome) -> None:
        """Ask, and go on as long as tools run."""
        import anthropic

        seen.reasoning = ""
        seen.runs = []
        tools = [anthropic.beta_tool(run) for run in functions_noting(seen.runs)]
        begin: Any = self.client.beta.messages.tool_runner
        first = True
        for turn in begin(**ASK, tools=tools, stream=order.stream):
            message = self._turn(turn, order, seen)
            if first:
                read_message(message, seen)
            first = False

    def _turn(self, turn: Any, order: Order, seen: Outcome) -> Any:
        if not order.stream:
            seen.text += text_of(turn)
            return turn
        for event in turn:
            if event.type == "text":
                seen.text += event.text
        return turn.get_final_message()
