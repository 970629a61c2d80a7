"""Ollama's native chat: its rules, and its words for an answer (NDJSON)."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

import msgspec

from .answers import Answer, Block, Done
from .dialect import Desk, Dialect, dumps, json_reply
from .http import Reply, Request
from .openai_rules import bearer
from .problems import Problem
from .prompts import Call, Offer, Prompt, Result, Turn
from .scripts import IdMaker, Script
from .shapes import child, is_object

__all__ = ["Ollama"]

_STATUS = {
    "bad_key": 401,
    "permission": 403,
    "not_found": 404,
    "unknown_model": 404,
    "method": 405,
    "rate_limit": 429,
    "server": 500,
    "overloaded": 503,
}
_ROLES = ("system", "user", "assistant", "tool")


class Ollama(Dialect):
    """``POST /api/chat``. It wants no key, and refuses a bad one."""

    stream_type = "application/x-ndjson"
    ids = IdMaker("call_", 8)

    def key(self, request: Request) -> str | None:
        return bearer(request)

    def authorise(self, request: Request, desk: Desk) -> None:
        if self.key(request) is not None:
            desk.check_key(self.key(request))

    def headers(self, prompt: Prompt) -> dict[str, str]:
        return {}

    def refuse(self, problem: Problem) -> Reply:
        message = problem.message
        if problem.kind == "unknown_model":
            message = f"model '{message}' not found"
        elif problem.kind == "bad_key":
            message = "unauthorized"
        status = problem.status or _STATUS.get(problem.kind, 400)
        headers = {"content-type": "application/json; charset=utf-8"}
        return json_reply(status, {"error": message}, headers)

    def read(self, request: Request, body: dict[str, Any], desk: Desk) -> Prompt:
        model = body.get("model")
        if not isinstance(model, str) or not model:
            raise Problem("bad_request", "model is required")
        behaviour = self.behaviour(model.removesuffix(":latest"))
        options = child(body, "options")
        limit = options.get("num_predict")
        wanted = body.get("format")
        think = body.get("think")
        return Prompt(
            model=model,
            behaviour=behaviour,
            turns=_read_messages(body.get("messages") or []),
            offers=tuple(_read_tool(tool) for tool in body.get("tools") or ()),
            max_tokens=limit if isinstance(limit, int) and limit > 0 else None,
            stop=tuple(options.get("stop") or ()),
            seed=options.get("seed"),
            schema={} if wanted == "json" else wanted or None,
            thinking=None if think is None else think is not False,
            stream=body.get("stream") is not False,
        )

    def encoder(self, prompt: Prompt, script: Script, desk: Desk) -> OllamaEncoder:
        return OllamaEncoder(prompt)


def _unmarshal(kind: str, field: str, go_type: str) -> Problem:
    """What Go's JSON decoder says about a wrong type."""
    message = f"json: cannot unmarshal {kind} into Go struct field {field} of type {go_type}"
    return Problem("bad_request", message)


def _go_kind(value: object) -> str:
    names = {"str": "string", "list": "array", "dict": "object", "bool": "bool"}
    return names.get(type(value).__name__, "number")


def _read_tool(tool: Any) -> Offer:
    function = child(tool, "function")
    if not function.get("name"):
        raise Problem("bad_request", "tool function name is required")
    return Offer(function["name"], child(function, "parameters"))


def _read_messages(messages: list[Any]) -> list[Turn]:
    turns: list[Turn] = []
    calls: list[Call] = []
    for message in messages:
        role, content = message.get("role"), message.get("content") or ""
        if role not in _ROLES:
            names = ", ".join(_ROLES)
            raise Problem("bad_request", f"invalid role: {role!r}, must be one of [{names}]")
        if not isinstance(content, str):
            raise _unmarshal(_go_kind(content), "ChatRequest.messages.content", "string")
        for image in message.get("images") or ():
            _check_image(image)
        if role == "tool":
            name = message.get("tool_name") or (calls.pop(0).name if calls else None)
            call_id = str(message.get("tool_call_id") or "")
            turns.append(Turn("tool", results=(Result(call_id, content, name),)))
            continue
        calls = [_read_call(call) for call in message.get("tool_calls") or ()]
        turns.append(Turn(role, content, tuple(calls)))
    return turns


def _check_image(image: Any) -> None:
    try:
        base64.b64decode(image, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise Problem("bad_request", "illegal base64 data at input byte 4") from None


def _read_call(call: Any) -> Call:
    function = child(call, "function")
    arguments: Any = function.get("arguments") or {}
    if not is_object(arguments):
        field = "ChatRequest.messages.tool_calls.function.arguments"
        raise _unmarshal(_go_kind(arguments), field, "api.ToolCallFunctionArguments")
    text = msgspec.json.encode(arguments).decode()
    return Call(str(call.get("id") or ""), str(function.get("name")), text)


class OllamaEncoder:
    """One answer as lines of JSON, or as one object."""

    def __init__(self, prompt: Prompt) -> None:
        self._model = prompt.model

    def _line(self, message: dict[str, Any]) -> dict[str, Any]:
        message = {"role": "assistant", "content": "", **message}
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        return {"model": self._model, "created_at": now, "message": message, "done": False}

    def begin(self) -> bytes:
        return b""

    def open(self, block: Block) -> bytes:
        return b""

    def piece(self, block: Block, text: str) -> bytes:
        if block.kind == "call":
            return b""
        key = "thinking" if block.kind == "thought" else "content"
        return dumps(self._line({key: text})) + b"\n"

    def close(self, block: Block) -> bytes:
        if block.kind != "call" or not block.whole:
            return b""
        return dumps(self._line({"tool_calls": [_call(block)]})) + b"\n"

    def end(self, done: Done) -> bytes:
        return dumps({**self._line({}), **_last(done)}) + b"\n"

    def fail(self, problem: Problem) -> bytes:
        return dumps({"error": problem.message}) + b"\n"

    def whole(self, answer: Answer, done: Done) -> object:
        blocks = answer.blocks
        message: dict[str, Any] = {
            "content": "".join(b.text for b in blocks if b.kind in ("text", "plan"))
        }
        if thought := "".join(b.text for b in blocks if b.kind == "thought"):
            message["thinking"] = thought
        if calls := [_call(b) for b in blocks if b.kind == "call" and b.whole]:
            message["tool_calls"] = calls
        return {**self._line(message), **_last(done)}


def _call(block: Block) -> dict[str, Any]:
    function = {"index": block.order, "name": block.name, "arguments": block.arguments()}
    return {"id": block.id, "function": function}


def _last(done: Done) -> dict[str, Any]:
    usage = done.usage
    return {
        "done": True,
        "done_reason": "length" if done.reason == "length" else "stop",
        "total_duration": 2_000_000 * (usage.output + 10),
        "load_duration": 1_000_000,
        "prompt_eval_count": usage.input,
        "prompt_eval_duration": 100_000 * usage.input,
        "eval_count": usage.output,
        "eval_duration": 2_000_000 * usage.output,
    }
