"""Pictures and documents in Converse, judged by botocore's model of the service."""

from __future__ import annotations

import re
from typing import Any

from .errors import bad_request

__all__ = ["check_amounts", "check_media"]


_FORMATS = {
    "image": ("png", "jpeg", "gif", "webp"),
    "document": ("pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"),
}


_NAME = re.compile(r"[a-zA-Z0-9()\[\]-]+(?: [a-zA-Z0-9()\[\]-]+)*")

_MOST = {"image": 20, "document": 5}


def check_media(media: dict[str, Any], kind: str, at: str, role: str) -> None:
    """One picture, document, film or sound."""
    if not media.get("format") or not media.get("source"):
        raise bad_request(f"The {kind} block at {at} must have a format and a source.")
    formats = _FORMATS.get(kind)
    if formats is not None and media["format"] not in formats:
        names = ", ".join(formats)
        raise bad_request(
            f"1 validation error detected: Value '{media['format']}' at '{at}.{kind}.format' "
            f"failed to satisfy constraint: Member must satisfy enum value set: [{names}]"
        )
    if kind in _MOST and role != "user":
        raise bad_request(f"The {kind} block at {at} is only allowed if the role is user.")
    if kind == "document":
        name = media.get("name")
        if not name:
            raise bad_request(f"The document block at {at} must have a name.")
        if not _NAME.fullmatch(name) or len(name) > 200:
            raise bad_request(
                "The provided document file name can only contain alphanumeric characters, "
                "whitespace characters, hyphens, parentheses, and square brackets. The name can't "
                "contain more than one consecutive whitespace character."
            )


def check_amounts(content: list[dict[str, Any]], where: str) -> None:
    """How many of each a message holds, and that documents have a text beside them."""
    for kind, most in _MOST.items():
        count = sum(kind in block for block in content)
        if count > most:
            raise bad_request(f"The {where} has {count} {kind}s, and at most {most} are allowed.")
    if any("document" in block for block in content) and not any("text" in b for b in content):
        raise bad_request(
            f"The {where} has a document block: a text block is required in the same message."
        )
