"""Citations: annotations of a message, and addresses that stand beside the choices."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import msgspec

from chimeric import Citation
from chimeric_chat_completions.lenient import integer, items, obj, text

__all__ = ["Citations", "read_citation"]

ADDRESS = ("url", "uri", "link")
TITLE = ("title", "filename", "file_name", "name")
QUOTE = ("content", "cited_text", "snippet", "description", "text")
SOURCE = ("document_id", "tool_call_id", "file_id", "id", "hash")
"""Members that hold the same under different names; the first that has any counts."""


def read_citation(native: Any) -> Citation:
    """A citation in any of the forms that servers send: an address, or an object.

    An annotation has its members in an object of its own, named by its type, or beside the type.
    Offsets that are both 0 are none: OpenRouter means by them that it knows no better.

    Example:
        >>> read_citation("https://a.example").url
        'https://a.example'
        >>> page = {"url": "https://a.example", "start_index": 0, "end_index": 4}
        >>> read_citation({"type": "url_citation", "url_citation": page}).end
        4
    """
    if isinstance(native, str):
        return Citation(url=native, native=native)
    cited = obj(native)
    inner = obj(cited.get(str(cited.get("type")))) or cited
    start, end = integer(inner.get("start_index")), integer(inner.get("end_index"))
    placed = start is not None and end is not None and 0 <= start < end
    return Citation(
        url=_first(inner, ADDRESS),
        title=_first(inner, TITLE),
        text=_first(inner, QUOTE),
        start=start if placed else None,
        end=end if placed else None,
        source=_first(inner, SOURCE) or _referred(inner),
        native=native,
    )


class Citations:
    """The citations of one answer, each told once.

    A server that answers by searching tells addresses beside the choices, anew with each chunk,
    and what it found at them: Perplexity's ``[1]`` in the text is the first of these addresses.
    """

    __slots__ = ("_found", "_of_sources", "_sources", "_told")

    def __init__(self) -> None:
        self._told: set[Hashable] = set()
        self._found: dict[str, Mapping[str, Any]] = {}
        self._sources: list[Any] = []
        self._of_sources = False

    def searched(self, found: list[Any]) -> None:
        """Take what a search found: titles and quotes for addresses, or all that is cited."""
        self._sources = found
        for result in map(obj, found):
            if url := text(result.get("url")):
                self._found.setdefault(url, result)

    def new(self, cited: list[Any]) -> list[Citation]:
        """Those that were not told yet."""
        fresh: list[Citation] = []
        for native in filter(None, cited):
            citation = self._titled(read_citation(native))
            key = _key(citation)
            if key not in self._told:
                self._told.add(key)
                fresh.append(citation)
        return fresh

    def of_sources(self) -> list[Citation]:
        """The answer has ended: where it cited nothing, what its search found is cited."""
        if not self._sources or (self._told and not self._of_sources):
            return []
        self._of_sources = True
        return self.new(self._sources)

    def _titled(self, citation: Citation) -> Citation:
        """A bare address with the title and the quote that the search had for it."""
        if not isinstance(citation.native, str):
            return citation
        found = self._found.get(citation.native)
        if found is None:
            return citation
        title, quote = _first(found, TITLE), _first(found, QUOTE)
        return msgspec.structs.replace(citation, title=title, text=quote)


def _first(members: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((said for name in names if (said := text(members.get(name)))), None)


def _referred(cited: Mapping[str, Any]) -> str | None:
    """Mistral's ``reference_ids``: documents among the results of tools."""
    return ", ".join(map(str, items(cited.get("reference_ids")))) or None


def _key(citation: Citation) -> Hashable:
    place = (citation.start, citation.end, citation.url, citation.source, citation.text)
    return place if any(place) else msgspec.json.encode(citation.native)
