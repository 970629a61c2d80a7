"""Tools that a provider runs by itself, in the forms of three protocols.

Which form a model takes depends on its provider, and a client reaches any: so the table is the
caller's to choose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from pydantic_ai.exceptions import UserError
from pydantic_ai.native_tools import (
    AbstractNativeTool,
    CodeExecutionTool,
    FileSearchTool,
    ImageGenerationTool,
    MCPServerTool,
    WebFetchTool,
    WebSearchTool,
)

__all__ = ["ANTHROPIC_TOOLS", "GOOGLE_TOOLS", "OPENAI_TOOLS", "NativeForms", "native_tools_of"]

NativeForms: TypeAlias = Mapping[
    type[AbstractNativeTool], Mapping[str, Any] | Callable[[Any], Mapping[str, Any]]
]
"""For each kind of native tool the provider's form: a dict, or what makes one of the tool."""


def _openai_search(tool: WebSearchTool) -> Mapping[str, Any]:
    form: dict[str, Any] = {"type": "web_search", "search_context_size": tool.search_context_size}
    if tool.user_location:
        form["user_location"] = {"type": "approximate", **tool.user_location}
    if tool.allowed_domains:
        form["filters"] = {"allowed_domains": tool.allowed_domains}
    return form


def _openai_mcp(tool: MCPServerTool) -> Mapping[str, Any]:
    form: dict[str, Any] = {
        "type": "mcp",
        "server_label": tool.id,
        "server_url": tool.url,
        "require_approval": "never",
        "authorization": tool.authorization_token,
        "server_description": tool.description,
        "allowed_tools": tool.allowed_tools,
        "headers": tool.headers,
    }
    return {name: value for name, value in form.items() if value is not None}


OPENAI_TOOLS: NativeForms = {
    WebSearchTool: _openai_search,
    CodeExecutionTool: {"type": "code_interpreter", "container": {"type": "auto"}},
    ImageGenerationTool: {"type": "image_generation"},
    FileSearchTool: lambda tool: {
        "type": "file_search",
        "vector_store_ids": list(tool.file_store_ids),
    },
    MCPServerTool: _openai_mcp,
}
"""For the Responses API: OpenAI, Azure, xAI."""


def _anthropic_search(tool: WebSearchTool | WebFetchTool, form: str, name: str) -> dict[str, Any]:
    made: dict[str, Any] = {"type": form, "name": name}
    limits = {
        "max_uses": tool.max_uses,
        "allowed_domains": tool.allowed_domains,
        "blocked_domains": tool.blocked_domains,
    }
    return made | {key: value for key, value in limits.items() if value}


ANTHROPIC_TOOLS: NativeForms = {
    WebSearchTool: lambda tool: _anthropic_search(tool, "web_search_20250305", "web_search"),
    WebFetchTool: lambda tool: _anthropic_search(tool, "web_fetch_20250910", "web_fetch"),
    CodeExecutionTool: {"type": "code_execution_20250825", "name": "code_execution"},
}
"""For the Messages API: Anthropic, and Claude at Vertex."""

GOOGLE_TOOLS: NativeForms = {
    WebSearchTool: {"googleSearch": {}},
    WebFetchTool: {"urlContext": {}},
    CodeExecutionTool: {"codeExecution": {}},
    FileSearchTool: lambda tool: {
        "fileSearch": {"fileSearchStoreNames": list(tool.file_store_ids)}
    },
}
"""For Gemini."""


def native_tools_of(
    tools: Iterable[AbstractNativeTool], forms: NativeForms
) -> list[Mapping[str, Any]]:
    """The tools in the provider's form.

    Raises:
        UserError: for a tool that the table has no form for.
    """
    made: list[Mapping[str, Any]] = []
    for tool in tools:
        form = forms.get(type(tool))
        if form is None:
            raise UserError(
                f"{type(tool).__name__} has no form for this model: "
                "pass native_tools= (OPENAI_TOOLS, ANTHROPIC_TOOLS, GOOGLE_TOOLS or your own)"
            )
        made.append(form(tool) if callable(form) else form)
    return made
