"""Parts in Mistral's own form, read for calls of any provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimeric import FilePart, Message, Part


def read_dict(kind: str, value: Mapping[str, Any], before: tuple[Message, ...]) -> Any:
    """A part of Mistral's form in unified form; None for a dict of another."""
    if kind != "part":
        return None
    match value.get("type"):
        case "document_url":
            return _document(dict(value))
        case "thinking":
            return _thought(value.get("thinking"))
        case _:
            return None


def _document(left: dict[str, Any]) -> Part | None:
    url, name = left.pop("document_url", None), left.pop("document_name", None)
    del left["type"]
    if not isinstance(url, str):
        return None
    return FilePart(url=url, filename=name, extra=left or None)


def _thought(pieces: Any) -> Message | None:
    """Thoughts, which are a list of chunks here and a text elsewhere."""
    if not isinstance(pieces, (list, tuple)):
        return None
    texts: list[Any] = [piece.get("text") for piece in pieces if isinstance(piece, Mapping)]  # pyright: ignore
    return Message("assistant", reasoning="".join(text for text in texts if isinstance(text, str)))
