"""An answer as a v2 response or as its events."""

from __future__ import annotations

import uuid
from typing import Any

from chimeric_dialects.answers import Answer, Block, Done
from chimeric_dialects.ids import make_id
from chimeric_dialects.json_values import child
from chimeric_dialects.parts import Citation, File, Token
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt, ToolResult
from chimeric_dialects.sse import sse

__all__ = ["CohereEncoder"]


_FINISH = {
    "stop": "COMPLETE",
    "stop_sequence": "STOP_SEQUENCE",
    "length": "MAX_TOKENS",
    "tool_calls": "TOOL_CALL",
    "content_filter": "ERROR_TOXIC",
    "refusal": "COMPLETE",
    "pause": "COMPLETE",
}


class CohereEncoder:
    """One answer as a v2 response or as its events."""

    def __init__(self, prompt: Prompt, answer: Answer) -> None:
        self._answer = answer
        self._id = str(uuid.uuid4())
        mode = child(prompt.body, "citation_options").get("mode")
        self._fast, self._silent = mode == "FAST", mode in ("OFF", "DISABLED")
        self._number = 0
        self._results = [r for turn in prompt.since_user() for r in turn.results]

    @staticmethod
    def _event(
        kind: str, message: dict[str, Any] | None, index: int | None = None, **more: Any
    ) -> bytes:
        event: dict[str, Any] = {"type": kind, **more}
        if index is not None:
            event["index"] = index
        if message is not None:
            event["delta"] = {"message": message}
        return sse(kind, event)

    def begin(self) -> bytes:
        message: dict[str, Any] = {"role": "assistant", "content": [], "tool_plan": ""}
        message |= {"tool_calls": [], "citations": []}
        start = {"id": self._id, "type": "message-start", "delta": {"message": message}}
        return sse("message-start", start)

    def _index(self, block: Block) -> int:
        """Thoughts and texts are counted together, calls by themselves."""
        if block.kind == "call":
            return block.order
        return sum(b.kind in ("text", "thought") for b in self._answer.blocks[: block.index])

    def open(self, block: Block) -> bytes:
        if block.kind not in ("call", "thought", "text"):
            return b""
        index = self._index(block)
        if block.kind == "call":
            function = {"name": block.name, "arguments": ""}
            call = {"id": block.id, "type": "function", "function": function}
            return self._event("tool-call-start", {"tool_calls": call}, index)
        content = {"type": "thinking", "thinking": ""}
        if block.kind == "text":
            content = {"type": "text", "text": ""}
        return self._event("content-start", {"content": content}, index)

    def piece(self, block: Block, text: str) -> bytes:
        if block.kind == "plan":
            return self._event("tool-plan-delta", {"tool_plan": text})
        if block.kind in ("server_tool", "approval", "file"):
            return b""
        index = self._index(block)
        if block.kind == "call":
            # A tool without arguments gets no delta at all.
            if text == "{}":
                return b""
            call = {"function": {"arguments": text}}
            return self._event("tool-call-delta", {"tool_calls": call}, index)
        key = "thinking" if block.kind == "thought" else "text"
        more = {"logprobs": _logprobs(block.tokens[-1])} if block.tokens else {}
        return self._event("content-delta", {"content": {key: text}}, index, **more)

    def phase(self, block: Block, preview: File | None) -> bytes:
        return b""

    def cite(self, block: Block, citation: Citation) -> bytes:
        if not self._fast or self._silent:
            return b""  # they come at the end of the text
        return self._cite(_cited(citation, block, self._index(block)))

    def _cite(self, citation: dict[str, Any]) -> bytes:
        number = self._number
        self._number += 1
        start = self._event("citation-start", {"citations": citation}, number)
        return start + self._event("citation-end", None, number)

    def close(self, block: Block) -> bytes:
        if block.kind not in ("call", "thought", "text"):
            return b""
        index = self._index(block)
        if block.kind == "call":
            return self._event("tool-call-end", None, index)
        known = self._citations(block)
        if self._fast:
            known = known[len(block.citations) :]
        frame = b"".join(self._cite(citation) for citation in known)
        return frame + self._event("content-end", None, index)

    def _citations(self, block: Block) -> list[dict[str, Any]]:
        """Where the text quotes tool results."""
        if block.kind != "text" or self._silent:
            return []
        text = block.text
        place = self._index(block)
        cited = [_cited(citation, block, place) for citation in block.citations]
        found = [(text.find(result.text), result) for result in self._results if result.text]
        return cited + [_citation(start, result) for start, result in found if start >= 0]

    def end(self, done: Done) -> bytes:
        delta = {"finish_reason": _FINISH[done.reason], "usage": _usage(done)}
        return sse("message-end", {"type": "message-end", "delta": delta}) + b"data: [DONE]\n\n"

    def fail(self, problem: Problem) -> bytes:
        usage = {"tokens": {"input_tokens": self._answer.usage.input, "output_tokens": 0}}
        delta = {"error": problem.message, "finish_reason": "ERROR", "usage": usage}
        return sse("message-end", {"type": "message-end", "delta": delta}) + b"data: [DONE]\n\n"

    def whole(self, done: Done) -> object:
        message: dict[str, Any] = {"role": "assistant"}
        content: list[dict[str, Any]] = []
        for block in self._answer.blocks:
            if block.kind == "plan":
                message["tool_plan"] = block.text
            elif block.kind == "thought":
                content.append({"type": "thinking", "thinking": block.text})
            elif block.kind == "text":
                content.append({"type": "text", "text": block.text})
                if citations := self._citations(block):
                    message.setdefault("citations", []).extend(citations)
        calls = [_call(b) for b in self._answer.blocks if b.kind == "call"]
        if calls:
            message["tool_calls"] = calls
        if content:
            message["content"] = content
        finish = _FINISH[done.reason]
        tokens = [_logprobs(t) for block in self._answer.blocks for t in block.tokens]
        more = {"logprobs": tokens} if tokens else {}
        whole = {"id": self._id, "message": message, "finish_reason": finish}
        return {**whole, "usage": _usage(done), **more}


def _call(block: Block) -> dict[str, Any]:
    function = {"name": block.name, "arguments": block.text}
    return {"id": block.id, "type": "function", "function": function}


def _citation(start: int, result: ToolResult) -> dict[str, Any]:
    source_id = result.id or make_id("tool_", 12)
    source = {"type": "tool", "id": f"{source_id}:0", "tool_output": {"content": result.text}}
    return {
        "start": start,
        "end": start + len(result.text),
        "text": result.text,
        "sources": [source],
        "type": "TEXT_CONTENT",
    }


def _cited(citation: Citation, block: Block, place: int) -> dict[str, Any]:
    document = {"id": citation.source, "title": citation.title, "snippet": citation.text}
    if citation.url:
        document["url"] = citation.url
    return {
        "start": citation.start,
        "end": citation.end,
        "text": block.text[citation.start : citation.end],
        "sources": [{"type": "document", "id": citation.source, "document": document}],
        "type": "TEXT_CONTENT",
        "content_index": place,
    }


def _logprobs(token: Token) -> dict[str, Any]:
    number = sum(token.text.encode()) % 100_000
    return {"text": token.text, "token_ids": [number], "logprobs": [token.logprob]}


def _usage(done: Done) -> dict[str, Any]:
    usage = done.usage
    # The bill leaves out the service's own preamble.
    billed = {"input_tokens": usage.input, "output_tokens": usage.output}
    tokens = {"input_tokens": usage.input + 480, "output_tokens": usage.output + 3}
    return {"billed_units": billed, "tokens": tokens, "cached_tokens": 0}
