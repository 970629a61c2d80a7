"""Tools that the service runs, as blocks of a message: each is a call and a result."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Block
from chimeric_dialects.json_values import dumps
from chimeric_dialects.parts import Citation, ServerTool
from chimeric_dialects.signatures import Signer

__all__ = ["call_block", "citation_of", "input_piece", "input_tail", "is_told", "result_block"]


_NAMES = {"web_search": "web_search", "web_fetch": "web_fetch", "code_execution": "code_execution"}


def is_told(tool: ServerTool) -> bool:
    """Whether this protocol has such a tool."""
    return tool.kind in _NAMES or (tool.kind == "mcp" and not tool.is_list)


def input_piece(block: Block, text: str) -> str:
    """A piece of the input as JSON; code comes as it is run, and is told as a string.

    What code calls has its whole input from the start.
    """
    if block.server_tool.kind != "code_execution":
        return text
    escaped = dumps(text)[1:-1].decode()
    return escaped if len(block.pieces) > 1 else '{"code": "' + escaped


def input_tail(block: Block) -> str:
    """What ends the input."""
    return '"}' if block.server_tool.kind == "code_execution" and block.pieces else ""


def call_block(block: Block, *, whole: bool) -> dict[str, Any]:
    """The call; without its input while that is to come."""
    tool = block.server_tool
    given = _input(tool) if whole else {}
    if tool.kind == "mcp":
        call = {"type": "mcp_tool_use", "id": block.id, "name": tool.name, "input": given}
        return {**call, "server_name": tool.server}
    name = _NAMES[tool.kind]
    call = {"type": "server_tool_use", "id": block.id, "name": name, "input": given}
    return {**call, "caller": _caller(tool)}


def _caller(tool: ServerTool) -> dict[str, Any]:
    if tool.caller:
        return {"type": "code_execution_20260120", "tool_id": tool.caller}
    return {"type": "direct"}


def _input(tool: ServerTool) -> dict[str, Any]:
    if tool.kind == "web_search":
        return {"query": tool.query}
    if tool.kind == "web_fetch":
        return {"url": tool.input["urls"][0]}
    if tool.kind == "code_execution":
        return {"code": tool.input["code"]}
    return tool.input


def result_block(block: Block, signer: Signer) -> dict[str, Any]:
    """The result, which always comes whole."""
    tool = block.server_tool
    if tool.kind == "mcp":
        text = [{"type": "text", "text": tool.error or tool.text}]
        told = {"type": "mcp_tool_result", "tool_use_id": block.id}
        return {**told, "is_error": bool(tool.error), "content": text}
    name = _NAMES[tool.kind]
    kind = f"{name}_tool_result"
    result: dict[str, Any] = {"type": kind, "tool_use_id": block.id}
    if tool.error:
        result["content"] = {"type": f"{kind}_error", "error_code": "unavailable"}
    elif tool.kind == "web_search":
        result["content"] = [_found(r, signer) for r in tool.results]
    elif tool.kind == "web_fetch":
        result["content"] = _fetched(tool)
    else:
        result["content"] = _ran(tool)
    return {**result, "caller": _caller(tool)}


def _found(result: dict[str, Any], signer: Signer) -> dict[str, Any]:
    return {
        "type": "web_search_result",
        "url": result["url"],
        "title": result["title"],
        "encrypted_content": signer.sign("search", result["url"]),
        "page_age": result.get("date"),
    }


def _fetched(tool: ServerTool) -> dict[str, Any]:
    page = tool.results[0]
    source = {"type": "text", "media_type": "text/plain", "data": page["text"]}
    document = {"type": "document", "source": source, "title": page["title"]}
    found = {"type": "web_fetch_result", "url": page["url"], "content": document}
    return {**found, "retrieved_at": "2026-11-22T12:00:00Z"}


def _ran(tool: ServerTool) -> dict[str, Any]:
    files = [{"type": "code_execution_output", "file_id": file.id} for file in tool.files]
    told = {"type": "code_execution_result", "stdout": tool.text, "stderr": ""}
    return {**told, "return_code": 0, "content": files}


def citation_of(citation: Citation, signer: Signer) -> dict[str, Any] | None:
    """A source; None for a file that code wrote, which stands in the result of the code."""
    if citation.container:
        return None
    if not citation.url:
        return {
            "type": "char_location",
            "cited_text": citation.text,
            "document_index": citation.number,
            "document_title": citation.title,
            "file_id": None,
            "start_char_index": 0,
            "end_char_index": len(citation.text),
        }
    return {
        "type": "web_search_result_location",
        "cited_text": citation.text[:150],
        "url": citation.url,
        "title": citation.title,
        "encrypted_index": signer.sign("index", citation.url),
    }
