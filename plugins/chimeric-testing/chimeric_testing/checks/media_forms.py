"""Pictures, sounds, videos and files as dicts, in the form of every service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

__all__ = ["MEDIA_FORMS"]

KINDS: Final = {
    "image": ("image/png", "png", "iVBORw0KGgo="),
    "audio": ("audio/wav", "wav", "UklGRiQAAABXQVZF"),
    "video": ("video/mp4", "mp4", "AAAAGGZ0eXBtcDQy"),
    "document": ("application/pdf", "pdf", "JVBERi0xLjQK"),
    "file": ("text/plain", "txt", "T25jZQ=="),
}
URL: Final = "https://media.test/a"
MORE: Final = ("name", "title", "filename", "detail", "resolution", "context", "x_key")
"""Members that one form or another has beside."""


def _forms(kind: str, media_type: str, form: str, data: str) -> Iterator[tuple[str, Any]]:
    typed = {"type": kind}
    yield "flat data", {**typed, "mime_type": media_type, "data": data}
    yield "flat address", {**typed, "mime_type": media_type, "uri": URL}
    yield "flat data of no type", {**typed, "data": data}
    yield "flat address of no type", {**typed, "uri": URL}
    yield "neither", {**typed, "mime_type": media_type}
    yield "both", {**typed, "mime_type": media_type, "data": data, "uri": URL}
    yield (
        "a source of data",
        {**typed, "source": {"type": "base64", "media_type": media_type, "data": data}},
    )
    yield "a source of text", {**typed, "source": {"type": "text", "data": "Once"}}
    inside = [{"type": "text", "text": "Once"}]
    yield "a source of blocks", {**typed, "source": {"type": "content", "content": inside}}
    yield "a source that nobody knows", {**typed, "source": {"type": "zodd", "zodd": "a"}}
    for name, word in (("url", URL), ("file_id", "file_1")):
        source = name.removesuffix("_id")
        yield f"a source of {name}", {**typed, "source": {"type": source, name: word}}
    yield "inline data", {"inlineData": {"mimeType": media_type, "data": data}}
    yield "inline data in Python", {"inline_data": {"mime_type": media_type, "data": data}}
    yield "file data", {"fileData": {"mimeType": media_type, "fileUri": URL}}
    yield "bytes", {kind: {"format": form, "name": "a", "source": {"bytes": data}}}
    place = {"uri": "s3://b/a"}
    yield "a place", {kind: {"format": form, "name": "a", "source": {"s3Location": place}}}
    yield "an object", {"type": f"{kind}_url", f"{kind}_url": {"url": URL}}
    yield "an address", {"type": f"{kind}_url", f"{kind}_url": URL}
    yield "an input", {"type": f"input_{kind}", f"{kind}_url": f"data:{media_type};base64,{data}"}
    yield "a named input", {"type": f"input_{kind}", "file_id": "file_1"}
    yield (
        "an inner object",
        {"type": f"input_{kind}", f"input_{kind}": {"data": data, "format": form}},
    )
    inner = {"file_data": f"data:{media_type};base64,{data}", "filename": f"a.{form}"}
    yield "a file", {"type": "file", "file": inner}


def _all() -> Iterator[tuple[str, dict[str, Any]]]:
    for kind, known in KINDS.items():
        for name, part in _forms(kind, *known):
            yield f"{kind}, {name}", part
            yield f"{kind}, {name}, and more", {**part, **dict.fromkeys(MORE, "zmore")}


MEDIA_FORMS: Final = dict(_all())
"""By a name in words."""
