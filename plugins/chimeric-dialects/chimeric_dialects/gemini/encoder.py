"""An answer as a GenerateContentResponse or as a stream of them."""

from __future__ import annotations

import json
from typing import Any

from chimeric_dialects.answers import Answer, Block, Done
from chimeric_dialects.ids import make_id
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.service import Service

from .errors import gemini_error

__all__ = ["GeminiEncoder"]


_GROUP = 8
"""Tokens in one frame: this service sends pieces of some tens of characters."""


class GeminiEncoder:
    """One answer as a GenerateContentResponse or as a stream of them."""

    def __init__(self, prompt: Prompt, answer: Answer, service: Service) -> None:
        options = prompt.options
        self._answer = answer
        self._signer = service.signer
        self._model = prompt.model.removeprefix("models/")
        self._visible = bool(prompt.show_thoughts)
        self._signed: bool = options["signed"]
        self._sse: bool = options["sse"]
        self._id = make_id("", 23)
        # Where pieces are counted, each is a frame.
        self._group = _GROUP if options.get("grouped", True) else 1
        self._held: list[str] = []
        self._first = True
        self._signature_given = False

    def _frame(self, parts: list[dict[str, Any]], finish: str | None = None) -> bytes:
        frame = self._response(parts, finish)
        if self._sse:
            text = json.dumps(frame, ensure_ascii=False, separators=(",", ": "))
            return f"data: {text}\r\n\r\n".encode()
        text = json.dumps(frame, ensure_ascii=False, indent=2)
        start = "[" if self._first else "\n,\n"
        self._first = False
        return (start + text + ("\n]\n" if finish else "")).encode()

    def _response(self, parts: list[dict[str, Any]], finish: str | None) -> dict[str, Any]:
        candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
        if finish:
            candidate["finishReason"] = finish
        return {
            "candidates": [candidate],
            "usageMetadata": self._usage(),
            "modelVersion": self._model,
            "responseId": self._id,
        }

    def _usage(self) -> dict[str, Any]:
        usage = self._answer.usage
        found = {"promptTokenCount": usage.input}
        if usage.output > usage.reasoning:
            found["candidatesTokenCount"] = usage.output - usage.reasoning
        found["totalTokenCount"] = usage.total
        details = [{"modality": "TEXT", "tokenCount": usage.input}]
        counted: dict[str, Any] = {**found, "promptTokensDetails": details}
        if usage.reasoning:
            counted["thoughtsTokenCount"] = usage.reasoning
        return counted

    def begin(self) -> bytes:
        return b""

    def open(self, block: Block) -> bytes:
        return b""

    def piece(self, block: Block, text: str) -> bytes:
        if block.kind == "call":
            return b""
        self._held.append(text)
        return self._flush(block) if len(self._held) >= self._group else b""

    def _flush(self, block: Block) -> bytes:
        text = "".join(self._held)
        self._held.clear()
        if not text or (block.kind == "thought" and not self._visible):
            return b""
        return self._frame([_text_part(block, text)])

    def close(self, block: Block) -> bytes:
        if block.kind != "call":
            return self._flush(block)
        return self._frame([self._call_part(block)]) if block.whole else b""

    def _call_part(self, block: Block) -> dict[str, Any]:
        call = {"name": block.name, "args": block.arguments(), "id": block.id}
        part: dict[str, Any] = {"functionCall": call}
        # Only the first call of a step is signed.
        if self._signed and not self._signature_given:
            self._signature_given = True
            part["thoughtSignature"] = self._signer.sign("gemini", block.name)
        return part

    def end(self, done: Done) -> bytes:
        return self._frame([self._last_part()], _finish(done))

    def _last_part(self) -> dict[str, Any]:
        """The empty text that carries the signature of an answer without calls."""
        part: dict[str, Any] = {"text": ""}
        if self._signed and not self._signature_given:
            part["thoughtSignature"] = self._signer.sign("gemini", "text")
        return part

    def fail(self, problem: Problem) -> bytes:
        text = json.dumps(gemini_error(problem), ensure_ascii=False, separators=(",", ": "))
        if self._sse:
            return f"data: {text}\r\n\r\n".encode()
        return (("[" if self._first else "\n,\n") + text + "\n]\n").encode()

    def whole(self, done: Done) -> object:
        parts: list[dict[str, Any]] = []
        for block in self._answer.blocks:
            if block.kind == "call":
                if block.whole:
                    parts.append(self._call_part(block))
            elif block.kind != "thought" or self._visible:
                parts.append(_text_part(block, block.text))
        if self._signed and not self._signature_given and parts:
            parts[-1]["thoughtSignature"] = self._signer.sign("gemini", "text")
        return self._response(parts, _finish(done))


def _finish(done: Done) -> str:
    return "MAX_TOKENS" if done.reason == "length" else "STOP"


def _text_part(block: Block, text: str) -> dict[str, Any]:
    return {"text": text, "thought": True} if block.kind == "thought" else {"text": text}
