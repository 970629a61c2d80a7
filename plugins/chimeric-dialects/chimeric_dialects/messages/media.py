"""Pictures, documents and cache points in Messages, judged as the service does."""

from __future__ import annotations

import base64
from typing import Any

from chimeric_dialects.json_values import is_array, is_object

from .errors import bad_request

__all__ = ["check_cache_points", "check_source"]


_PICTURES = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}
"""The types that are taken, and how their files begin."""

_MOST_POINTS = 4


def check_source(source: Any, kind: str, where: str) -> None:
    """The source of a picture or a document."""
    if not is_object(source) or "type" not in source:
        raise bad_request(f"{where}.{kind}.source", "Field required")
    place = f"{where}.{kind}.source.{source['type']}"
    needed = {"base64": "media_type", "url": "url", "file": "file_id", "text": "data"}
    key = needed.get(source["type"])
    if key and not source.get(key):
        raise bad_request(f"{place}.{key}", "Field required")
    if source["type"] == "url" and not str(source["url"]).startswith(("http://", "https://")):
        raise bad_request(f"{place}.url", "Only HTTPS URLs are supported.")
    if source["type"] == "base64":
        _check_bytes(source, kind, where, place)


def _check_bytes(source: dict[str, Any], kind: str, where: str, place: str) -> None:
    try:
        data = base64.b64decode(str(source.get("data")), validate=True)
    except ValueError:
        raise bad_request(f"{place}.data", "invalid base64 data") from None
    media_type = source["media_type"]
    if kind == "document":
        if media_type != "application/pdf":
            raise bad_request(f"{place}.media_type", "Input should be 'application/pdf'")
        return
    if media_type not in _PICTURES:
        names = "'image/jpeg', 'image/png', 'image/gif' or 'image/webp'"
        raise bad_request(f"{place}.media_type", f"Input should be {names}")
    told = next((t for t, start in _PICTURES.items() if data.startswith(start)), None)
    if told is not None and told != media_type:  # n8n, issue 12955
        word = f"Image does not match the provided media type {media_type}"
        raise bad_request(f"{place}.data", word)


def check_cache_points(body: dict[str, Any]) -> None:
    """Four cache points are taken in a request, the one of the request itself among them."""
    count = int(body.get("cache_control") is not None)
    messages: Any = body.get("messages")
    contents = [m.get("content") for m in messages if is_object(m)] if is_array(messages) else []
    for blocks in (body.get("tools"), body.get("system"), *contents):
        if is_array(blocks):
            count += sum(is_object(b) and b.get("cache_control") is not None for b in blocks)
    if count > _MOST_POINTS:
        word = f"A maximum of {_MOST_POINTS} blocks with cache_control may be provided."
        raise bad_request("", f"{word} Found {count}.")
