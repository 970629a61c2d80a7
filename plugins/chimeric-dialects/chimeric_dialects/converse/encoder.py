"""An answer as a Converse response or as its events (AWS event stream)."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Answer, Block, Done
from chimeric_dialects.json_values import dumps
from chimeric_dialects.parts import Citation, File
from chimeric_dialects.problems import Problem

from .eventstream import frame
from .server_tools import (
    call_input,
    citation_of,
    encoded,
    result_content,
    start_of,
    tool_name,
)

__all__ = ["ConverseEncoder"]


_STOP = {
    "stop": "end_turn",
    "stop_sequence": "stop_sequence",
    "length": "max_tokens",
    "content_filter": "content_filtered",
    "refusal": "content_filtered",
    "tool_calls": "tool_use",
    "pause": "end_turn",
}


_PADDING = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class ConverseEncoder:
    """One answer as a Converse response or as its events."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._count = 0
        self._index = 0  # a server tool is two blocks on the wire
        self._called: set[int] = set()

    def _event(self, kind: str, payload: dict[str, Any]) -> bytes:
        self._count += 1
        # Every payload carries padding of varying length.
        padded = {**payload, "p": _PADDING[: 1 + self._count * 7 % 60]}
        headers = {
            ":event-type": kind,
            ":content-type": "application/json",
            ":message-type": "event",
        }
        return frame(headers, dumps(padded))

    def begin(self) -> bytes:
        return self._event("messageStart", {"role": "assistant"})

    def open(self, block: Block) -> bytes:
        if block.kind == "server_tool" and (name := tool_name(block.server_tool)):
            call = {"toolUseId": block.id, "name": name, "type": "server_tool_use"}
            return self._start({"toolUse": call})
        if block.kind != "call":
            return b""  # texts and thoughts are not announced
        return self._start({"toolUse": {"toolUseId": block.id, "name": block.name}})

    def _start(self, start: dict[str, Any]) -> bytes:
        payload = {"contentBlockIndex": self._index, "start": start}
        return self._event("contentBlockStart", payload)

    def _delta(self, delta: dict[str, Any]) -> bytes:
        payload = {"contentBlockIndex": self._index, "delta": delta}
        return self._event("contentBlockDelta", payload)

    def _stop(self) -> bytes:
        stop = self._event("contentBlockStop", {"contentBlockIndex": self._index})
        self._index += 1
        return stop

    def piece(self, block: Block, text: str) -> bytes:
        if block.tool is not None:
            return b""
        if block.kind == "call":
            return self._delta({"toolUse": {"input": text}})
        if block.kind == "thought":
            return self._delta({"reasoningContent": {"text": text}})
        return self._delta({"text": text})

    def phase(self, block: Block, preview: File | None) -> bytes:
        """The call, once; then silence."""
        if tool_name(block.server_tool) is None or block.index in self._called:
            return b""
        self._called.add(block.index)
        text = encoded(call_input(block.server_tool))
        half = len(text) // 2
        pieces = [self._delta({"toolUse": {"input": t}}) for t in (text[:half], text[half:])]
        return b"".join(pieces) + self._stop()

    def cite(self, block: Block, citation: Citation) -> bytes:
        told = citation_of(citation)
        return self._delta({"citation": told}) if told else b""

    def close(self, block: Block) -> bytes:
        if block.kind in ("approval", "file"):
            return b""
        if block.kind == "server_tool":
            return self._close_tool(block)
        signed = b""
        if block.kind == "thought":
            signed = self._delta({"reasoningContent": {"signature": block.signature}})
        return signed + self._stop()

    def _close_tool(self, block: Block) -> bytes:
        tool, frames = block.server_tool, self.phase(block, None)
        endings = tool.endings if block.whole else 0
        if tool.kind == "image_generation":
            for file in tool.files * (endings and not tool.error):
                frames += self._start({"image": {"format": "png"}})
                frames += self._delta({"image": {"source": {"bytes": file.base64}}})
                frames += self._stop()
        elif tool_name(tool):
            for _ in range(endings):
                frames += self._start({"toolResult": start_of(block)})
                if content := result_content(tool):
                    frames += self._delta({"toolResult": content})
                frames += self._stop()
        return frames

    def end(self, done: Done) -> bytes:
        metadata = {"usage": _usage(done), "metrics": {"latencyMs": 2 * done.usage.output + 20}}
        stop = self._event("messageStop", {"stopReason": _STOP[done.reason]})
        return stop + self._event("metadata", metadata)

    def fail(self, problem: Problem) -> bytes:
        headers = {
            ":exception-type": "serviceUnavailableException",
            ":content-type": "application/json",
            ":message-type": "exception",
        }
        return frame(headers, dumps({"message": problem.message}))

    def whole(self, done: Done) -> object:
        content = [told for block in self._answer.blocks for told in _content(block)]
        return {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": _STOP[done.reason],
            "usage": _usage(done),
            "metrics": {"latencyMs": 2 * done.usage.output + 20},
        }


def _content(block: Block) -> list[dict[str, Any]]:
    if block.kind == "call":
        call = {"toolUseId": block.id, "name": block.name, "input": block.arguments()}
        return [{"toolUse": call}]
    if block.kind == "thought":
        thought = {"text": block.text, "signature": block.signature}
        return [{"reasoningContent": {"reasoningText": thought}}]
    if block.kind == "server_tool":
        return _tool_content(block)
    if block.kind in ("approval", "file"):
        return []
    told = [citation_of(citation) for citation in block.citations]
    if cited := [citation for citation in told if citation]:
        return [{"citationsContent": {"content": [{"text": block.text}], "citations": cited}}]
    return [{"text": block.text}]


def _tool_content(block: Block) -> list[dict[str, Any]]:
    tool = block.server_tool
    endings = tool.endings if block.whole else 0
    if tool.kind == "image_generation" and not tool.error:
        images = [{"format": "png", "source": {"bytes": file.base64}} for file in tool.files]
        return [{"image": image} for image in images] * endings
    name = tool_name(tool)
    if name is None:
        return []
    call = {"toolUseId": block.id, "name": name, "input": call_input(tool)}
    result = {**start_of(block), "content": result_content(tool)}
    used = {"toolUse": {**call, "type": "server_tool_use"}}
    return [used, *[{"toolResult": result}] * endings]


def _usage(done: Done) -> dict[str, Any]:
    usage = done.usage
    return {
        "inputTokens": usage.input,
        "outputTokens": usage.output,
        "totalTokens": usage.total,
        "cacheReadInputTokens": 0,
        "cacheWriteInputTokens": 0,
    }
