"""The reader of what an answer has besides text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from chimeric import Delta, GeneratedFile, ServerToolChunk
from chimeric_chat_completions.lenient import items, obj, text

from .citations import Citations, read_citation
from .executed import ExecutedTools, detailed
from .files import Files
from .searches import results
from .steps import read_step

__all__ = ["Besides"]


class Besides:
    """Citations, tools of the server and files of one answer, each told once."""

    __slots__ = (
        "_citations",
        "_details",
        "_executed",
        "_files",
        "_found",
        "_last",
        "_searches",
        "_steps",
        "_unread",
        "steps",
    )

    def __init__(self) -> None:
        self.steps: list[Delta] = []
        """What comes before the event's own delta."""
        self._citations = Citations()
        self._details: set[str] = set()
        self._executed = ExecutedTools()
        self._files = Files()
        self._found: set[str] = set()
        self._last: dict[str, Any] = {}
        self._searches = 0
        self._steps: set[bytes] = set()
        self._unread = 0

    def message(self, message: dict[str, Any], fields: dict[str, Any], *, whole: bool) -> None:
        """Read a message, or a delta of one."""
        for name in ("annotations", "citations"):
            if cited := items(message.get(name)):
                self.cite(cited, fields)
        if ran := items(message.get("executed_tools")):
            self._before(*self._executed.read(ran, whole=whole))
        if details := items(message.get("reasoning_details")):
            self._before(detailed(details, self._details))
        for name in ("images", "videos"):
            if pictures := items(message.get(name)):
                _add(fields, "files", self._files.new(pictures))
        for step in map(obj, items(message.get("reasoning_steps"))):
            self._read_step(step)
        self._read_searches(message)

    def frame(self, raw: dict[str, Any], fields: dict[str, Any]) -> None:
        """Read what stands beside the choices; each chunk may repeat all of it."""
        self._read_searches(raw)
        if self._is_new("citations", raw):
            self.cite(items(raw["citations"]), fields)
        if self._is_new("images", raw):
            _add(fields, "files", self._files.new(items(raw["images"])))

    def cite(self, cited: list[Any], fields: dict[str, Any]) -> None:
        """Add the citations that are new."""
        _add(fields, "citations", self._citations.new(cited))

    def refer(self, parts: list[Any], fields: dict[str, Any]) -> None:
        """Add references in the content: each stands where it applies, also for the second time."""
        _add(fields, "citations", [read_citation(part) for part in parts])

    def picture(self, parts: list[Any], fields: dict[str, Any]) -> None:
        """Add the files in the content."""
        _add(fields, "files", self._files.new(parts))

    def unknown(self, parts: list[Any], fields: dict[str, Any]) -> None:
        """Add parts of the content that nobody knows."""
        tools = [
            ServerToolChunk(
                id=f"part_{place}",
                name=text(obj(part).get("type")) or "",
                status="completed",
                native=part,
            )
            for place, part in enumerate(parts, self._unread)
        ]
        self._unread += len(parts)
        _add(fields, "server_tools", tools)

    def end(self, fields: dict[str, Any]) -> None:
        """The answer has ended."""
        _add(fields, "citations", self._citations.of_sources())

    def _before(self, tools: list[ServerToolChunk], files: Sequence[GeneratedFile] = ()) -> None:
        """The tools and what they made come before the text that was written of it."""
        if tools:
            self.steps.append(Delta(server_tools=tuple(tools), files=tuple(files)))

    def _read_searches(self, told: dict[str, Any]) -> None:
        # Perplexity's own, Z.ai's, DashScope's.
        if self._is_new("search_results", told):
            found = items(told["search_results"])
            self._citations.searched(found)
            self._search(found)
        if self._is_new("web_search", told):
            self._search(items(told["web_search"]))
        if self._is_new("search_info", told):
            self._search(items(obj(told["search_info"]).get("search_results")))

    def _is_new(self, name: str, told: dict[str, Any]) -> bool:
        value = told.get(name)
        if not value or self._last.get(name) == value:
            return False
        self._last[name] = value
        return True

    def _read_step(self, step: dict[str, Any]) -> None:
        known = msgspec.json.encode(step)
        if not step or known in self._steps:
            return
        deltas = read_step(step, len(self._steps))
        self.steps += deltas
        self._steps.add(known)
        for delta in deltas:
            for tool in delta.server_tools:
                if tool.kind == "web_search":
                    self._found.update(result.get("url", "") for result in items(tool.output))

    def _search(self, found: list[Any]) -> None:
        """A search of which only the results are told: as a tool that began and is done."""
        fresh = [result for result in results(found) if result.get("url") not in self._found]
        if not fresh:
            return
        self._found.update(result["url"] for result in fresh if "url" in result)
        tool = ServerToolChunk(
            id=f"web_search_{self._searches}", kind="web_search", name="web_search"
        )
        self._searches += 1
        done = msgspec.structs.replace(tool, status="completed", output=fresh)
        self._before([tool, done])


def _add(fields: dict[str, Any], name: str, found: list[Any]) -> None:
    if found:
        fields[name] = (*fields.get(name, ()), *found)
