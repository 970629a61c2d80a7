"""What a tool is called with, in one form for each kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from .kinds import Kind

__all__ = ["input_of", "parsed"]


def input_of(kind: Kind, value: Mapping[str, Any]) -> Any:
    """The input that an item tells, or None while it tells none."""
    reader = READERS.get(kind)
    return _given(value) if reader is None else reader(value)


def parsed(text: object) -> Any:
    """JSON text as a value; text that is no JSON as it is."""
    if not isinstance(text, str):
        return text
    try:
        return msgspec.json.decode(text)
    except ValueError:
        return text


def _given(value: Mapping[str, Any]) -> Any:
    """Arguments or free text, whichever the item has."""
    told = value.get("arguments") or value.get("input")
    return parsed(told) if told else None


def _fields(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The item, its action and its arguments (xAI) as one."""
    told = dict(value)
    for inner in (value.get("action"), _given(value)):
        if isinstance(inner, Mapping):
            told.update(cast("Mapping[str, Any]", inner))
    return told


def _listed(told: Mapping[str, Any], many: str, *one: str) -> list[Any]:
    several = told.get(many)
    if isinstance(several, list) and several:
        return list(cast("list[object]", several))
    return [told[name] for name in one if told.get(name)][:1]


def _search(value: Mapping[str, Any]) -> Any:
    action: Any = value.get("action")
    if isinstance(action, Mapping):
        known = cast("Mapping[str, Any]", action)
        if known.get("type") not in (None, "search"):
            return dict(known)  # a page that is opened, or looked through
    queries = _listed(_fields(value), "queries", "query")
    return {"queries": queries} if queries else None


def _fetch(value: Mapping[str, Any]) -> Any:
    urls = _listed(_fields(value), "urls", "url")
    contents: Any = value.get("contents")
    if not urls and isinstance(contents, list):
        pages = cast("list[dict[str, Any]]", contents)
        urls = [page["url"] for page in pages if page.get("url")]
    return {"urls": urls} if urls else None


def _code(value: Mapping[str, Any]) -> Any:
    told = _fields(value)
    commands = _listed(told, "commands", "command")
    if commands:
        return {"commands": commands}
    if not told.get("code"):
        return None
    named = {"language": told["language"]} if told.get("language") else {}
    return {"code": told["code"], **named}


def _picture(value: Mapping[str, Any]) -> Any:
    told = _fields(value)
    prompt = told.get("revised_prompt") or told.get("revisedPrompt") or told.get("prompt")
    return {"prompt": prompt} if prompt else None


def _mcp(value: Mapping[str, Any]) -> Any:
    server = value.get("server_label") or value.get("serverLabel")
    if value.get("type") == "mcp_list_tools":
        return {"server": server} if server else None
    if not value.get("arguments"):
        return None
    name = value.get("name") or value.get("toolName")
    return {"server": server, "name": name, "arguments": parsed(value["arguments"])}


READERS = {
    "web_search": _search,
    "web_fetch": _fetch,
    "code_execution": _code,
    "file_search": _search,
    "image_generation": _picture,
    "mcp": _mcp,
}
