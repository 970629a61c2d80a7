"""Amazon Bedrock Converse: the protocol's words for an answer (AWS event stream)."""

from __future__ import annotations

import re
import uuid
from typing import Any
from urllib.parse import unquote

from .answers import Answer, Block, Done
from .converse_rules import read_prompt
from .dialect import Desk, Dialect, dumps, json_reply
from .eventstream import frame
from .http import Reply, Request
from .openai_rules import bearer
from .problems import Problem
from .prompts import Prompt
from .scripts import IdMaker, Script
from .shapes import child
from .sigv4 import Signed, is_signed_by, read_signature

__all__ = ["CONVERSE_PATH", "Converse"]

CONVERSE_PATH = re.compile(r"^/model/(?P<model>[^/]+)/(?P<method>converse|converse-stream)$")

_KINDS: dict[str, tuple[int, str]] = {
    "missing_key": (403, "MissingAuthenticationTokenException"),
    "bad_key": (403, "UnrecognizedClientException"),
    "permission": (403, "AccessDeniedException"),
    "not_found": (404, "ResourceNotFoundException"),
    "unknown_model": (400, "ValidationException"),
    "bad_request": (400, "ValidationException"),
    "malformed": (400, "SerializationException"),
    "method": (405, "UnknownOperationException"),
    "rate_limit": (429, "ThrottlingException"),
    "server": (500, "InternalServerException"),
    "overloaded": (503, "ServiceUnavailableException"),
}
_MESSAGES = {
    "missing_key": "Missing Authentication Token",
    "bad_key": "The security token included in the request is invalid.",
    "unknown_model": "The provided model identifier is invalid.",
    "malformed": "The request body is not valid JSON.",
}
_STOP = {
    "stop": "end_turn",
    "stop_sequence": "stop_sequence",
    "length": "max_tokens",
    "tool_calls": "tool_use",
}
_PADDING = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details."
)


def _signature(request: Request) -> Signed:
    signed = read_signature(request.headers.get("authorization", ""))
    if signed is None:
        message = "Authorization header requires 'Credential', 'Signature' and 'SignedHeaders'."
        raise Problem("permission", message)
    if "x-amz-date" not in request.headers:
        raise Problem("permission", "Authorization header requires an 'X-Amz-Date' header.")
    return signed


class Converse(Dialect):
    """``POST /model/{id}/converse`` and ``/converse-stream``."""

    stream_type = "application/vnd.amazon.eventstream"
    ids = IdMaker("tooluse_", 22)

    def key(self, request: Request) -> str | None:
        given = request.headers.get("authorization", "")
        if not given or given.lower().startswith("bearer "):
            return bearer(request)
        return _signature(request).key

    def authorise(self, request: Request, desk: Desk) -> None:
        key = self.key(request)
        secret = desk.secret_of(key)
        if secret is None:
            desk.check_key(key)
        elif not is_signed_by(request, _signature(request), secret):
            raise Problem("permission", _MISMATCH)

    def headers(self, prompt: Prompt) -> dict[str, str]:
        return {"x-amzn-requestid": str(uuid.uuid4())}

    def refuse(self, problem: Problem) -> Reply:
        status, name = _KINDS[problem.kind]
        message = _MESSAGES.get(problem.kind, problem.message)
        headers = {"x-amzn-requestid": str(uuid.uuid4()), "x-amzn-errortype": f"{name}:"}
        return json_reply(problem.status or status, {"message": message}, headers)

    def read(self, request: Request, body: dict[str, Any], desk: Desk) -> Prompt:
        found = CONVERSE_PATH.match(request.target.partition("?")[0])
        if found is None:
            raise Problem("not_found", "no such operation")
        model = unquote(found["model"])
        name = model.rpartition("/")[2] if model.startswith("arn:") else model
        prompt = read_prompt(body, model, self.behaviour(name))
        prompt.stream = found["method"] == "converse-stream"
        return prompt

    def encoder(self, prompt: Prompt, script: Script, desk: Desk) -> ConverseEncoder:
        return ConverseEncoder(script)

    def settings(self, body: dict[str, Any]) -> dict[str, Any]:
        # The AWS SDKs let nothing unknown pass but this object.
        return child(body, "additionalModelRequestFields")


class ConverseEncoder:
    """One answer as a Converse response or as its events."""

    def __init__(self, script: Script) -> None:
        self._answer = script.answer
        self._count = 0

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
        if block.kind != "call":
            return b""  # only calls are announced
        start = {"toolUse": {"toolUseId": block.id, "name": block.name}}
        payload = {"contentBlockIndex": block.index, "start": start}
        return self._event("contentBlockStart", payload)

    def _delta(self, block: Block, delta: dict[str, Any]) -> bytes:
        payload = {"contentBlockIndex": block.index, "delta": delta}
        return self._event("contentBlockDelta", payload)

    def piece(self, block: Block, text: str) -> bytes:
        if block.kind == "call":
            return self._delta(block, {"toolUse": {"input": text}})
        if block.kind == "thought":
            return self._delta(block, {"reasoningContent": {"text": text}})
        return self._delta(block, {"text": text})

    def close(self, block: Block) -> bytes:
        signed = b""
        if block.kind == "thought":
            signed = self._delta(block, {"reasoningContent": {"signature": block.signature}})
        return signed + self._event("contentBlockStop", {"contentBlockIndex": block.index})

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

    def whole(self, answer: Answer, done: Done) -> object:
        content = [_content(block) for block in answer.blocks]
        return {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": _STOP[done.reason],
            "usage": _usage(done),
            "metrics": {"latencyMs": 2 * done.usage.output + 20},
        }


def _content(block: Block) -> dict[str, Any]:
    if block.kind == "call":
        call = {"toolUseId": block.id, "name": block.name, "input": block.arguments()}
        return {"toolUse": call}
    if block.kind == "thought":
        thought = {"text": block.text, "signature": block.signature}
        return {"reasoningContent": {"reasoningText": thought}}
    return {"text": block.text}


def _usage(done: Done) -> dict[str, Any]:
    usage = done.usage
    return {
        "inputTokens": usage.input,
        "outputTokens": usage.output,
        "totalTokens": usage.total,
        "cacheReadInputTokens": 0,
        "cacheWriteInputTokens": 0,
    }
