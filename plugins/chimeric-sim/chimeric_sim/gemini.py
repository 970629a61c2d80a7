"""Gemini generateContent and streamGenerateContent: the protocol's words for an answer."""

from __future__ import annotations

import json
import re
from typing import Any

from .answers import Answer, Block, Done, make_id
from .dialect import Desk, Dialect
from .gemini_rules import read_prompt
from .http import Reply, Request
from .problems import Problem
from .prompts import Prompt
from .scripts import IdMaker, Script
from .seals import seal

__all__ = ["GEMINI_PATH", "Gemini"]

GEMINI_PATH = re.compile(
    r"/models/(?P<model>.+):(?P<method>generateContent|streamGenerateContent)$"
)

_KINDS: dict[str, tuple[int, str]] = {
    "missing_key": (403, "PERMISSION_DENIED"),
    "bad_key": (400, "INVALID_ARGUMENT"),
    "permission": (403, "PERMISSION_DENIED"),
    "not_found": (404, "NOT_FOUND"),
    "unknown_model": (404, "NOT_FOUND"),
    "bad_request": (400, "INVALID_ARGUMENT"),
    "malformed": (400, "INVALID_ARGUMENT"),
    "method": (405, "INVALID_ARGUMENT"),
    "rate_limit": (429, "RESOURCE_EXHAUSTED"),
    "server": (500, "INTERNAL"),
    "overloaded": (503, "UNAVAILABLE"),
}
_MESSAGES = {
    "missing_key": (
        "Method doesn't allow unregistered callers (callers without established identity). Please "
        "use API Key or other form of API consumer identity to call this API."
    ),
    "bad_key": "API key not valid. Please pass a valid API key.",
    "unknown_model": (
        "models/{0} is not found for API version v1beta, or is not supported for "
        "generateContent. Call ListModels to see the list of available models and their supported "
        "methods."
    ),
    "malformed": "Invalid JSON payload received. {0}",
}
_JSON = {"content-type": "application/json; charset=UTF-8", "server-timing": "gfet4t7; dur=12"}
_GROUP = 8
"""Tokens in one frame: this service sends pieces of some tens of characters."""


class Gemini(Dialect):
    """``POST /{version}/models/{model}:generateContent`` and ``:streamGenerateContent``."""

    stream_type = "text/event-stream"
    ids = IdMaker("", 8)

    def key(self, request: Request) -> str | None:
        return request.headers.get("x-goog-api-key") or request.query.get("key")

    def headers(self, prompt: Prompt) -> dict[str, str]:
        found = {"server-timing": "gfet4t7; dur=12", "vary": "Origin"}
        if prompt.stream and not prompt.options["sse"]:
            found["content-type"] = "application/json; charset=UTF-8"
        return found

    def refuse(self, problem: Problem) -> Reply:
        error = _error(problem)
        if problem.retry_after is not None:
            retry = {
                "@type": "type.googleapis.com/google.rpc.RetryInfo",
                "retryDelay": f"{problem.retry_after:g}s",
            }
            error["error"]["details"] = [retry]
            problem.retry_after = None  # told in the body; this service sends no such header
        body = json.dumps(error, indent=2, ensure_ascii=False).encode() + b"\n"
        return Reply(status=error["error"]["code"], headers=_JSON, body=body)

    def read(self, request: Request, body: dict[str, Any], desk: Desk) -> Prompt:
        found = GEMINI_PATH.search(request.path)
        model, method = (found["model"], found["method"]) if found else ("", "")
        prompt = read_prompt(body, model, self.behaviour(model))
        prompt.stream = method == "streamGenerateContent"
        prompt.options["sse"] = request.query.get("alt") == "sse"
        return prompt

    def encoder(self, prompt: Prompt, script: Script, desk: Desk) -> GeminiEncoder:
        return GeminiEncoder(prompt, script)


def _error(problem: Problem) -> dict[str, Any]:
    status, name = _KINDS[problem.kind]
    message = _MESSAGES.get(problem.kind, "{0}").replace("{0}", problem.message)
    error: dict[str, Any] = {"code": problem.status or status, "message": message, "status": name}
    if problem.kind == "bad_key":
        info = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "API_KEY_INVALID",
            "domain": "googleapis.com",
            "metadata": {"service": "generativelanguage.googleapis.com"},
        }
        error["details"] = [info]
    return {"error": error}


class GeminiEncoder:
    """One answer as a GenerateContentResponse or as a stream of them."""

    def __init__(self, prompt: Prompt, script: Script) -> None:
        options = prompt.options
        self._answer = script.answer
        self._model = prompt.model.removeprefix("models/")
        self._visible: bool = bool(options["visible"])
        self._signed: bool = options["signed"]
        self._sse: bool = options["sse"]
        self._id = make_id("", 23)
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
        return self._flush(block) if len(self._held) >= _GROUP else b""

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
            part["thoughtSignature"] = seal("gemini", block.name)
        return part

    def end(self, done: Done) -> bytes:
        return self._frame([self._last_part()], _finish(done))

    def _last_part(self) -> dict[str, Any]:
        """The empty text that carries the signature of an answer without calls."""
        part: dict[str, Any] = {"text": ""}
        if self._signed and not self._signature_given:
            part["thoughtSignature"] = seal("gemini", "text")
        return part

    def fail(self, problem: Problem) -> bytes:
        text = json.dumps(_error(problem), ensure_ascii=False, separators=(",", ": "))
        if self._sse:
            return f"data: {text}\r\n\r\n".encode()
        return (("[" if self._first else "\n,\n") + text + "\n]\n").encode()

    def whole(self, answer: Answer, done: Done) -> object:
        parts: list[dict[str, Any]] = []
        for block in answer.blocks:
            if block.kind == "call":
                if block.whole:
                    parts.append(self._call_part(block))
            elif block.kind != "thought" or self._visible:
                parts.append(_text_part(block, block.text))
        if self._signed and not self._signature_given and parts:
            parts[-1]["thoughtSignature"] = seal("gemini", "text")
        return self._response(parts, _finish(done))


def _finish(done: Done) -> str:
    return "MAX_TOKENS" if done.reason == "length" else "STOP"


def _text_part(block: Block, text: str) -> dict[str, Any]:
    return {"text": text, "thought": True} if block.kind == "thought" else {"text": text}
