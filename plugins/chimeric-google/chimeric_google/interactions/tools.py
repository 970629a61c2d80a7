"""Tools as an interaction offers them: functions, and those that Google runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from chimeric import ConfigurationError, Request, Tool, ToolName
from chimeric_google.request import declared

from .names import snake

__all__ = ["choice_of", "tools_of"]

FUNCTION_KEYS: Final = ("defer_loading", "short_description")

ENTERPRISE: Final = {"type": "google_search", "search_types": ["enterprise_web_search"]}

SERVER_TOOLS: Final[dict[str, dict[str, Any]]] = {
    "googleSearch": {"type": "google_search"},
    "googleSearchRetrieval": {"type": "google_search"},
    "enterpriseWebSearch": ENTERPRISE,
    "urlContext": {"type": "url_context"},
    "codeExecution": {"type": "code_execution"},
    "fileSearch": {"type": "file_search"},
    "googleMaps": {"type": "google_maps"},
    "computerUse": {"type": "computer_use"},
}
"""Tools as ``generateContent`` names them, and what they are here."""

NAMES: Final = {name: name for name in SERVER_TOOLS} | {snake(name): name for name in SERVER_TOOLS}

MEMBERS: Final[dict[str, tuple[str, ...]]] = {
    "file_search": ("file_search_store_names", "metadata_filter", "top_k"),
}
"""Members of those tools that are the same in both APIs."""


def tools_of(request: Request, dropped: list[str]) -> list[dict[str, Any]]:
    """All tools of a request.

    Raises:
        ConfigurationError: for a name or a schema that is refused, and for a tool of Google's that
            this API has not.
    """
    return [_tool(tool, dropped) for tool in request.tools]


def _tool(tool: Tool, dropped: list[str]) -> dict[str, Any]:
    if tool.native is None:
        return {"type": "function", **declared(tool, FUNCTION_KEYS, "parameters")}
    if "type" in tool.native or len(tool.native) != 1:
        return dict(tool.native)
    [(given, inner)] = tool.native.items()
    if given not in NAMES:
        raise ConfigurationError(
            f"api='interactions' has no tool {given!r}; its tools have a type, as "
            "{'type': 'google_search'} has"
        )
    told = dict(SERVER_TOOLS[NAMES[given]])
    members: Mapping[str, Any] = {}
    if isinstance(inner, Mapping):
        members = cast("Mapping[str, Any]", inner)
    for name, value in members.items():
        if snake(name) in MEMBERS.get(told["type"], ()):
            told[snake(name)] = value
        else:
            dropped.append(f"{name} of the tool {given}: api='interactions' has no such member")
    return told


def choice_of(request: Request) -> Any:
    """The ``tool_choice`` of ``generation_config``; None to say nothing.

    A named tool is one of those that are allowed, with ``any``. Calls are checked against their
    schemas (``validated``) for all tools of a request or for none.
    """
    match request.tool_choice:
        case ToolName(name=name):
            return {"allowed_tools": {"mode": "any", "tools": [name]}}
        case "required":
            return "any"
        case "none":
            return "none"
        case choice:
            strict = any(tool.strict for tool in request.tools)
            return "validated" if strict else choice
