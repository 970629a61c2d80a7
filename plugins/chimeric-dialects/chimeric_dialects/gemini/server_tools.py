"""Tools that the service runs, as parts of Gemini's answers."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Block
from chimeric_dialects.parts import File

__all__ = ["TOOL_TYPES", "call_part", "media_part", "result_parts"]

TOOL_TYPES = {
    "web_search": "GOOGLE_SEARCH_WEB",
    "web_fetch": "URL_CONTEXT",
    "file_search": "FILE_SEARCH",
}


def call_part(block: Block, *, told: bool, with_id: bool) -> dict[str, Any] | None:
    """The call; searches are parts only where that is ``told``."""
    tool = block.server_tool
    named = {"id": block.id} if with_id else {}
    if tool.kind == "code_execution":
        return {"executableCode": {"language": "PYTHON", "code": block.text, **named}}
    if told and tool.kind in TOOL_TYPES:
        call: dict[str, Any] = {"toolType": TOOL_TYPES[tool.kind]}
        if tool.kind != "file_search":  # the service keeps those to itself
            call["args"] = tool.input
        return {"toolCall": {**call, "id": block.id}}
    return None


def result_parts(block: Block, *, told: bool, with_id: bool) -> list[dict[str, Any]]:
    """What came of it."""
    tool = block.server_tool
    named = {"id": block.id} if with_id else {}
    if tool.kind == "code_execution":
        outcome = "OUTCOME_FAILED" if tool.error else "OUTCOME_OK"
        printed = tool.error or tool.text
        result = {"outcome": outcome, **({"output": printed} if printed else {}), **named}
        files = [] if tool.error else [media_part(file) for file in tool.files]
        return [{"codeExecutionResult": result}, *files]
    if tool.kind == "image_generation":
        return [] if tool.error else [media_part(file) for file in tool.files]
    if told and tool.kind in TOOL_TYPES:
        response: dict[str, Any] = {"toolType": TOOL_TYPES[tool.kind], "id": block.id}
        if tool.kind == "web_search":
            response["response"] = {"search_suggestions": f"<div>{tool.query}</div>"}
        return [{"toolResponse": response}]
    return []


def media_part(file: File, *, draft: bool = False) -> dict[str, Any]:
    """A picture or a sound. ``draft``: a picture that the model thinks with."""
    part: dict[str, Any] = {"inlineData": {"mimeType": file.media_type, "data": file.base64}}
    return {**part, "thought": True} if draft else part
