"""Which path is what, and in whose shape its errors are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from .protocol import ClientProtocol
from .protocols.chat_completions import CHAT_COMPLETIONS
from .protocols.messages import MESSAGES
from .protocols.responses import RESPONSES

__all__ = ["Route", "route_of"]

Kind: TypeAlias = Literal["generate", "count", "models", "model", "stored", "health", "unknown"]


class Route(msgspec.Struct, frozen=True):
    """What a path asks for.

    Attributes:
        kind: what is to be done.
        protocol: whose shape answers and errors have.
        methods: what may be done at the path; empty for any.
        name: the model's name, where the path has one.
    """

    kind: Kind
    protocol: ClientProtocol
    methods: tuple[str, ...] = ()
    name: str = ""


POST = ("POST",)
GET = ("GET", "HEAD")

GENERATING: Mapping[str, Route] = {
    "/chat/completions": Route("generate", CHAT_COMPLETIONS, POST),
    "/responses": Route("generate", RESPONSES, POST),
    "/messages": Route("generate", MESSAGES, POST),
    "/messages/count_tokens": Route("count", MESSAGES, POST),
}
STORED = ("GET", "DELETE", "POST")


def route_of(path: str, headers: Mapping[str, str]) -> Route:
    """What is at a path, with ``/v1`` before it or without.

    Args:
        path: without query, decoded.
        headers: of the request, by lower-case name: ``anthropic-version`` tells whose shape an
            error has where the path does not.
    """
    if path in ("/healthz", "/"):
        return Route("health", CHAT_COMPLETIONS, GET)
    local = path.removeprefix("/v1").rstrip("/") if path.startswith("/v1/") else path.rstrip("/")
    found = GENERATING.get(local)
    if found is not None:
        return found
    shape = MESSAGES if _is_anthropic(local, headers) else CHAT_COMPLETIONS
    if local == "/models":
        return Route("models", shape, GET)
    if local.startswith("/models/"):
        return Route("model", shape, GET, local.removeprefix("/models/"))
    if local.startswith("/responses/"):
        return Route("stored", RESPONSES, STORED)
    return Route("unknown", shape)


def _is_anthropic(path: str, headers: Mapping[str, str]) -> bool:
    return "anthropic-version" in headers or path.startswith("/messages/")
