"""What spans and metrics say of a request, of where it went, and of what came back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from chimeric import Context, Request

from .conventions import PROVIDERS

__all__ = ["conversation_of", "place_attributes", "request_attributes"]

NUMBERS = {
    "top_k": "gen_ai.request.top_k",
    "frequency_penalty": "gen_ai.request.frequency_penalty",
    "presence_penalty": "gen_ai.request.presence_penalty",
}
"""Parameters that are no unified ones."""


def request_attributes(request: Request) -> dict[str, Any]:
    """What was asked for."""
    wanted = request.response_format
    told: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": request.model,
        "gen_ai.request.stream": request.stream or None,
        "gen_ai.request.temperature": request.temperature,
        "gen_ai.request.top_p": request.top_p,
        "gen_ai.request.max_tokens": request.max_tokens,
        "gen_ai.request.seed": request.seed,
        "gen_ai.request.stop_sequences": request.stop or None,
        "gen_ai.request.reasoning.level": request.reasoning_effort,
        "gen_ai.output.type": None
        if wanted is None
        else ("text" if wanted.kind == "text" else "json"),
    }
    more = {**request.extra_body, **request.extra}
    for name, attribute in NUMBERS.items():
        told[attribute] = _number(more.get(name))
    if told["gen_ai.request.top_k"] is not None:
        told["gen_ai.request.top_k"] = int(told["gen_ai.request.top_k"])
    choices = _number(more.get("n"))
    told["gen_ai.request.choice.count"] = None if choices in (None, 1) else choices
    told["gen_ai.request.previous_response.id"] = _text(
        more.get("previous_response_id") or more.get("previous_interaction_id")
    )
    return {name: value for name, value in told.items() if value is not None}


def place_attributes(context: Context) -> dict[str, Any]:
    """Who was asked, and where; spans and metrics share them."""
    told: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": context.request.model,
    }
    if provider := context.provider or _named(context.request):
        told["gen_ai.provider.name"] = PROVIDERS.get(provider, provider)
    url = urlsplit(context.base_url)
    if url.hostname:
        told["server.address"] = url.hostname
        told["server.port"] = url.port or (443 if url.scheme == "https" else 80)
    return told


def _named(request: Request) -> str:
    """The provider that a request names, where nobody was asked: a cache has answered."""
    prefix, colon, _ = request.model.partition(":")
    return request.provider or (prefix if colon else "")


def conversation_of(request: Request, context: Context) -> str | None:
    """The conversation's id: what the caller says (``user_context``), else the one that the
    provider keeps (Responses: ``conversation``); None where nobody has one."""
    name = "conversation_id"
    user: Any = context.user
    own: Any = user.get(name) if isinstance(context.user, Mapping) else getattr(user, name, None)
    if own is not None:
        return _text(own)
    kept: Any = {**request.extra_body, **request.extra}.get("conversation")
    return _text(cast("dict[str, Any]", kept).get("id") if isinstance(kept, dict) else kept)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
