"""What tools of the provider are called with and what they find, in the unified form."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from chimeric_chat_completions.lenient import items, obj, text

__all__ = ["Kind", "called_with", "kind_of", "results"]

Kind: TypeAlias = Literal[
    "web_search",
    "web_fetch",
    "code_execution",
    "file_search",
    "image_generation",
    "mcp",
    "tool_search",
    "other",
]

KINDS: tuple[tuple[str, Kind], ...] = (
    ("tool_search", "tool_search"),
    ("file_search", "file_search"),
    ("image_gen", "image_generation"),
    ("search", "web_search"),
    ("fetch", "web_fetch"),
    ("visit", "web_fetch"),
    ("browser", "web_fetch"),
    ("python", "code_execution"),
    ("code", "code_execution"),
    ("bash", "code_execution"),
    ("shell", "code_execution"),
    ("mcp", "mcp"),
)
"""Parts of the names that servers give to their tools; the first that is in a name counts."""

RESULT = (
    ("url", ("url", "link", "uri")),
    ("title", ("title",)),
    ("text", ("snippet", "content", "text")),
    ("date", ("date", "publish_date", "last_updated")),
)
"""Fields of a result, and the members that hold them."""


def kind_of(name: str) -> Kind:
    """The kind of a tool by its name; servers make up new ones all the time.

    Example:
        >>> kind_of("search"), kind_of("openrouter:web_fetch"), kind_of("wolfram")
        ('web_search', 'web_fetch', 'other')
    """
    for part, kind in KINDS:
        if part in name.lower():
            return kind
    return "other"


def results(found: Any) -> list[dict[str, Any]]:
    """What a search found, or what was fetched: a list of ``url``, ``title``, ``text``, ..."""
    return [result for result in map(_result, items(found)) if result]


def _result(found: Any) -> dict[str, Any]:
    if isinstance(found, str):
        return {"url": found}
    members = obj(found)
    told: dict[str, Any] = {
        field: said
        for field, names in RESULT
        if (said := next((s for name in names if (s := text(members.get(name)))), None))
    }
    score = members.get("score")
    return {**told, "score": score} if score is not None else told


def called_with(kind: Kind, arguments: Any) -> Any:
    """The unified input of a tool that was called with these arguments, JSON text or an object.

    Example:
        >>> called_with("web_search", '{"query": "tides"}')
        {'queries': ['tides']}
    """
    value = _decoded(arguments)
    fields = obj(value)
    if kind == "code_execution":
        code = text(value) or text(fields.get("code"))
        return {"code": code, "language": "python"} if code else value
    names = {
        "web_search": ("queries", "query"),
        "file_search": ("queries", "query"),
        "web_fetch": ("urls", "url"),
    }.get(kind)
    if names is None:
        return value
    many, one = names
    listed = items(fields.get(many)) or ([fields[one]] if text(fields.get(one)) else [])
    return {many: listed} if listed else value


def _decoded(arguments: Any) -> Any:
    """Arguments as an object, where they are the JSON text of one."""
    if not isinstance(arguments, str):
        return arguments
    try:
        value: Any = msgspec.json.decode(arguments)
    except msgspec.DecodeError:
        return arguments
    return obj(value) if isinstance(value, dict) else arguments
