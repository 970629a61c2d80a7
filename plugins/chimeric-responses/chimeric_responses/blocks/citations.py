"""Annotations of a text as citations, each once, and the files that they tell of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from chimeric import Citation, FilePart, GeneratedFile

__all__ = ["Cited", "citation_of", "files_of"]


class Cited:
    """The annotations of one message that were told.

    They are told as events, and again with the part and the item: by their place in most cases;
    servers that number badly repeat the same annotation, which is known by what it says.
    """

    def __init__(self) -> None:
        self._told: list[tuple[int | None, int | None, Any]] = []

    def told(self, part: int | None, place: int | None, annotation: Any) -> bool:
        """Note one that an event tells; whether it is new."""
        entry = (part, place, annotation)
        if None not in entry and entry in self._told:
            return False
        self._told.append(entry)
        return True

    def untold(self, parts: list[list[Any]]) -> list[list[Any]]:
        """Of all annotations of all parts those that are new, by part."""
        left = list(self._told)
        places = [(part, n, a) for part, listed in enumerate(parts) for n, a in enumerate(listed)]
        new = [entry for entry in places if not _take(left, entry)]
        self._told += new
        return [[a for part, _, a in new if part == wanted] for wanted in range(len(parts))]


def _take(left: list[tuple[int | None, int | None, Any]], entry: tuple[int, int, Any]) -> bool:
    """Take the told one that ``entry`` is, if there is one."""
    part, place, annotation = entry
    for same in (
        next((t for t in left if t == entry), None),
        next((t for t in left if t[2] == annotation), None),
        next((t for t in left if t[:2] == (part, place)), None),
    ):
        if same is not None:
            left.remove(same)
            return True
    return False


def citation_of(annotation: Any) -> Citation:
    """An annotation as a citation; offsets that cannot be are left out."""
    if not isinstance(annotation, Mapping):
        return Citation(native=annotation)
    told = cast("Mapping[str, Any]", annotation)
    nested = told.get(str(told.get("type")))
    if isinstance(nested, Mapping):  # as chat completions have it
        told = cast("Mapping[str, Any]", nested)
    start, end = told.get("start_index"), told.get("end_index")
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start <= end and end):
        start = end = None
    source = told.get("file_id") or told.get("document_id") or told.get("tool_call_id")
    return Citation(
        url=told.get("url"),
        title=told.get("title") or told.get("filename"),
        text=told.get("content") or told.get("cited_text") or None,
        start=start,
        end=end,
        source=source,
        native=annotation,
    )


def files_of(annotations: list[Any]) -> tuple[GeneratedFile, ...]:
    """The files that annotations tell of: what code wrote in its container."""
    files: dict[str, GeneratedFile] = {}
    for annotation in annotations:
        if isinstance(annotation, Mapping):
            told = cast("Mapping[str, Any]", annotation)
            name = told.get("file_id")
            if isinstance(name, str) and told.get("type") == "container_file_citation":
                part = FilePart(file_id=name, filename=told.get("filename"))
                files[name] = GeneratedFile(name, part)
    return tuple(files.values())
