"""Tools that the service runs: a step for the call, and one for what came of it."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Block
from chimeric_dialects.parts import File, ServerTool

__all__ = ["call_of", "content_of", "result_of"]

_TYPES = {
    "web_search": "google_search",
    "web_fetch": "url_context",
    "file_search": "file_search",
    "code_execution": "code_execution",
    "mcp": "mcp_server_tool",
}


def call_of(block: Block) -> dict[str, Any] | None:
    """The step of a call, whole; None for what has none here."""
    tool = block.server_tool
    if tool.kind not in _TYPES or tool.is_list:
        return None
    step: dict[str, Any] = {"type": f"{_TYPES[tool.kind]}_call", "id": block.id}
    if tool.kind == "mcp":
        return {**step, "name": tool.name, "server_name": tool.server, "arguments": tool.input}
    if tool.kind == "code_execution":
        return {**step, "arguments": {"code": block.text, "language": "python"}}
    if tool.kind == "file_search":
        return step  # the service keeps the queries to itself
    return {**step, "arguments": tool.input}


def result_of(block: Block) -> dict[str, Any]:
    """The step of its result, whole."""
    tool = block.server_tool
    step: dict[str, Any] = {"type": f"{_TYPES[tool.kind]}_result", "call_id": block.id}
    if tool.kind == "mcp":
        step |= {"name": tool.name, "server_name": tool.server}
    return {**step, "result": _result(tool), "is_error": bool(tool.error)}


def _result(tool: ServerTool) -> Any:
    if tool.kind == "web_fetch":
        status = "error" if tool.error else "success"
        return [{"url": url, "status": status} for url in tool.input["urls"]]
    if tool.kind in ("code_execution", "mcp"):
        return tool.error or tool.text
    if tool.error:
        return []
    if tool.kind == "file_search":
        return [{"file_name": r["filename"], "text": r["text"]} for r in tool.results]
    return [{"search_suggestions": f"<div>{tool.query}</div>"}]


def content_of(file: File) -> dict[str, Any]:
    """A picture or a sound."""
    kind, _, rest = file.media_type.partition(";")
    content: dict[str, Any] = {"type": kind.partition("/")[0], "data": file.base64}
    if content["type"] not in ("image", "audio", "video"):
        content["type"] = "document"
    content["mime_type"] = kind.lower()
    if content["type"] == "audio":
        rate = rest.partition("rate=")[2]
        content |= {"sample_rate": int(rate or 24_000), "channels": 1}
    return content
