"""Tools that Google runs: code, searches and fetches, told in parts of the answer."""

from __future__ import annotations

from typing import Any, Final, cast

from chimeric import ServerToolChunk

from .values import obj, strings, text

__all__ = ["ServerTools", "code_of", "input_of"]

KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("GOOGLE_SEARCH", "web_search"),
    ("URL_CONTEXT", "web_fetch"),
    ("FILE_SEARCH", "file_search"),
    ("CODE_EXECUTION", "code_execution"),
)
"""Beginnings of a ``toolType``. Others, such as ``GOOGLE_MAPS``, have no kind of their own."""

RESULTS: Final = {"codeExecutionResult": "executableCode", "toolResponse": "toolCall"}
"""Parts that hold a result, and the parts that hold the calls of it."""


class ServerTools:
    """The calls of one answer, each with its result.

    Before Gemini 3 they have no ids: a result belongs to the oldest call of its sort that is open.

    Attributes:
        told: kinds and names of the tools that parts told of.
        fetched: what is known of pages that were fetched.
    """

    __slots__ = ("_done", "_made", "_open", "fetched", "told")

    def __init__(self) -> None:
        # What is open: the kind of its part, and the chunk that began it.
        self._open: dict[str, tuple[str, ServerToolChunk]] = {}
        self._done: set[str] = set()
        self._made = 0
        self.told: set[str] = set()  # kinds and names
        self.fetched: list[dict[str, Any]] = []

    def read(self, part: dict[str, Any], natives: list[dict[str, Any]]) -> list[ServerToolChunk]:
        """What a part tells of tools; ``natives`` are the calls in it, with their sort."""
        told = [begun for native in natives for begun in self._begin(native)]
        for result, sort in RESULTS.items():
            if isinstance(part.get(result), dict):
                told += self._end(sort, cast("dict[str, Any]", part[result]))
        return told

    def reconstruct(
        self, kind: Any, name: str, given: Any, *, status: Any = "started", **more: Any
    ) -> ServerToolChunk:
        """A tool that no part tells of. It is never sent back."""
        return ServerToolChunk(
            id=self.make_id(kind), kind=kind, name=name, status=status, input=given, **more
        )

    def make_id(self, kind: str) -> str:
        """An id for what has none on the wire."""
        self._made += 1
        return f"{kind}_{self._made - 1}"

    def _begin(self, native: dict[str, Any]) -> list[ServerToolChunk]:
        sort, name = str(native["type"]), str(native["name"])
        kind: Any = "code_execution" if sort == "executableCode" else _kind(name)
        call_id = text(native.get("id"))
        if call_id and (call_id in self._open or call_id in self._done):
            return []
        identity = call_id or self.make_id(kind)
        given = code_of(native) if sort == "executableCode" else input_of(kind, native.get("args"))
        begun = ServerToolChunk(id=identity, kind=kind, name=name, input=given, native=native)
        self._open[identity] = sort, begun
        self.told |= {kind, name}
        return [begun]

    def _end(self, sort: str, result: dict[str, Any]) -> list[ServerToolChunk]:
        result_id, name = text(result.get("id")), text(result.get("toolType")) or ""
        if result_id in self._done:
            return []
        begun = self._call_of(sort, result_id, name)
        told: list[ServerToolChunk] = []
        if begun is None:
            kind: Any = "code_execution" if sort == "executableCode" else _kind(name)
            identity = result_id or self.make_id(kind)
            begun = ServerToolChunk(id=identity, kind=kind, name=name or kind)
            self.told |= {kind, name}
            told.append(begun)
        self._open.pop(begun.id, None)
        self._done.add(begun.id)
        failed, output = _ran(result) if sort == "executableCode" else self._answered(begun, result)
        ended = ServerToolChunk(
            id=begun.id,
            kind=begun.kind,
            name=begun.name,
            status="failed" if failed else "completed",
            output=output,
        )
        return [*told, ended]

    def _call_of(self, sort: str, result_id: Any, name: str) -> ServerToolChunk | None:
        if result_id and (known := self._open.get(result_id)):
            return known[1]
        waiting = [begun for kept, begun in self._open.values() if kept == sort]
        alike = [begun for begun in waiting if not name or begun.name == name] or waiting
        return alike[0] if alike else None

    def _answered(self, begun: ServerToolChunk, result: dict[str, Any]) -> tuple[bool, Any]:
        response: Any = result.get("response")
        if fault := obj(response).get("error"):
            return True, fault
        if begun.kind == "other":
            return False, response
        # What was found is told in the grounding of the answer, and here at most as HTML.
        return False, list(self.fetched) if begun.kind == "web_fetch" else []


def _kind(tool_type: str) -> str:
    return next((kind for word, kind in KINDS if tool_type.startswith(word)), "other")


def code_of(native: dict[str, Any]) -> dict[str, Any]:
    """The input of a run of code."""
    language = native.get("language")
    named = {"language": language.lower()} if isinstance(language, str) and language else {}
    return {"code": native.get("code") or "", **named}


def input_of(kind: str, args: Any) -> Any:
    """The input of a search or a fetch in unified form; that of others as it is."""
    given = obj(args)
    match kind:
        case "web_search" | "file_search":
            return {"queries": strings(given.get("queries")) or strings([given.get("query")])}
        case "web_fetch":
            return {"urls": strings(given.get("urls")) or strings([given.get("url")])}
        case _:
            return args


def _ran(result: dict[str, Any]) -> tuple[bool, dict[str, Any]]:
    """Whether code failed, and what it printed: in place of that, what went wrong."""
    outcome = str(result.get("outcome") or "")
    failed = outcome.endswith(("FAILED", "DEADLINE_EXCEEDED"))
    return failed, {"stderr" if failed else "stdout": result.get("output") or ""}
