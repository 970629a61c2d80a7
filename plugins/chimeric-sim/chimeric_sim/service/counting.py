"""How many tokens a prompt has, without an answer."""

from __future__ import annotations

import base64
import re
from typing import Any

import msgspec
from chimeric_dialects import (
    Converse,
    Dialect,
    Gemini,
    InvokeClaude,
    Messages,
    Problem,
    Request,
    VertexClaude,
    VertexGemini,
    json_reply,
)

from chimeric_sim.prompts import input_tokens
from chimeric_sim.server import Reply

from .handler import refuse
from .headers import service_headers
from .service import SimulatedService

__all__ = ["count_tokens"]

BEDROCK = re.compile(r"/model/([^/]+)/count-tokens$")

ROOM = 32_000
"""``max_tokens`` of a request that has none, since nothing is answered."""


def count_tokens(request: Request, path: str, service: SimulatedService) -> Reply | None:
    """The count for Anthropic's ``/messages/count_tokens``, Gemini's and Bedrock's.

    None for any other path.
    """
    if request.method != "POST":
        return None
    if path.endswith("/messages/count_tokens"):
        return _counted(Messages(), request, service, "input_tokens")
    if VertexClaude().counts(request):
        return _counted(VertexClaude(), request, service, "input_tokens")
    if found := BEDROCK.search(request.target):
        return _of_bedrock(request, found[1], service)
    if path.endswith(":countTokens"):
        of_vertex = "/publishers/google/models/" in path
        dialect = VertexGemini() if of_vertex else Gemini()
        return _counted(dialect, request, service, "totalTokens")
    return None


def _of_bedrock(request: Request, model: str, service: SimulatedService) -> Reply:
    """What ``CountTokens`` counts: a request of Converse, or the body of one of InvokeModel."""
    dialect: Dialect = Converse()
    try:
        dialect.authenticate(request, service)
        asked: dict[str, Any] = request.json().get("input") or {}
        told: Any = asked.get("converse")
        verb = "converse"
        if told is None:
            dialect, verb = InvokeClaude(), "invoke"
            told = msgspec.json.decode(base64.b64decode(asked["invokeModel"]["body"]))
        elsewhere = msgspec.structs.replace(request, target=f"/model/{model}/{verb}")
        counted = input_tokens(dialect.read(elsewhere, service, told))
    except Problem as problem:
        return refuse(dialect, problem)
    except (AttributeError, KeyError, TypeError, ValueError):
        return refuse(dialect, Problem("bad_request", "input: one of converse, invokeModel"))
    reply = json_reply(200, {"inputTokens": counted})
    headers = {**reply.headers, **dialect.id_headers()}
    return Reply(status=reply.status, headers=headers, body=reply.body)


def _counted(dialect: Dialect, request: Request, service: SimulatedService, name: str) -> Reply:
    try:
        dialect.authenticate(request, service)
        told = request.json()
        if isinstance(dialect, Messages):
            told = {"max_tokens": ROOM, **told}
        else:
            told = {
                n: v for n, v in told.get("generateContentRequest", told).items() if n != "model"
            }
        counted = {name: input_tokens(dialect.read(request, service, told))}
    except Problem as problem:
        return refuse(dialect, problem)
    reply = json_reply(200, counted)
    headers = {**reply.headers, **dialect.id_headers(), **service_headers(dialect)}
    return Reply(status=reply.status, headers=headers, body=reply.body)
