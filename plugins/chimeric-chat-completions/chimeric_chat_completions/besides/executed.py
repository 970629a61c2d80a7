"""Tools that the server ran by itself, where a message tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from chimeric import GeneratedFile, ImagePart, ServerToolChunk
from chimeric_chat_completions.lenient import items, numeral, obj, text

from .searches import Kind, called_with, kind_of, results

__all__ = ["ExecutedTools", "detailed"]

RAN = ("browser_results", "code_results")
"""Members of an entry that only a tool has which has run."""

FOUND = ("web_search", "web_fetch")
"""Kinds of which the output is a list of pages."""


class ExecutedTools:
    """Groq's ``executed_tools`` of one answer.

    A stream has each entry twice under one ``index``: with what it is called with as it starts,
    and with its ``output`` too when it is done. A whole answer has it once. None has an id.
    """

    __slots__ = ("_done", "_started")

    def __init__(self) -> None:
        self._started: dict[int, Any] = {}
        self._done: set[int] = set()

    def read(
        self, ran: list[Any], *, whole: bool
    ) -> tuple[list[ServerToolChunk], list[GeneratedFile]]:
        """What an event, or a whole answer, tells of tools, and the files that they wrote."""
        tools: list[ServerToolChunk] = []
        files: list[GeneratedFile] = []
        for entry in filter(None, map(obj, ran)):
            place = self._place(entry)
            if place in self._done or (entry == self._started.get(place) and not whole):
                continue
            found, written = self._tell(place, entry, whole)
            tools += found
            files += written
        return tools, files

    def _place(self, entry: Mapping[str, Any]) -> int:
        """Its place among the tools; without an index it is one that was called like it."""
        told = numeral(entry.get("index"))
        if told is not None:
            return told
        called = entry.get("type"), entry.get("arguments")
        alike = (
            place
            for place, known in self._started.items()
            if (known.get("type"), known.get("arguments")) == called
            and (place not in self._done or known == entry)
        )
        return next(alike, len(self._started))

    def _tell(
        self, place: int, entry: dict[str, Any], whole: bool
    ) -> tuple[list[ServerToolChunk], list[GeneratedFile]]:
        name = text(entry.get("name")) or text(entry.get("type")) or ""
        kind = kind_of(text(entry.get("type")) or name)
        tool = ServerToolChunk(
            id=f"executed_tool_{place}",
            kind=kind,
            name=name,
            input=called_with(kind, entry.get("arguments")),
        )
        began = place in self._started
        self._started[place] = entry
        if not whole and not _has_run(entry):
            status = "running" if began else "started"
            return [replace(tool, status=status, native=entry)], []
        self._done.add(place)
        files = _files(tool.id, entry)
        done = replace(tool, status="completed", output=_output(kind, entry, files), native=entry)
        return ([done] if began else [tool, done]), files


def detailed(details: list[Any], told: set[str]) -> list[ServerToolChunk]:
    """The tools among OpenRouter's ``reasoning_details``, each whole; ``told`` are their ids."""
    tools: list[ServerToolChunk] = []
    for detail in map(obj, details):
        if detail.get("type") != "reasoning.server_tool_call":
            continue
        place = text(detail.get("tool_call_id")) or f"server_tool_{detail.get('index', len(told))}"
        if place in told:
            continue
        told.add(place)
        name = text(detail.get("tool_name")) or ""
        kind = kind_of(name)
        tool = ServerToolChunk(
            id=place, kind=kind, name=name, input=called_with(kind, detail.get("arguments"))
        )
        output: Any = detail.get("result")
        if kind in FOUND:
            output = results(obj(output).get("results") or output) or output
        tools += [tool, replace(tool, status="completed", output=output, native=detail)]
    return tools


def _has_run(entry: Mapping[str, Any]) -> bool:
    found = items(obj(entry.get("search_results")).get("results"))
    return "output" in entry or bool(found) or any(entry.get(name) for name in RAN)


def _output(kind: Kind, entry: Mapping[str, Any], files: list[GeneratedFile]) -> Any:
    output: Any = entry.get("output")
    if kind in FOUND:
        members = obj(entry.get("search_results")).get("results"), entry.get("browser_results")
        found = results(members[0]) or results(members[1])
        return found or ([{**_address(entry), "text": output}] if text(output) else [])
    if kind == "code_execution":
        said = [text(obj(result).get("text")) or "" for result in items(entry.get("code_results"))]
        ran = {"stdout": text(output) or "".join(said)}
        return {**ran, "files": files} if files else ran
    return output


def _address(entry: Mapping[str, Any]) -> dict[str, str]:
    """The page that was asked for, of which only the text is told."""
    called = called_with("web_fetch", entry.get("arguments"))
    urls = items(obj(called).get("urls"))
    return {"url": str(urls[0])} if urls else {}


def _files(place: str, entry: Mapping[str, Any]) -> list[GeneratedFile]:
    """Pictures that code drew, and those that a search found."""
    drawn = [text(obj(result).get("png")) for result in items(entry.get("code_results"))]
    parts = [ImagePart(data=png, media_type="image/png") for png in drawn if png]
    for image in items(obj(entry.get("search_results")).get("images")):
        url = text(image) or text(obj(image).get("url"))
        parts += [ImagePart(url=url)] if url else []
    return [GeneratedFile(f"{place}_file_{n}", part) for n, part in enumerate(parts)]
