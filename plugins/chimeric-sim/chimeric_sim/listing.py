"""Model lists, in each protocol's shape and with its paging."""

from __future__ import annotations

from typing import Any

from .chat_completions import ChatCompletions
from .dialect import Desk, Dialect, json_reply
from .http import Reply, Request
from .messages import Messages, anthropic_headers
from .models import behaviour_of, catalog_for
from .openai_rules import openai_headers
from .problems import Problem

__all__ = ["list_models"]

_CREATED = 1_790_000_000


def list_models(request: Request, path: str, desk: Desk) -> Reply | None:
    """The list, or one model of it, that ``path`` names; None where it names neither."""
    head, _, name = path.partition("/models")
    if "/models" not in path or (name and not name.startswith("/")):
        return None
    one = name[1:] or None
    if "anthropic-version" in request.headers:
        return _guarded(Messages(), request, desk, lambda: _anthropic(request, one))
    groq = head.endswith("/openai/v1")
    return _guarded(ChatCompletions(), request, desk, lambda: _openai(one, groq=groq))


def _guarded(dialect: Dialect, request: Request, desk: Desk, make: Any) -> Reply:
    try:
        dialect.authorise(request, desk)
        return make()
    except Problem as problem:
        return dialect.refuse(problem)


def _openai(one: str | None, *, groq: bool) -> Reply:
    owner = "sim"
    names = catalog_for("groq" if groq else "openai")

    def entry(name: str) -> dict[str, Any]:
        found = {"id": name, "object": "model", "created": _CREATED, "owned_by": owner}
        if groq:
            found |= {"active": True, "context_window": 131072, "max_completion_tokens": 65536}
        return found

    if one is not None:
        behaviour_of(one)
        return json_reply(200, entry(one), openai_headers())
    listed = {"object": "list", "data": [entry(name) for name in names]}
    return json_reply(200, listed, openai_headers())


def _anthropic(request: Request, one: str | None) -> Reply:
    def entry(name: str) -> dict[str, Any]:
        return {
            "type": "model",
            "id": name,
            "display_name": name.replace("-", " ").title(),
            "created_at": "2026-09-21T00:00:00Z",
            "lifecycle": "active",
            "deprecated_at": None,
            "retires_at": None,
            "line": None,
            "max_input_tokens": 200_000,
            "max_tokens": 64_000,
            "capabilities": None,
        }

    if one is not None:
        behaviour_of(one)
        return json_reply(200, entry(one), anthropic_headers())
    names = catalog_for("anthropic")
    limit = request.query.get("limit", "20")
    if not limit.isdigit() or not 1 <= int(limit) <= 1000:
        raise Problem("bad_request", "limit: Input should be between 1 and 1000")
    after = request.query.get("after_id")
    if after is not None and after not in names:
        raise Problem("bad_request", f"after_id: {after} is not a model of this list")
    start = names.index(after) + 1 if after else 0
    page = names[start : start + int(limit)]
    listed = {
        "data": [entry(name) for name in page],
        "has_more": start + len(page) < len(names),
        "first_id": page[0] if page else None,
        "last_id": page[-1] if page else None,
    }
    return json_reply(200, listed, anthropic_headers())
