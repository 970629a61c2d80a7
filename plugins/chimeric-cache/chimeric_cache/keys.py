"""What makes two requests one: a hash of what they say."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any, Final, Literal, get_args

import msgspec

from chimeric import Request, Tool

__all__ = ["HEADERS", "PARTS", "Part", "key_of"]

Part = Literal["model", "messages", "tools", "parameters"]
PARTS: Final[tuple[Part, ...]] = get_args(Part)

HEADERS: Final = ("anthropic-beta", "openai-beta")
"""Headers that change what is answered; others carry keys and traces."""

FIELDS: Final[Mapping[Part, tuple[str, ...]]] = {
    "model": ("model", "provider", "options"),
    "messages": ("messages",),
    "tools": ("tool_choice", "parallel_tool_calls"),
    "parameters": (
        *("temperature", "top_p", "max_tokens", "stop", "seed", "reasoning_effort"),
        *("extra", "extra_body"),
    ),
}


def key_of(request: Request, parts: Collection[Part], scope: str, headers: Collection[str]) -> str:
    """The hash of a request. Streamed and whole answers of it are one.

    Raises:
        TypeError: for a value that has no JSON form.

    Example:
        >>> from chimeric import Message
        >>> one = Request(model="m", messages=(Message("user", "hi"),))
        >>> key_of(one, PARTS, "", ()) == key_of(one.replace(stream=True), PARTS, "", ())
        True
        >>> key_of(one, PARTS, "", ()) == key_of(one.replace(seed=1), PARTS, "", ())
        False
    """
    told: dict[str, Any] = {
        field: getattr(request, field) for part in parts for field in FIELDS[part]
    }
    if "tools" in parts:
        told["tools"] = [_tool(tool) for tool in request.tools]
    if "parameters" in parts and (wanted := request.response_format) is not None:
        told["response_format"] = [wanted.kind, wanted.name, wanted.schema, wanted.strict]
    names = {name.lower() for name in headers}
    told["headers"] = {
        name.lower(): value
        for name, value in request.extra_headers.items()
        if name.lower() in names
    }
    told["scope"] = scope
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()


def _tool(tool: Tool) -> dict[str, Any]:
    """What a model is told of a tool; its function has no JSON form."""
    fields = msgspec.structs.asdict(tool)
    return {name: fields[name] for name in TOLD if name in fields}


TOLD: Final = ("name", "description", "parameters", "strict", "native", "extra")
