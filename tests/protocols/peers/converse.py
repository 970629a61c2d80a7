"""boto3, Bedrock's Converse."""

from __future__ import annotations

import json
from typing import Any

from .outcome import Call, Order, Outcome
from .tools import TOOLS, function

__all__ = ["Converse"]


def offered(order: Order) -> dict[str, Any]:
    """The tools."""
    if not order.tools:
        return {}
    tools = []
    for name in TOOLS:
        made = function(name)
        schema = {"json": made["parameters"]}
        spec = {"name": name, "description": made["description"], "inputSchema": schema}
        tools.append({"toolSpec": spec})
    return {"toolConfig": {"tools": tools}}


class Converse:
    """``converse_stream`` and ``converse``."""

    def open(self, order: Order) -> None:
        """Make the client."""
        import boto3

        self.client = boto3.client(
            "bedrock-runtime",
            region_name="us-east-1",
            endpoint_url=order.url,
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )

    def play(self, order: Order, seen: Outcome) -> None:
        """Ask once."""
        seen.reasoning = ""
        ask: Any = {
            "modelId": "m-1",
            "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
            **offered(order),
        }
        if not order.stream:
            self._read(self.client.converse(**ask), seen)
            return
        joined: dict[int, Call] = {}
        for event in self.client.converse_stream(**ask)["stream"]:
            self._take(event, seen, joined)
            seen.calls = list(joined.values())
        for call in seen.calls:
            call.complete = seen.finish == "tool_use"

    def _read(self, answer: Any, seen: Outcome) -> None:
        seen.finish = answer.get("stopReason")
        for block in answer["output"]["message"]["content"]:
            seen.text += block.get("text", "")
            thought = block.get("reasoningContent", {}).get("reasoningText", {})
            seen.reasoning = (seen.reasoning or "") + thought.get("text", "")
            if "toolUse" in block:
                made = block["toolUse"]
                complete = seen.finish == "tool_use"
                arguments = json.dumps(made.get("input", {}))
                seen.calls.append(Call(made["name"], arguments, complete, made["toolUseId"]))

    def _take(self, event: Any, seen: Outcome, joined: dict[int, Call]) -> None:
        if "contentBlockStart" in event:
            made = event["contentBlockStart"]["start"].get("toolUse")
            if made:
                place = event["contentBlockStart"]["contentBlockIndex"]
                joined[place] = Call(made["name"], "", id=made["toolUseId"])
        elif "contentBlockDelta" in event:
            delta = event["contentBlockDelta"]["delta"]
            seen.text += delta.get("text", "")
            thought = delta.get("reasoningContent", {}).get("text", "")
            seen.reasoning = (seen.reasoning or "") + thought
            if "toolUse" in delta:
                place = event["contentBlockDelta"]["contentBlockIndex"]
                joined[place].arguments += delta["toolUse"]["input"]
        elif "messageStop" in event:
            seen.finish = event["messageStop"].get("stopReason")
