"""An answer as an interaction or as its events."""

from __future__ import annotations

import time
from typing import Any

from chimeric_dialects.answers import Answer, Block, Done
from chimeric_dialects.ids import make_id
from chimeric_dialects.parts import Citation, File
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt, ToolCall, Turn
from chimeric_dialects.service import Service
from chimeric_dialects.sse import sse

from .errors import told
from .history import SIGNED
from .server_tools import call_of, content_of, result_of

__all__ = ["InteractionsEncoder"]


class InteractionsEncoder:
    """One answer as an interaction or as its events."""

    def __init__(self, prompt: Prompt, answer: Answer, service: Service) -> None:
        self._answer = answer
        self._service = service
        self._visible = bool(prompt.show_thoughts)
        self._stored: bool = prompt.options["store"]
        self._conversation: list[Turn] = prompt.options["conversation"]
        whose = "agent" if "agent" in prompt.body else "model"
        self._base: dict[str, Any] = {
            "id": make_id("v1_", 64) if self._stored else "",
            "object": "interaction",
            whose: prompt.model,
        }
        self._index = 0
        self._thought = False
        self._called: set[int] = set()

    # --- events -----------------------------------------------------------------------------

    def _event(self, kind: str, **fields: Any) -> bytes:
        return sse(kind, {**fields, "event_type": kind})

    def _start(self, step: dict[str, Any]) -> bytes:
        return self._event("step.start", index=self._index, step=step)

    def _delta(self, delta: dict[str, Any]) -> bytes:
        return self._event("step.delta", index=self._index, delta=delta)

    def _stop(self) -> bytes:
        self._index += 1
        return self._event("step.stop", index=self._index - 1)

    def begin(self) -> bytes:
        begun = {**self._base, "status": "in_progress"}
        update = {"interaction_id": self._base["id"], "status": "in_progress"}
        created = self._event("interaction.created", interaction=begun)
        return created + self._event("interaction.status_update", **update)

    def open(self, block: Block) -> bytes:
        if block.kind == "thought":
            self._thought = True
            return self._start({"type": "thought"})
        frame = b"" if block.kind == "approval" else self._signature()
        if block.kind in ("text", "plan"):
            return frame + self._start({"type": "model_output"})
        if block.kind == "call":
            named = {"id": block.id, "signature": "", "type": "function_call", "name": block.name}
            return frame + self._start({**named, "arguments": {}})
        call = call_of(block) if block.tool is not None else None
        if block.kind != "server_tool" or call is None:
            return frame
        call.pop("arguments", None)
        return frame + self._start({**call, "signature": ""})

    def _signature(self) -> bytes:
        """The thought that every answer begins with, if only with its signature."""
        if self._thought:
            return b""
        self._thought = True
        return self._start({"type": "thought"}) + self._delta(self._signed()) + self._stop()

    def _signed(self) -> dict[str, Any]:
        return {"signature": self._service.signer.sign(*SIGNED), "type": "thought_signature"}

    def piece(self, block: Block, text: str) -> bytes:
        if block.kind in ("text", "plan"):
            return self._delta({"text": text, "type": "text"})
        if block.kind == "call":
            return self._delta({"arguments": text, "type": "arguments_delta"})
        if block.kind != "thought" or not self._visible:
            return b""
        summary = {"text": text, "type": "text"}
        return self._delta({"content": summary, "type": "thought_summary"})

    def phase(self, block: Block, preview: File | None) -> bytes:
        return self._call(block)

    def _call(self, block: Block) -> bytes:
        """The arguments of a server tool, whole and once."""
        call = call_of(block)
        if call is None or block.index in self._called:
            return b""
        self._called.add(block.index)
        given = {"arguments": call["arguments"]} if "arguments" in call else {}
        frame = self._delta({"type": call["type"], **given}) if given else b""
        return frame + self._stop()

    def cite(self, block: Block, citation: Citation) -> bytes:
        return b""  # all of a text come behind it

    def close(self, block: Block) -> bytes:
        if block.kind == "thought":
            return self._delta(self._signed()) + self._stop()
        if block.kind in ("text", "plan"):
            sources = [_annotation(citation) for citation in block.citations]
            kind = "text_annotation_delta"
            frame = self._delta({"annotations": sources, "type": kind}) if sources else b""
            return frame + self._stop()
        if block.kind == "call":
            return self._stop() if block.whole else b""
        if block.file is not None:
            return self._files(_cut(block.file))
        return self._server_tool(block) if block.kind == "server_tool" else b""

    def _server_tool(self, block: Block) -> bytes:
        tool = block.server_tool
        if tool.kind == "image_generation":
            return b"" if tool.error or not block.whole else self._files(tool.files * tool.endings)
        frame = self._call(block)
        if call_of(block) is None or not block.whole:
            return frame
        for _ in range(tool.endings):
            result = result_of(block)
            rest = {k: result.pop(k) for k in ("result", "is_error")}
            frame += self._start({**result, "signature": ""})
            frame += self._delta({"type": result["type"], **rest}) + self._stop()
        files = [] if tool.error or not tool.endings else tool.files
        return frame + (self._files(files) if files else b"")

    def _files(self, files: list[File]) -> bytes:
        deltas = b"".join(self._delta(content_of(file)) for file in files)
        return self._start({"type": "model_output"}) + deltas + self._stop() if files else b""

    def end(self, done: Done) -> bytes:
        frame = self._signature()
        frame += self._event("interaction.completed", interaction=self._finished(done))
        return frame + b"event: done\ndata: [DONE]\n\n"

    def fail(self, problem: Problem) -> bytes:
        return self._event("error", **told(problem))

    # --- the whole --------------------------------------------------------------------------

    def whole(self, done: Done) -> object:
        steps = [step for block in self._answer.blocks for step in self._steps(block)]
        if not any(step["type"] == "thought" for step in steps):
            steps.insert(0, self._thought_step(None))
        return {**self._finished(done), "steps": steps}

    def _steps(self, block: Block) -> list[dict[str, Any]]:
        """The steps that a block is in a whole answer."""
        if block.kind == "thought":
            return [self._thought_step(block)]
        if block.kind in ("text", "plan"):
            content: dict[str, Any] = {"text": block.text, "type": "text"}
            if block.citations:
                content["annotations"] = [_annotation(c) for c in block.citations]
            return [{"type": "model_output", "content": [content]}]
        if block.kind == "call":
            named = {"id": block.id, "type": "function_call", "name": block.name}
            return [{**named, "arguments": block.arguments()}] if block.whole else []
        if block.file is not None:
            return [{"type": "model_output", "content": [content_of(block.file)]}]
        return self._tool_steps(block) if block.kind == "server_tool" else []

    def _thought_step(self, block: Block | None) -> dict[str, Any]:
        step = {"type": "thought", "signature": self._service.signer.sign(*SIGNED)}
        if block is None or not self._visible:
            return step
        return {**step, "summary": [{"text": block.text, "type": "text"}]}

    @staticmethod
    def _tool_steps(block: Block) -> list[dict[str, Any]]:
        tool, call = block.server_tool, call_of(block)
        steps = [call] if call else []
        if call and block.whole:
            steps += [result_of(block)] * tool.endings
        if tool.files and block.whole and not tool.error:
            contents = [content_of(file) for file in tool.files]
            steps += [{"type": "model_output", "content": contents}] if tool.endings else []
        return steps

    def _finished(self, done: Done) -> dict[str, Any]:
        if self._stored:
            self._service.store_conversation(self._base["id"], [*self._conversation, self._turn()])
        usage, now = done.usage, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        counted = {
            "total_tokens": usage.total,
            "total_input_tokens": usage.input,
            "input_tokens_by_modality": [{"modality": "text", "tokens": usage.input}],
            "total_cached_tokens": 0,
            "total_output_tokens": usage.output - usage.reasoning,
            "total_tool_use_tokens": 0,
            "total_thought_tokens": usage.reasoning,
        }
        times = {"created": now, "updated": now, "service_tier": "standard"}
        return {**self._base, "status": _status(done), "usage": counted, **times}

    def _turn(self) -> Turn:
        """The answer as a turn of the history."""
        blocks = self._answer.blocks
        calls = [ToolCall(b.id, b.name, b.text) for b in blocks if b.kind == "call" and b.whole]
        text = "".join(b.text for b in blocks if b.kind == "text")
        return Turn("assistant", text, tuple(calls))


def _status(done: Done) -> str:
    return {"length": "incomplete", "tool_calls": "requires_action"}.get(done.reason, "completed")


def _annotation(citation: Citation) -> dict[str, Any]:
    place = {"start_index": citation.start, "end_index": citation.end}
    if citation.url:
        return {**place, "url": citation.url, "title": citation.title, "type": "url_citation"}
    named = {"file_name": citation.title, "source": citation.source}
    return {**place, **named, "type": "file_citation"}


def _cut(file: File) -> list[File]:
    """A sound in pieces of a quarter of a second; anything else whole."""
    if not file.media_type.startswith("audio/"):
        return [file]
    pieces = range(0, len(file.data), 12_000)
    return [File(media_type=file.media_type, data=file.data[i : i + 12_000]) for i in pieces]
