"""Tool choices that allow some of the tools alone (OpenAI's ``allowed_tools``, Gemini's names)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, cast

from chimeric import ConfigurationError, Request, Tool

if TYPE_CHECKING:
    from .request import Takes

__all__ = ["with_allowed"]

NAME = "allowed_tools"


def with_allowed(request: Request, takes: Takes, dropped: list[str]) -> Request:
    """The request with the choice in the service's own form, or with the allowed tools alone.

    Raises:
        ConfigurationError: for a tool that is not offered.
    """
    if NAME not in request.extra:
        return request
    entries: Any = request.extra[NAME]
    rest = {name: value for name, value in request.extra.items() if name != NAME}
    request = request.replace(extra=rest)
    if not request.tools:
        dropped.append("tool_choice: no tools are offered, and so none is allowed alone")
        return request
    allowed = [_tool(entry, request.tools) for entry in entries]
    kept = tuple(tool for tool in request.tools if tool in allowed)
    choice = request.tool_choice if isinstance(request.tool_choice, str) else "auto"
    own = takes.allowed(choice, kept) if takes.allowed is not None else None
    if own is not None:
        return request.replace(extra={**rest, **own}, tool_choice=None)
    if len(kept) < len(request.tools):
        names = ", ".join(tool.name for tool in kept)
        dropped.append(
            f"tool_choice: {takes.service} has no list of allowed tools; only {names} is offered"
        )
    return request.replace(tools=kept)


def _tool(entry: Any, tools: Sequence[Tool]) -> Tool:
    """The tool that an entry means: a name, or what a definition has of it."""
    told = cast("Mapping[str, Any]", entry) if isinstance(entry, Mapping) else {"name": entry}
    inner = next(
        (told[k] for k in ("function", "custom") if isinstance(told.get(k), Mapping)), told
    )
    name = cast("Mapping[str, Any]", inner).get("name")
    for tool in tools:
        native = tool.native
        if name is not None and tool.name == name:
            return tool
        if native is not None and all(native.get(key) == value for key, value in told.items()):
            return tool
    near = get_close_matches(str(name), [tool.name for tool in tools], 1, 0.5)
    meant = f" (did you mean {near[0]!r}?)" if near else ""
    raise ConfigurationError(
        f"tool_choice allows {name or dict(told)!r}, which no tool of the call is{meant}"
    )
