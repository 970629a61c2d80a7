"""Tools that the service runs, as items of a response."""

from __future__ import annotations

from typing import Any, Literal

from chimeric_dialects.answers import Block
from chimeric_dialects.json_values import dumps
from chimeric_dialects.parts import File, ServerTool

__all__ = [
    "Status",
    "file_item",
    "input_event",
    "is_told",
    "item_prefix",
    "item_type",
    "partial_image",
    "phase_of",
    "tool_item",
]

Status = Literal["in_progress", "completed", "failed", "incomplete"]


_TYPES = {
    "web_search": ("web_search_call", "ws_"),
    "web_fetch": ("web_search_call", "ws_"),
    "file_search": ("file_search_call", "fs_"),
    "code_execution": ("code_interpreter_call", "ci_"),
    "image_generation": ("image_generation_call", "ig_"),
    "mcp": ("mcp_call", "mcp_"),
}


_PHASES = {
    "web_search": "searching",
    "web_fetch": "searching",
    "file_search": "searching",
    "code_execution": "interpreting",
    "image_generation": "generating",
}


def item_type(block: Block) -> str:
    """The type of its item."""
    if block.kind == "approval":
        return "mcp_approval_request"
    tool = block.server_tool
    if _is_x(tool):
        return "custom_tool_call"
    return "mcp_list_tools" if tool.is_list else _TYPES[tool.kind][0]


def _is_x(tool: ServerTool) -> bool:
    """Whether it is xAI's search of X, which looks like a call of the client's tools."""
    return tool.kind == "web_search" and bool(tool.name)


def item_prefix(block: Block) -> str:
    """What the id of its item begins with."""
    if block.kind == "approval":
        return "mcpr_"
    tool = block.server_tool
    if _is_x(tool):
        return "ctc_"
    return "mcpl_" if tool.is_list else _TYPES[tool.kind][1]


def phase_of(tool: ServerTool) -> str:
    """The word for a tool that is at work; MCP has none of its own, a search of X none at all."""
    return "" if _is_x(tool) else _PHASES.get(tool.kind, "in_progress")


def input_event(tool: ServerTool) -> tuple[str, str] | None:
    """The event in which the input comes piece by piece, and its key once all of it is there."""
    if tool.kind == "code_execution":
        return "response.code_interpreter_call_code", "code"
    if _is_x(tool):
        return "response.custom_tool_call_input", "input"
    if tool.kind == "mcp" and tool.name:
        return "response.mcp_call_arguments", "arguments"
    return None


def tool_item(
    block: Block, status: Status, include: frozenset[str], *, xai: bool
) -> dict[str, Any]:
    """All of an item but its id. ``include``: what of its results is wanted."""
    tool = block.server_tool
    begun = status == "in_progress"
    kind = item_type(block)
    if kind == "mcp_approval_request":
        call = {"arguments": block.text, "name": tool.name, "server_label": tool.server}
        return {"type": kind, **call}
    if kind == "mcp_list_tools":
        error = {"error": tool.error} if tool.error and not begun else {}
        tools = [] if begun or error else tool.results
        return {"type": kind, "server_label": tool.server, "tools": tools, **error}
    item: dict[str, Any] = {"type": kind, "status": status}
    if _is_x(tool):
        called = {"call_id": f"xs_call_{block.id[-24:]}", "name": tool.name}
        return {**item, **called, "input": "" if begun else block.text}
    if tool.kind == "mcp":
        return {**item, **_mcp_call(block, begun=begun)}
    if tool.kind == "code_execution":
        return {**item, **_code(block, begun, include, xai=xai)}
    if tool.kind == "file_search":
        wanted = "file_search_call.results" in include and not begun and not tool.error
        found = [_file_result(r) for r in tool.results] if wanted else None
        return {**item, "queries": tool.input["queries"], "results": found}
    if tool.kind == "image_generation":
        return {**item, **({"result": None} if begun else _image(tool, xai=xai))}
    if begun:
        return item
    return {**item, "action": _action(tool, include)}


def _action(tool: ServerTool, include: frozenset[str]) -> dict[str, Any]:
    if tool.kind == "web_fetch":
        return {"type": "open_page", "url": tool.input["urls"][0]}
    action: dict[str, Any] = {"type": "search", "query": tool.query}
    action["queries"] = tool.input["queries"]
    if "web_search_call.action.sources" in include and not tool.error:
        action["sources"] = [{"type": "url", "url": r["url"]} for r in tool.results]
    return action


def _mcp_call(block: Block, *, begun: bool) -> dict[str, Any]:
    tool = block.server_tool
    error = None
    if tool.error and not begun:
        error = {
            "type": "mcp_tool_execution_error",
            "content": [{"type": "text", "text": tool.error, "annotations": None, "meta": None}],
        }
    return {
        "approval_request_id": tool.approval or None,
        "arguments": "" if begun else block.text,
        "error": error,
        "name": tool.name,
        "output": None if begun or error else tool.text,
        "server_label": tool.server,
    }


def _code(block: Block, begun: bool, include: frozenset[str], *, xai: bool) -> dict[str, Any]:
    tool = block.server_tool
    outputs: list[dict[str, Any]] | None = None
    if "code_interpreter_call.outputs" in include or xai:
        outputs = []
    if outputs is not None and not begun:
        outputs = [{"type": "image", "url": f.data_url} for f in tool.files]
        outputs.append({"type": "logs", "logs": tool.error or tool.text})
    code = "" if begun else block.text
    if xai:
        return {"arguments": dumps({"code": code}).decode(), "outputs": outputs}
    return {"code": code, "container_id": block.id, "outputs": outputs}


def _file_result(found: dict[str, Any]) -> dict[str, Any]:
    keys = ("file_id", "filename", "score", "text")
    return {"attributes": {}, **{key: found[key] for key in keys}}


def _image(tool: ServerTool, *, xai: bool) -> dict[str, Any]:
    result = tool.files[0].base64 if tool.files and not tool.error else None
    if xai:
        return {"result": result, "prompt": tool.input["prompt"]}
    return {"result": result, "revised_prompt": tool.input["prompt"], **_LOOK, "action": "generate"}


_LOOK = {"background": "opaque", "output_format": "png", "quality": "medium", "size": "1024x1024"}


def partial_image(preview: File, number: int) -> dict[str, Any]:
    """What an event says of a preview."""
    return {"partial_image_index": number, "partial_image_b64": preview.base64, **_LOOK}


def is_told(block: Block, *, plain: bool) -> bool:
    """Whether a block is told; of files that no tool made, pictures are if the answer is plain."""
    file = block.file
    return file is None or (plain and bool(file.data) and file.media_type.startswith("image/"))


def file_item(file: File, *, begun: bool) -> dict[str, Any]:
    """A picture that no tool is known to have made."""
    status = "in_progress" if begun else "completed"
    kind = file.media_type.removeprefix("image/")
    item = {"type": "image_generation_call", "status": status, "result": None}
    return item if begun else {**item, "result": file.base64, "output_format": kind}
