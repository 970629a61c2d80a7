"""What the types of tool items mean: which kind of tool it is, and what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

__all__ = ["RESULTS", "Kind", "base_of", "kind_of", "name_of"]

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

KINDS: dict[str, Kind] = {
    **dict.fromkeys(
        (
            *("web_search", "web_search_preview", "web_search_with_snippets", "search_results"),
            *("x_search", "x_keyword_search", "x_semantic_search", "x_user_search"),
            "x_thread_fetch",
        ),
        "web_search",
    ),
    **dict.fromkeys(("web_fetch", "fetch_url_results", "browse_page"), "web_fetch"),
    **dict.fromkeys(
        ("code_interpreter", "code_execution", "shell", "local_shell", "bash", "program"),
        "code_execution",
    ),
    **dict.fromkeys(("file_search", "collections_search"), "file_search"),
    "image_generation": "image_generation",
    **dict.fromkeys(("mcp", "mcp_list_tools"), "mcp"),
    "tool_search": "tool_search",
}
"""Kinds by the base of an item's type, or by the name of a custom tool (xAI's searches)."""

RESULTS = {
    "shell_call_output": "shell_call",
    "program_output": "program",
    "tool_search_output": "tool_search_call",
}
"""Items that hold nothing but the result of another one."""


def base_of(type: str) -> str:
    """The type of an item or of an event without what all of them have.

    Example:
        >>> base_of("web_search_call"), base_of("openrouter:bash"), base_of("program_output")
        ('web_search', 'bash', 'program')
    """
    base = type.rpartition(":")[2]
    for ending in ("_call_output", "_output", "_call"):
        if base.endswith(ending):
            return base.removesuffix(ending)
    return base


def kind_of(value: Mapping[str, Any]) -> Kind:
    """The kind of tool that an item tells of; ``other`` for those that are not known."""
    base = base_of(str(value.get("type") or ""))
    if base == "custom_tool":
        base = str(value.get("name") or "")
    if base.startswith("sandbox_"):
        return "code_execution"
    return KINDS.get(base, "other")


def name_of(value: Mapping[str, Any]) -> str:
    """The provider's own name of the tool."""
    return str(value.get("name") or value.get("toolName") or base_of(str(value.get("type") or "")))
