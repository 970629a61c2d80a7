"""What the simulated service's own tools find about a topic."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["CODE", "MCP_TOOLS", "PRINTED", "files", "pages"]

CODE = "primes = [2, 3, 5, 7]\nprint(sum(primes))\n"
PRINTED = "17\n"

MCP_TOOLS: list[dict[str, Any]] = [
    {
        "name": "ask",
        "description": "Ask the library about anything.",
        "input_schema": {
            "type": "object",
            "properties": {"question": {"type": "string"}},
            "required": ["question"],
        },
        "annotations": {"read_only": True},
    }
]


def pages(topic: str) -> list[dict[str, Any]]:
    """Pages of the web: ``url``, ``title``, ``text``, ``date``. Not all letters are ASCII."""
    slug = re.sub(r"[^a-z0-9]+", "-", topic.lower()).strip("-") or "topic"
    name = topic[:1].upper() + topic[1:]
    found = [
        (f"https://example.com/{slug}", f"{name}, an introduction", _FIRST),
        (f"https://example.org/history/{slug}", f"A history of {topic}", _SECOND),
        (f"https://example.net/{slug}?page=1", f"{name} today", _THIRD),
    ]
    return [
        {"url": url, "title": title, "text": text.format(topic=topic), "date": "2026-11-22"}
        for url, title, text in found
    ]


_FIRST = "The oldest notes on {topic} lay for years in a café in Zürich."
_SECOND = "A second hand has added “not before spring” in the margin."
_THIRD = "Today {topic} can be seen on most evenings."


def files(topic: str) -> list[dict[str, Any]]:
    """Files of a store: ``file_id``, ``filename``, ``score``, ``text``."""
    found = [("notes.md", _SECOND, 0.91), ("letters.txt", _THIRD, 0.64)]
    return [
        {
            "file_id": f"file-sim{place:04}",
            "filename": filename,
            "score": score,
            "text": text.format(topic=topic),
        }
        for place, (filename, text, score) in enumerate(found)
    ]
