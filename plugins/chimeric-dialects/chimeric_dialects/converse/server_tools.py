"""Tools that the service runs, as blocks of Converse: Amazon Nova's."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Block
from chimeric_dialects.json_values import dumps
from chimeric_dialects.parts import Citation, ServerTool, ServerToolKind

__all__ = [
    "SERVER_TOOLS",
    "call_input",
    "citation_of",
    "encoded",
    "result_content",
    "start_of",
    "tool_name",
]

SERVER_TOOLS: dict[str, ServerToolKind] = {
    "nova_grounding": "web_search",
    "nova_code_interpreter": "code_execution",
}
"""By their names."""


def tool_name(tool: ServerTool) -> str | None:
    """The service's name of a tool, or None where it has no such tool."""
    return next((name for name, kind in SERVER_TOOLS.items() if kind == tool.kind), None)


def call_input(tool: ServerTool) -> dict[str, Any]:
    """What a tool is called with."""
    if tool.kind == "code_execution":
        return {"snippet": tool.input["code"]}
    return {"query": tool.query}


def start_of(block: Block) -> dict[str, Any]:
    """How a result begins."""
    tool = block.server_tool
    kind = f"{tool_name(tool)}_result"
    status = "error" if tool.error else "success"
    return {"toolUseId": block.id, "type": kind, "status": status}


def result_content(tool: ServerTool) -> list[dict[str, Any]]:
    """What came of a call; what was searched for shows in citations only."""
    if tool.kind != "code_execution":
        return [{"text": tool.error}] if tool.error else []
    ran = {"stdOut": "" if tool.error else tool.text, "stdErr": tool.error}
    return [{"json": {**ran, "exitCode": int(bool(tool.error)), "isError": bool(tool.error)}}]


def citation_of(citation: Citation) -> dict[str, Any] | None:
    """A source; None for a file that code wrote."""
    if citation.container:
        return None
    told: dict[str, Any] = {"title": citation.title, "sourceContent": [{"text": citation.text}]}
    if citation.url:
        location = {"url": citation.url, "domain": citation.url.split("/")[2]}
        return {**told, "location": {"web": location}}
    place = {"documentIndex": citation.number, "start": 0, "end": len(citation.text)}
    return {**told, "source": citation.source, "location": {"documentChar": place}}


def encoded(value: dict[str, Any]) -> str:
    """JSON text of an input."""
    return dumps(value).decode()
