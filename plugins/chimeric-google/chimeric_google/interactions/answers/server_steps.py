"""Steps of tools that Google runs: a call and a result, each a step of its own."""

from __future__ import annotations

from typing import Any, Final, cast

from chimeric import ServerToolChunk
from chimeric_google.blocks.server_tools import code_of, input_of
from chimeric_google.blocks.values import items, obj, objects, text

__all__ = ["ServerSteps", "is_call", "is_result"]

KINDS: Final = {
    "google_search": "web_search",
    "url_context": "web_fetch",
    "code_execution": "code_execution",
    "file_search": "file_search",
    "mcp_server_tool": "mcp",
    "tool_search": "tool_search",
}
"""Tools by the beginning of their steps' types. Others, such as ``google_maps``, have no kind."""


def is_call(kind: str) -> bool:
    """Whether a type is that of a server tool's call."""
    return kind.endswith("_call") and kind != "function_call"


def is_result(kind: str) -> bool:
    """Whether a type is that of a server tool's result."""
    return kind.endswith("_result") and kind != "function_result"


class ServerSteps:
    """The server tools of one answer.

    Attributes:
        media: pictures and the like in the result that was read last.
    """

    __slots__ = ("_at", "_done", "_made", "_open", "media")

    def __init__(self) -> None:
        self._open: dict[str, ServerToolChunk] = {}
        self._done: set[str] = set()
        self._at: dict[int, str] = {}
        self._made = 0
        self.media: list[dict[str, Any]] = []

    def begin(self, index: int, step: dict[str, Any]) -> list[ServerToolChunk]:
        """A call begins, or a result; either may be whole."""
        kind = str(step.get("type"))
        if is_result(kind):
            self._at[index] = text(step.get("call_id")) or ""
            return self._end(index, step) if "result" in step else []
        tool = kind.removesuffix("_call")
        sort: Any = KINDS.get(tool, "other")
        identity = text(step.get("id")) or self._make_id(tool)
        name = text(step.get("name")) or tool
        given = _input(sort, step["arguments"]) if step.get("arguments") else None
        begun = ServerToolChunk(id=identity, kind=sort, name=name, input=given, native=step)
        if identity in self._open or identity in self._done:
            return []
        self._at[index] = identity
        self._open[identity] = begun
        return [begun]

    def grow(self, index: int, delta: dict[str, Any]) -> list[ServerToolChunk]:
        """What a call is given, or what came of it: one delta tells the whole of it."""
        kind = str(delta.get("type"))
        if is_result(kind):
            return self._end(index, delta)
        begun = self._open.get(self._at.get(index, ""))
        if begun is None:
            return []
        given = _input(begun.kind, delta.get("arguments"))
        running = ServerToolChunk(
            id=begun.id, kind=begun.kind, name=begun.name, status="running", input=given
        )
        return [running]

    def stop(self, index: int, step: dict[str, Any]) -> list[ServerToolChunk]:
        """A step is over: a result that told nothing, or a step of an unknown kind."""
        kind = str(step.get("type"))
        return self._end(index, step) if is_result(kind) or not is_call(kind) else []

    def _end(self, index: int, told: dict[str, Any]) -> list[ServerToolChunk]:
        identity = self._at.get(index, "")
        tool = str(told.get("type")).removesuffix("_result")
        begun = self._open.get(identity)
        if begun is None and identity in self._done:
            return []
        chunks: list[ServerToolChunk] = []
        if begun is None:
            begun = self._waiting(tool)
        if begun is None:
            sort: Any = KINDS.get(tool, "other")
            identity = identity or self._make_id(tool)
            begun = ServerToolChunk(id=identity, kind=sort, name=text(told.get("name")) or tool)
            chunks.append(begun)
        self._open.pop(begun.id, None)
        self._done |= {begun.id, identity}
        self._at[index] = begun.id
        output = self._output(begun.kind, told.get("result"), told.get("is_error") is True)
        failed = told.get("is_error") is True or _none_fetched(begun.kind, output)
        ended = ServerToolChunk(
            id=begun.id,
            kind=begun.kind,
            name=begun.name,
            status="failed" if failed else "completed",
            output=output,
        )
        return [*chunks, ended]

    def _waiting(self, tool: str) -> ServerToolChunk | None:
        """The oldest call that a result may be of, where the ids do not tell."""
        kind = f"{tool}_call"
        natives = ((begun, obj(begun.native)) for begun in self._open.values())
        return next((begun for begun, native in natives if native.get("type") == kind), None)

    def _output(self, kind: str, result: Any, failed: bool) -> Any:
        self.media = []
        if kind == "code_execution":
            printed = result if isinstance(result, str) else self._printed(result)
            return {"stderr" if failed else "stdout": printed}
        if kind == "web_search" and not failed:
            return []  # what was found is told in citations, and here at most as HTML
        if kind in ("web_fetch", "file_search", "tool_search") and isinstance(result, list):
            return objects(cast("object", result))
        return result

    def _printed(self, result: Any) -> str:
        contents = objects(result)
        self.media = [content for content in contents if content.get("type") != "text"]
        return "".join(str(c.get("text") or "") for c in contents if c.get("type") == "text")

    def _make_id(self, tool: str) -> str:
        self._made += 1
        return f"{tool}_{self._made - 1}"


def _input(kind: str, arguments: Any) -> Any:
    if kind == "code_execution":
        return code_of(obj(arguments))
    return input_of(kind, arguments)


def _none_fetched(kind: str, output: Any) -> bool:
    """Whether no page of a fetch came."""
    pages = items(output) if kind == "web_fetch" else []
    return bool(pages) and not any(obj(page).get("status") == "success" for page in pages)
