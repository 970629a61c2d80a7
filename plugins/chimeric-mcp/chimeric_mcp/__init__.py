"""Tools of MCP servers, calls that somebody has to approve, and search among many tools.

Give an ``MCPServer(...)`` to a call (``tools=[...]``) or to a client (``plugins=[...]``);
``load_servers("mcp.json")`` reads the usual file. ``require_approval(...)`` and ``ToolSearch(...)``
are plugins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chimeric import Context, Request, Tool, ToolCall, hookimpl

if TYPE_CHECKING:
    from .approval import Approval, MCPTool, require_approval
    from .calling import Progress
    from .file import load_servers
    from .listing import ListedTool
    from .search import ToolSearch
    from .server import MCPServer
    from .session.faults import MCPServerError

__all__ = [
    "Approval",
    "ListedTool",
    "MCPServer",
    "MCPServerError",
    "MCPTool",
    "Progress",
    "ToolSearch",
    "chimeric_call_tool",
    "chimeric_prepare_request",
    "load_servers",
    "require_approval",
]

WHERE = {
    "Approval": "approval",
    "ListedTool": "listing",
    "MCPServer": "server",
    "MCPServerError": "session.faults",
    "MCPTool": "approval",
    "Progress": "calling",
    "ToolSearch": "search",
    "load_servers": "file",
    "require_approval": "approval",
}

chimeric_api = (2, 2)

KIND = "chimeric_mcp"


def __getattr__(name: str) -> Any:
    """Import what is asked for: a process without servers loads nothing."""
    if name not in WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{WHERE[name]}"), name)


@hookimpl(tryfirst=True)
def chimeric_prepare_request(request: Request, context: Context) -> Any:
    """Put the tools of servers where the servers stand, before other plugins see the request."""
    if not any(tool.native and tool.native.get("type") == KIND for tool in request.tools):
        return None
    from .expanding import expanded

    return expanded(request, context)


@hookimpl
def chimeric_call_tool(call: ToolCall, tool: Tool | None) -> Any:
    """Pause what ``server.require_approval`` says."""
    approval = getattr(tool, "approval", None)
    return None if approval is None else approval.verdict(call, tool)
