"""How many tokens a prompt has, without an answer."""

from __future__ import annotations

from chimeric_dialects import Messages, Problem, Request, json_reply

from chimeric_sim.prompts import input_tokens
from chimeric_sim.server import Reply

from .handler import refuse
from .headers import service_headers
from .service import SimulatedService

__all__ = ["count_tokens"]

ROOM = 1 << 20
"""``max_tokens`` of a request that has none, since nothing is answered."""


def count_tokens(request: Request, path: str, service: SimulatedService) -> Reply | None:
    """The count for Anthropic's ``/messages/count_tokens``; None for any other path."""
    if request.method != "POST" or not path.endswith("/messages/count_tokens"):
        return None
    dialect = Messages()
    try:
        dialect.authenticate(request, service)
        body = {"max_tokens": ROOM, **request.json()}
        counted = {"input_tokens": input_tokens(dialect.read(request, service, body))}
    except Problem as problem:
        return refuse(dialect, problem)
    reply = json_reply(200, counted)
    headers = {**reply.headers, **dialect.id_headers(), **service_headers(dialect)}
    return Reply(status=reply.status, headers=headers, body=reply.body)
