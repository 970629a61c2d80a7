"""LangChain's tools and choices as ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from langchain_core.utils.function_calling import convert_to_openai_tool

from chimeric import ToolName

__all__ = ["choice_of", "tool_of"]

DESCRIBED = {"function", "parameters", "input_schema", "properties"}
"""Keys of a dict that describes a function."""

ANY = ("any", "required", True)


def tool_of(tool: Any, *, strict: bool | None = None) -> Any:
    """A tool as a dict; one that a provider runs by itself stays as it is."""
    if _is_native(tool):
        return dict(tool)
    return convert_to_openai_tool(tool, strict=strict)


def _is_native(tool: Any) -> bool:
    """Whether a dict is a provider's own tool: neither a function in any form, nor a schema."""
    if not isinstance(tool, Mapping):
        return False
    given = cast("Mapping[str, Any]", tool)
    if DESCRIBED & given.keys():
        return False
    return given.get("type", "function" if "name" in given else "") not in ("function", "object")


def choice_of(choice: Any) -> Any:
    """A tool choice: ``"any"``, ``"auto"``, ``"none"``, a tool's name, or a provider's dict."""
    if choice is None or choice is False:
        return None
    if choice in ANY:
        return "required"
    if isinstance(choice, str) and choice not in ("auto", "none"):
        return ToolName(choice)
    return choice
