"""Tools that the provider runs, in the form of chimeric-dialects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from chimeric_dialects import ServerTool

from chimeric import ServerToolChunk, StreamChunk
from chimeric_gateway.shapes import is_array, is_object

__all__ = ["ServerTools", "tool_of"]

LISTS: Final = ("mcp", "mcp_list_tools")
"""What a list of a server's tools is called; any other name is a tool's."""


class ServerTools:
    """Tells each input once, as soon as it is whole: pieces of it have another form elsewhere."""

    def __init__(self) -> None:
        self._told: set[tuple[int, str]] = set()

    def chunk(self, chunk: StreamChunk) -> StreamChunk:
        """The chunk with inputs as this protocol has them."""
        tools = tuple(self._whole(chunk.turn, tool) for tool in chunk.server_tools)
        return chunk.replace(server_tools=tools)

    def _whole(self, turn: int, tool: ServerToolChunk) -> ServerToolChunk:
        text = _input_text(tool)
        if text and (turn, tool.id) not in self._told:
            self._told.add((turn, tool.id))
            return msgspec.structs.replace(tool, input_delta=text)
        return msgspec.structs.replace(tool, input_delta="")


def tool_of(tool: ServerToolChunk) -> ServerTool | None:
    """What is told of a tool; None where this protocol has no words for it."""
    told = _object(tool.input)
    error = _words(tool.output) or "failed" if tool.status == "failed" else ""
    match tool.kind:
        case "web_search" | "file_search":
            queries = [str(query) for query in told.get("queries") or ()]
            results = [] if error else _listed(tool.output)
            return ServerTool(
                kind=tool.kind, input={"queries": queries}, results=results, error=error
            )
        case "web_fetch":
            urls = [str(url) for url in told.get("urls") or ()] or [""]
            return ServerTool(kind="web_fetch", input={"urls": urls}, error=error)
        case "code_execution":
            return ServerTool(kind="code_execution", text=_words(tool.output), error=error)
        case "mcp":
            server = str(told.get("server") or "")
            name = str(told.get("name") or (tool.name if tool.name not in LISTS else ""))
            results = [] if name else _listed(_object(tool.output).get("tools"))
            return ServerTool(
                kind="mcp",
                name=name,
                server=server,
                results=results,
                text=_words(tool.output),
                error=error,
            )
        case _:
            return None


def _input_text(tool: ServerToolChunk) -> str:
    """What is written of an input: code, or the arguments of a call."""
    told = _object(tool.input)
    if tool.kind == "code_execution":
        commands = told.get("commands")
        lines = [str(line) for line in commands] if is_array(commands) else []
        return str(told.get("code") or "\n".join(lines))
    if tool.kind == "mcp" and told.get("name"):
        arguments = told.get("arguments")
        return arguments if isinstance(arguments, str) else _json(arguments or {})
    return ""


def _words(output: Any) -> str:
    if is_object(output) and ("stdout" in output or "stderr" in output):
        return "".join(str(output.get(name) or "") for name in ("stdout", "stderr"))
    if output is None or isinstance(output, str):
        return output or ""
    return _json(output)


def _listed(value: Any) -> list[dict[str, Any]]:
    listed = value if is_array(value) else []
    places: dict[str, Any] = {"url": "", "file_id": "", "filename": "", "score": 0, "text": ""}
    return [{**places, **entry} for entry in listed if isinstance(entry, dict)]


def _object(value: Any) -> Mapping[str, Any]:
    return value if is_object(value) else {}


def _json(value: Any) -> str:
    try:
        return msgspec.json.encode(value, enc_hook=str).decode()
    except (TypeError, ValueError, RecursionError):
        return str(value)
