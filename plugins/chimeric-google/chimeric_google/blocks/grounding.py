"""Sources that a candidate names beside its parts: searches, fetches, citations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from chimeric import Citation, ServerToolChunk

from .places import Places
from .said import Said
from .server_tools import ServerTools
from .values import items, numeral, obj, objects, strings, text

__all__ = ["Grounding"]

SEARCHES = (
    ("web_search", "google_search", ("webSearchQueries", "imageSearchQueries"), ("web", "image")),
    ("file_search", "file_search", ("retrievalQueries",), ("retrievedContext",)),
    ("GOOGLE_MAPS", "google_maps", (), ("maps",)),
)
"""Searches that parts may tell of: the kind or the name that they have there, a name, the lists of
queries, and what was found."""

_encode = msgspec.json.Encoder().encode


class Grounding:
    """The sources of one answer. Frames tell them again: each counts once.

    Args:
        tools: those that parts tell of are not told once more.
    """

    __slots__ = (
        "_begun",
        "_cited",
        "_ended",
        "_known",
        "_last",
        "_over",
        "_sources",
        "_tools",
        "_urls",
    )

    def __init__(self, tools: ServerTools) -> None:
        self._tools = tools
        self._begun: dict[str, ServerToolChunk] = {}
        self._ended: set[str] = set()
        self._cited: set[bytes] = set()  # by their JSON, so that many stay cheap
        self._known: set[bytes] = set()
        self._urls: set[str] = set()
        self._last: dict[str, Any] = {}
        self._over = False
        self._sources: list[dict[str, Any]] = []

    def fetch(self, candidate: dict[str, Any], said: Said) -> None:
        """Take ``urlContextMetadata``, which comes with the first frame."""
        told = obj(candidate.get("urlContextMetadata"))
        listed = objects(told.get("urlMetadata"))
        found: list[dict[str, Any]] = []
        for entry in listed:
            url = text(entry.get("retrievedUrl"))
            if url is not None and url not in self._urls:
                self._urls.add(url)
                word = text(entry.get("urlRetrievalStatus")) or ""
                found.append({"url": url, "status": word.rpartition("_STATUS_")[2].lower()})
        self._tools.fetched += found
        if not found or "web_fetch" in self._tools.told or _calls(candidate, "URL_CONTEXT"):
            return
        good = any(entry["status"] in ("success", "") for entry in found)
        given = {"urls": [entry["url"] for entry in found]}
        begun = self._tools.reconstruct("web_fetch", "url_context", given)
        said.add("server_tools", (begun, _ended(begun, found, failed=not good)))

    def read(
        self,
        candidate: dict[str, Any],
        texts: Callable[[], list[tuple[int, str]]],
        said: Said,
        *,
        last: bool,
    ) -> None:
        """Take the sources of a frame.

        Args:
            candidate: it.
            texts: asked for the text so far.
            said: where to tell what is new.
            last: whether the answer ends with this frame, so that nothing is waited for.
        """
        grounding = obj(candidate.get("groundingMetadata"))
        cited = obj(candidate.get("citationMetadata"))
        sources = objects(cited.get("citations")) or objects(cited.get("citationSources"))
        if grounding in ({}, self._last) and sources in ([], self._sources):
            if self._over or not last:
                return  # nothing that is not known
        self._over = last
        self._last, self._sources = grounding or self._last, sources or self._sources
        if not (self._last or self._sources):
            return
        self._search(self._last, said, last=last)
        places = Places(texts())
        self._ground(self._last, places, said, last=last)
        self._recite(self._sources, places, said, last=last)

    def _search(self, grounding: dict[str, Any], said: Said, *, last: bool) -> None:
        """Searches that no part tells of: begun with their queries, ended with the answer."""
        chunks = objects(grounding.get("groundingChunks"))
        for sort, name, lists, forms in SEARCHES:
            begun = self._begun.get(name)
            if name in self._ended or (begun is None and sort in self._tools.told):
                continue
            queries = [query for asked in lists for query in strings(grounding.get(asked))]
            found = [
                _found(form, chunk[form]) for chunk in chunks for form in forms if form in chunk
            ]
            if not queries and (not found or (sort == "web_search" and self._urls)):
                continue  # pages that were fetched are sources too, and no search
            given = {"queries": queries}
            if begun is None:
                kind = "other" if sort == "GOOGLE_MAPS" else sort
                begun = self._begun[name] = self._tools.reconstruct(kind, name, given)
                said.add("server_tools", (begun,))
            if last:
                self._ended.add(name)
                changed = given if given != begun.input else None
                said.add("server_tools", (_ended(begun, found, given=changed),))

    def _ground(self, grounding: dict[str, Any], places: Places, said: Said, *, last: bool) -> None:
        """Each source once for each segment that rests on it, or once where none does."""
        segments: dict[int, list[dict[str, Any]]] = {}
        for support in objects(grounding.get("groundingSupports")):
            segment = obj(support.get("segment"))
            for place in map(numeral, items(support.get("groundingChunkIndices"))):
                if place is not None:
                    segments.setdefault(place, []).append(segment)
        for place, told in enumerate(items(grounding.get("groundingChunks"))):
            if not (chunk := obj(told)):
                continue  # it has a place in the list all the same
            key = _encode(chunk)
            for segment in segments.get(place, ()):
                self._cite(key, _source(chunk), segment, places, said, last=last)
            if last and key not in self._known:
                self._cite(key, _source(chunk), {}, places, said, last=last)

    def _recite(
        self, sources: list[dict[str, Any]], places: Places, said: Said, *, last: bool
    ) -> None:
        """Texts that the model knows by heart."""
        for source in sources:
            url, title = text(source.get("uri")), text(source.get("title"))
            citation = Citation(url=url, title=title, native=source)
            self._cite(_encode(source), citation, source, places, said, last=last)

    def _cite(
        self,
        key: bytes,
        citation: Citation,
        segment: dict[str, Any],
        places: Places,
        said: Said,
        *,
        last: bool,
    ) -> None:
        """Tell a citation that is new, as soon as the text is there that it stands for."""
        told = b"%d %b%b" % (len(key), key, _encode(segment))
        if told in self._cited:
            return
        at = places.find(segment)
        if at is None and not last:
            return
        self._cited.add(told)
        block, start, end = at or places.last
        if start is None and key in self._known:
            return  # it says no more than the citations before
        # The source itself is told once, with its first citation.
        native = None if key in self._known else citation.native
        self._known.add(key)
        found = msgspec.structs.replace(citation, start=start, end=end, native=native)
        said.cite(found, block)


def _calls(candidate: dict[str, Any], tool_type: str) -> bool:
    """Whether a part of a candidate tells of a tool."""
    content = obj(candidate.get("content"))
    parts = objects(content.get("parts"))
    return any(
        call.get("toolType") == tool_type for call in objects([p.get("toolCall") for p in parts])
    )


def _ended(
    begun: ServerToolChunk, output: list[dict[str, Any]], *, failed: bool = False, given: Any = None
) -> ServerToolChunk:
    return ServerToolChunk(
        id=begun.id,
        kind=begun.kind,
        name=begun.name,
        status="failed" if failed else "completed",
        input=given,
        output=output,
    )


def _found(form: str, native: Any) -> dict[str, Any]:
    """A source as the output of the search that found it."""
    told = obj(native)
    if form == "retrievedContext":
        named = {"file_id": told.get("documentName"), "filename": told.get("title")}
        found = {**named, "url": told.get("uri"), "text": told.get("text")}
    else:
        url = told.get("uri") or told.get("sourceUri")
        found = {"url": url, "title": told.get("title"), "text": told.get("text")}
    return {name: value for name, value in found.items() if value}


def _source(chunk: dict[str, Any]) -> Citation:
    """A source as a citation."""
    told: dict[str, Any] = {}
    for form in ("web", "image", "retrievedContext", "maps"):
        told = told or obj(chunk.get(form))
    return Citation(
        url=_first(told, "uri", "sourceUri"),
        title=_first(told, "title"),
        text=_first(told, "text"),
        source=_first(told, "documentName", "fileSearchStore", "placeId"),
        native=chunk,
    )


def _first(told: dict[str, Any], *names: str) -> str | None:
    values: Iterable[str | None] = (text(told.get(name)) for name in names)
    return next((value for value in values if value is not None), None)
