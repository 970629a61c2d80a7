"""What a piece of the answer rests on: documents, and results of tools."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from chimeric import Citation

__all__ = ["Citations"]

TEXTS = ("text", "snippet", "content", "body")
"""Members of a document or a result that quote it; the caller named them."""

_encode = msgspec.json.Encoder().encode


class Citations:
    """The citations of one answer, each told once."""

    __slots__ = ("_told",)

    def __init__(self) -> None:
        self._told: set[bytes] = set()  # by their JSON, so that many stay cheap

    def read(self, told: Any) -> list[tuple[int | None, Citation]]:
        """Citations, each with the index of the content that it is of: one for each source."""
        found: list[tuple[int | None, Citation]] = []
        for native in _items(told) if isinstance(told, list) else [told]:
            if not (fields := _object(native)) or (key := _encode(fields)) in self._told:
                continue
            self._told.add(key)
            index = fields.get("content_index")
            place = index if _is_number(index) else None
            found += [(place, citation) for citation in _read(fields)]
        return found


def _read(native: dict[str, Any]) -> list[Citation]:
    kind = native.get("type")
    start, end = native.get("start"), native.get("end")
    if kind not in (None, "TEXT_CONTENT") or not (_is_number(start) and _is_number(end)):
        start = end = None  # a place in the reasoning is none in the text
    sources = [source for item in _items(native.get("sources")) if (source := _object(item))]
    found: list[Citation] = []
    for fields in sources or [{}]:
        document = _object(fields.get("document"))
        citation = Citation(
            url=_text(document.get("url")),
            title=_text(document.get("title")),
            text=_quoted(document) or _result(_object(fields.get("tool_output"))),
            start=start,
            end=end,
            source=_text(fields.get("id")) or _text(document.get("id")),
            # The citation itself is told once, with the first of its sources.
            native=None if found else native,
        )
        found.append(citation)
    return found


def _quoted(told: dict[str, Any]) -> str | None:
    return next((said for name in TEXTS if (said := _text(told.get(name)))), None)


def _result(told: dict[str, Any]) -> str | None:
    """The result of a tool as text: the one that was sent, or JSON."""
    return (_quoted(told) or _encode(told).decode()) if told else None


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _items(value: Any) -> list[Any]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
