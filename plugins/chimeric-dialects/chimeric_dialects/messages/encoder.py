"""An answer as a message or as its events."""

from __future__ import annotations

import itertools
from typing import Any

from chimeric_dialects.answers import Answer, Block, Done
from chimeric_dialects.ids import make_id
from chimeric_dialects.json_values import dumps
from chimeric_dialects.parts import Citation, File, ServerTool
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.service import Service
from chimeric_dialects.sse import sse

from .arguments import Arguments, input_of
from .errors import anthropic_error
from .server_tools import (
    call_block,
    citation_of,
    input_piece,
    input_tail,
    is_told,
    result_block,
)

__all__ = ["MessagesEncoder"]


_STOP = {
    "stop": "end_turn",
    "stop_sequence": "stop_sequence",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
    "refusal": "refusal",
    "pause": "pause_turn",
}


_PING = b'event: ping\ndata: {"type": "ping"}\n\n'


class MessagesEncoder:
    """One answer as a message or as its events."""

    def __init__(self, prompt: Prompt, answer: Answer, service: Service) -> None:
        self._answer = answer
        self._service = service
        self._visible = prompt.show_thoughts is not False
        self._plain = prompt.plain
        self._pinged = prompt.plain
        self._id = make_id("msg_01", 22)
        self._model = prompt.model
        self._before = b""
        self._arguments: Arguments | None = None
        self._index = -1  # a server tool is two blocks on the wire
        self._stopped = True
        # The service pads its lines with spaces of varying number.
        spaces = (0,) if prompt.plain else (0, 3, 7, 1, 5, 0, 11)
        self._tails = itertools.cycle([b"}" + b" " * n + b"}\n\n" for n in spaces])

    def begin(self) -> bytes:
        message = self._message([], None, None)
        message["usage"] = {**self._usage(), "output_tokens": 1}
        return sse("message_start", {"type": "message_start", "message": message})

    def open(self, block: Block) -> bytes:
        start: dict[str, Any]
        if block.kind == "call":
            start = {"type": "tool_use", "id": block.id, "name": block.name, "input": {}}
            key = "input_json_delta", "partial_json"
            self._arguments = Arguments(block)
        elif block.kind == "thought":
            start = {"type": "thinking", "thinking": "", "signature": ""}
            key = "thinking_delta", "thinking"
        elif block.kind in ("text", "plan", "refusal"):
            start = {"type": "text", "text": ""}
            key = "text_delta", "text"
        elif block.tool is not None and block.kind == "server_tool" and is_told(block.tool):
            if block.tool.caller:
                return self._start(call_block(block, whole=True))
            start = call_block(block, whole=False)
            key = "input_json_delta", "partial_json"
        else:
            return b""
        frame = self._start(start)
        self._set_frame(*key)
        if key[1] == "partial_json":
            frame += self._before + b'""' + next(self._tails)
        if self._pinged:
            return frame
        self._pinged = True
        return frame + _PING

    def _start(self, block: dict[str, Any]) -> bytes:
        self._index += 1
        self._stopped = False
        event = {"type": "content_block_start", "index": self._index, "content_block": block}
        return sse("content_block_start", event)

    def _stop(self) -> bytes:
        if self._stopped:
            return b""
        self._stopped = True
        stop = {"type": "content_block_stop", "index": self._index}
        return sse("content_block_stop", stop)

    def _delta(self, delta: dict[str, Any]) -> bytes:
        event = {"type": "content_block_delta", "index": self._index, "delta": delta}
        return sse("content_block_delta", event)

    def _set_frame(self, kind: str, key: str) -> None:
        """Everything of a delta event but its text, encoded once a block."""
        self._before = self._delta({"type": kind, key: ""}).removesuffix(b'""}}\n\n')

    def piece(self, block: Block, text: str) -> bytes:
        if block.kind == "thought" and not self._visible:
            return b""
        if block.tool is not None:
            if block.kind != "server_tool" or block.tool.caller or not is_told(block.tool):
                return b""
            text = input_piece(block, text)
        if block.kind == "call" and self._arguments is not None:
            text = self._arguments.piece(text)
        return self._before + dumps(text) + next(self._tails)

    def phase(self, block: Block, preview: File | None) -> bytes:
        """The call is whole; while the tool is at work, pings come."""
        if not is_told(block.server_tool):
            return _PING
        return self._call_done(block) or _PING

    def _call_done(self, block: Block) -> bytes:
        if self._stopped:
            return b""
        tail = "" if block.server_tool.caller else input_tail(block)
        rest = self._before + dumps(tail) + next(self._tails) if tail else b""
        return rest + self._stop()

    def cite(self, block: Block, citation: Citation) -> bytes:
        told = citation_of(citation, self._service.signer)
        return b"" if told is None else self._delta({"type": "citations_delta", "citation": told})

    def close(self, block: Block) -> bytes:
        if block.kind in ("file", "approval"):
            return b""
        if block.tool is not None:
            return self._close_tool(block, block.tool)
        frame = b""
        if block.kind == "thought":
            frame = self._delta({"type": "signature_delta", "signature": block.signature})
        elif block.kind == "call":
            frame = self._call_tail()
            self._remember(block)
        return frame + self._stop()

    def _call_tail(self) -> bytes:
        tail = self._arguments.tail() if self._arguments is not None else ""
        return self._before + dumps(tail) + next(self._tails) if tail else b""

    def _close_tool(self, block: Block, tool: ServerTool) -> bytes:
        if not is_told(tool):
            return b""
        frame = self._call_done(block)
        for _ in range(tool.endings if block.whole else 0):
            frame += self._start(result_block(block, self._service.signer)) + self._stop()
        return frame

    def _remember(self, block: Block) -> None:
        thought = next((b for b in self._answer.blocks if b.kind == "thought"), None)
        if thought is not None:
            self._service.remember_thought(block.id, thought.signature)

    def end(self, done: Done) -> bytes:
        delta: dict[str, Any] = {
            "stop_reason": _STOP[done.reason],
            "stop_sequence": done.stop_sequence,
            "stop_details": None,
        }
        usage = self._usage()
        usage.pop("cache_creation")
        if container := self._container():
            delta["container"] = container
        event = {"type": "message_delta", "delta": delta, "usage": usage}
        return sse("message_delta", event) + sse("message_stop", {"type": "message_stop"})

    def fail(self, problem: Problem) -> bytes:
        return sse("error", anthropic_error(problem, make_id("req_011C", 20)))

    def whole(self, done: Done) -> object:
        blocks = [b for b in self._answer.blocks if b.tool is None or not b.tool.caller]
        content = [told for block in blocks for told in self._content(block)]
        return {
            **self._message(content, _STOP[done.reason], done.stop_sequence),
            "container": self._container(),
        }

    def _container(self) -> dict[str, Any] | None:
        """The container in which code ran."""
        ran = [b for b in self._answer.blocks if b.tool and b.tool.kind == "code_execution"]
        if not ran:
            return None
        return {"id": f"container_{ran[0].id[-22:]}", "expires_at": "2026-11-22T12:30:00Z"}

    def _content(self, block: Block) -> list[dict[str, Any]]:
        if block.kind == "thought":
            text = block.text if self._visible else ""
            return [{"type": "thinking", "thinking": text, "signature": block.signature}]
        if block.kind == "call":
            self._remember(block)
            call = {"type": "tool_use", "id": block.id, "name": block.name}
            return [{**call, "input": input_of(block)}]
        if block.kind == "server_tool":
            if not is_told(block.server_tool):
                return []
            result = result_block(block, self._service.signer)
            endings = block.server_tool.endings if block.whole else 0
            within = [b for b in self._answer.blocks if b.tool and b.tool.caller == block.id]
            inner = [told for b in within for told in self._content(b)]
            return [call_block(block, whole=True), *inner, *[result] * endings]
        if block.kind in ("file", "approval"):
            return []
        text_block: dict[str, Any] = {"type": "text", "text": block.text}
        told = [citation_of(c, self._service.signer) for c in block.citations]
        if cited := [citation for citation in told if citation]:
            text_block["citations"] = cited
        return [text_block]

    def _message(
        self, content: list[dict[str, Any]], reason: str | None, sequence: str | None
    ) -> dict[str, Any]:
        return {
            "id": self._id,
            "type": "message",
            "role": "assistant",
            "model": self._model,
            "content": content,
            "stop_reason": reason,
            "stop_sequence": sequence,
            "stop_details": None,
            "usage": self._usage(),
        }

    def _usage(self) -> dict[str, Any]:
        usage = self._answer.usage
        ran = [b.tool.kind for b in self._answer.blocks if b.tool is not None]
        counted = {
            "web_search_requests": ran.count("web_search"),
            "web_fetch_requests": ran.count("web_fetch"),
        }
        return {
            "input_tokens": max(usage.input - usage.cached - usage.cache_write, 0),
            "cache_creation_input_tokens": usage.cache_write,
            "cache_read_input_tokens": usage.cached,
            "cache_creation": {
                "ephemeral_5m_input_tokens": usage.cache_write,
                "ephemeral_1h_input_tokens": 0,
            },
            "output_tokens": usage.output,
            "output_tokens_details": {"thinking_tokens": usage.reasoning},
            **({} if self._plain else {"service_tier": "standard"}),
            **({"server_tool_use": counted} if ran else {}),
        }
