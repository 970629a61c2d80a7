"""What clients of Anthropic's Messages rely on."""

from __future__ import annotations

import json
from typing import Any

from .frames import Notes, events, note_error

__all__ = ["Messages"]

DELTAS = {
    "text_delta": ("text",),
    "citations_delta": ("text",),
    "thinking_delta": ("thinking",),
    "signature_delta": ("thinking",),
    "input_json_delta": ("tool_use", "server_tool_use", "mcp_tool_use"),
}
STOPS = {"end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal"}


class Messages:
    """Reads answers."""

    def refusal(self, heard: Notes, told: Any) -> None:
        if not isinstance(told, dict) or told.get("type") != "error":
            heard.faults.append("an error that is not in Anthropic's form")
            return
        note_error(heard, told.get("error"))

    def stream(self, heard: Notes, raw: bytes) -> None:
        blocks: list[dict[str, Any]] = []
        began = False
        for name, data in events(heard, raw):
            event = json.loads(data)
            kind = event.get("type")
            if name != kind:
                heard.faults.append(f"an event {kind!r} named {name!r}")
            if heard.ended or heard.error is not None:
                heard.faults.append(f"{kind} after the end")
            if kind == "ping":
                continue
            if kind == "error":
                note_error(heard, event.get("error"))
                continue
            if began is (kind == "message_start"):
                heard.faults.append(f"{kind} where the message {'has' if began else 'not'} begun")
            if kind == "message_start":
                began = True
                self._start(heard, event["message"])
            else:
                self._event(heard, kind, event, blocks)
        heard.calls = [
            (b["block"]["id"], b["block"]["name"], b["text"])
            for b in blocks
            if b["block"]["type"] == "tool_use"
        ]
        if heard.ended and any(b["open"] for b in blocks):
            heard.faults.append("a block that does not end")

    def _start(self, heard: Notes, message: dict[str, Any]) -> None:
        wanted: dict[str, Any] = {"type": "message", "role": "assistant", "content": []}
        wanted |= {"stop_reason": None, "stop_sequence": None}
        for name, value in wanted.items():
            if name not in message or message[name] != value:
                heard.faults.append(f"message_start with {name} {message.get(name)!r}")
        if not str(message.get("id")).startswith("msg_"):
            heard.faults.append(f"a message with id {message.get('id')!r}")
        if not {"input_tokens", "output_tokens"} <= set(message.get("usage") or ()):
            heard.faults.append("message_start without usage")
        heard.model, heard.usage = message.get("model"), dict(message.get("usage") or {})

    def _event(
        self, heard: Notes, kind: Any, event: dict[str, Any], blocks: list[dict[str, Any]]
    ) -> None:
        if kind == "message_stop":
            heard.ended = True
            if heard.finish is None:
                heard.faults.append("no stop reason")
        elif kind == "message_delta":
            heard.finish = event["delta"]["stop_reason"]
            if heard.finish not in STOPS:
                heard.faults.append(f"an end with {heard.finish!r}")
            if "stop_sequence" not in event["delta"]:
                heard.faults.append("an end without stop_sequence")
            if not isinstance(event["usage"].get("output_tokens"), int):
                heard.faults.append("an end without output_tokens")
            heard.usage = {**(heard.usage or {}), **event["usage"]}
        elif kind == "content_block_start":
            if event["index"] != len(blocks) or any(b["open"] for b in blocks):
                heard.faults.append(f"block {event['index']} begins after {len(blocks)} blocks")
            if event["content_block"]["type"] == "tool_use" and event["content_block"]["input"]:
                heard.faults.append("a call that begins with input")
            blocks.append(
                {"block": event["content_block"], "text": "", "open": True, "signed": False}
            )
        elif kind not in ("content_block_delta", "content_block_stop"):
            return  # what the protocol may become
        elif event["index"] >= len(blocks) or not blocks[event["index"]]["open"]:
            heard.faults.append(f"{kind} of block {event['index']}, which is not open")
        elif kind == "content_block_stop":
            block = blocks[event["index"]]
            block["open"] = False
            if block["block"]["type"] == "thinking" and not block["signed"]:
                heard.faults.append("thinking without a signature")
        else:
            self._delta(heard, event["delta"], blocks[event["index"]])

    def _delta(self, heard: Notes, delta: dict[str, Any], block: dict[str, Any]) -> None:
        kind = delta["type"]
        if block["block"]["type"] not in DELTAS.get(kind, ()):
            heard.faults.append(f"{kind} in a block of {block['block']['type']}")
        if kind == "text_delta":
            heard.text += delta["text"]
        elif kind == "thinking_delta":
            heard.reasoning += delta["thinking"]
        elif kind == "input_json_delta":
            block["text"] += delta["partial_json"]
        elif kind == "signature_delta":
            block["signed"] = bool(delta["signature"])

    def whole(self, heard: Notes, told: Any) -> None:
        if told["type"] != "message" or told["role"] != "assistant":
            heard.faults.append("no message of the assistant's")
        heard.model, heard.usage = told["model"], told["usage"]
        for block in told["content"]:
            if block["type"] == "text":
                heard.text += block["text"]
            elif block["type"] == "thinking":
                heard.reasoning += block["thinking"]
                if not block.get("signature"):
                    heard.faults.append("thinking without a signature")
            elif block["type"] == "tool_use":
                heard.calls.append((block["id"], block["name"], json.dumps(block["input"])))
        heard.finish, heard.ended = told["stop_reason"], True
        if heard.finish not in STOPS:
            heard.faults.append(f"stop reason {heard.finish!r}")
