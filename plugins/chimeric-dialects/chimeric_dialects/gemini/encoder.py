"""An answer as a GenerateContentResponse or as a stream of them."""

from __future__ import annotations

import json
from typing import Any

from chimeric_dialects.answers import Answer, Block, Done
from chimeric_dialects.ids import make_id
from chimeric_dialects.parts import Citation, File, Token
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.service import Service

from .errors import gemini_error
from .grounding import grounding, logprobs_result, url_context
from .server_tools import call_part, media_part, result_parts

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
        self._told: bool = options["server_parts"]
        self._tokens: list[Token] = []
        self._called: set[int] = set()
        self._fetched: dict[str, Any] = {}
        self._searched = False

    def _frame(self, parts: list[dict[str, Any]], finish: str | None = None, **more: Any) -> bytes:
        if self._fetched:
            more["urlContextMetadata"], self._fetched = self._fetched, {}
        if self._searched and not finish:
            more["groundingMetadata"] = {}  # the real ones come with the last frame
        frame = self._response(parts, finish, **more)
        if self._sse:
            text = json.dumps(frame, ensure_ascii=False, separators=(",", ": "))
            return f"data: {text}\r\n\r\n".encode()
        text = json.dumps(frame, ensure_ascii=False, indent=2)
        start = "[" if self._first else "\n,\n"
        self._first = False
        return (start + text + ("\n]\n" if finish else "")).encode()

    def _response(
        self, parts: list[dict[str, Any]], finish: str | None, **more: Any
    ) -> dict[str, Any]:
        candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
        if finish:
            candidate["finishReason"] = finish
        candidate |= more
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
        if block.kind not in ("text", "thought", "plan"):
            return b""
        self._held.append(text)
        self._tokens += block.tokens[-1:]
        return self._flush(block) if len(self._held) >= self._group else b""

    def _flush(self, block: Block) -> bytes:
        text = "".join(self._held)
        self._held.clear()
        if not text or (block.kind == "thought" and not self._visible):
            return b""
        tokens, self._tokens = self._tokens, []
        parts = [_text_part(block, text)]
        if tokens:
            return self._frame(parts, logprobsResult=logprobs_result(tokens))
        return self._frame(parts)

    def phase(self, block: Block, preview: File | None) -> bytes:
        if preview is not None:
            return self._frame([media_part(preview, draft=True)]) if self._visible else b""
        return self._call(block)

    def _call(self, block: Block) -> bytes:
        """The part of a server tool's call, once."""
        part = call_part(block, told=self._told, with_id=self._signed)
        if part is None or block.index in self._called:
            return b""
        self._called.add(block.index)
        return self._frame([self._sign(part)])

    def _sign(self, part: dict[str, Any]) -> dict[str, Any]:
        if self._signed:
            part["thoughtSignature"] = self._signer.sign("gemini", "text")
        return part

    def cite(self, block: Block, citation: Citation) -> bytes:
        return b""  # all of them come at the end of the answer

    def _result(self, block: Block) -> list[dict[str, Any]]:
        endings = block.server_tool.endings if block.whole else 0
        return result_parts(block, told=self._told, with_id=self._signed) * endings

    def _places(self) -> list[tuple[int, str, Block]]:
        """The blocks, each with its part's place and the text before it in that part."""
        places: list[tuple[int, str, Block]] = []
        parts: list[dict[str, Any]] = []
        for block in self._answer.blocks:
            told = self._parts(block, sign=False)
            joined = bool(told) and _join(parts, told[0])
            before = parts[-1]["text"].removesuffix(block.text) if joined else ""
            places.append((len(parts) - joined, before, block))
            parts += told[joined:]
        return places

    def _grounded(self) -> dict[str, Any]:
        found = grounding(self._places())
        return {"groundingMetadata": found} if found else {}

    def close(self, block: Block) -> bytes:
        if block.file is not None:
            return b"".join(self._frame([media_part(file)]) for file in _cut(block.file))
        if block.kind == "server_tool":
            if block.server_tool.kind == "web_fetch" and block.whole:
                self._fetched = url_context(block.server_tool)
            self._searched |= block.server_tool.kind == "web_search"
            parts = self._result(block)
            return self._call(block) + (self._frame(parts) if parts else b"")
        if block.kind == "approval":
            return b""
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
        return self._frame([self._last_part()], _finish(done), **self._grounded())

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
            told = self._parts(block, sign=True)
            parts += told[_join(parts, told[0]) if told else 0 :]
        if self._signed and not self._signature_given and parts:
            parts[-1]["thoughtSignature"] = self._signer.sign("gemini", "text")
        more = self._grounded()
        tokens = [token for block in self._answer.blocks for token in block.tokens]
        if tokens:
            more["logprobsResult"] = logprobs_result(tokens)
            more["avgLogprobs"] = sum(token.logprob for token in tokens) / len(tokens)
        for block in self._answer.blocks:
            if block.tool is not None and block.tool.kind == "web_fetch":
                more["urlContextMetadata"] = url_context(block.tool)
        return self._response(parts, _finish(done), **more)

    def _parts(self, block: Block, *, sign: bool) -> list[dict[str, Any]]:
        """The parts that a block is in a whole answer."""
        if block.kind == "call":
            part = self._call_part(block) if sign else {}
            return [part] if block.whole else []
        if block.kind == "server_tool":
            call = call_part(block, told=self._told, with_id=self._signed)
            calls = [self._sign(call) if sign else call] if call else []
            return calls + self._result(block)
        if block.file is not None:
            return [media_part(block.file)]
        if block.kind == "approval" or (block.kind == "thought" and not self._visible):
            return []
        return [_text_part(block, block.text)]


def _join(parts: list[dict[str, Any]], part: dict[str, Any]) -> bool:
    """Join a text to the text that it follows, as streams do; whether it did."""
    if not parts or not part.keys() == parts[-1].keys() == {"text"}:
        return False
    parts[-1] = {"text": parts[-1]["text"] + part["text"]}
    return True


def _cut(file: File) -> list[File]:
    """A sound in pieces of a quarter of a second; anything else whole."""
    if not file.media_type.startswith("audio/"):
        return [file]
    pieces = range(0, len(file.data), 12_000)
    return [File(media_type=file.media_type, data=file.data[i : i + 12_000]) for i in pieces]


def _finish(done: Done) -> str:
    return {"length": "MAX_TOKENS", "content_filter": "SAFETY"}.get(done.reason, "STOP")


def _text_part(block: Block, text: str) -> dict[str, Any]:
    return {"text": text, "thought": True} if block.kind == "thought" else {"text": text}
