"""Text alone as a string, for servers that take no lists of parts for it."""

from __future__ import annotations

from typing import Any, cast

__all__ = ["join_texts"]


def join_texts(messages: list[dict[str, Any]]) -> None:
    """Make a string of each content that is text alone; one with other parts or keys stays.

    Example:
        >>> parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
        >>> messages = [{"role": "user", "content": parts}]
        >>> join_texts(messages)
        >>> messages[0]["content"]
        'a\\nb'
    """
    for message in messages:
        if isinstance(message.get("content"), list):
            parts = cast("list[dict[str, Any]]", message["content"])
            if all(set(part) == {"type", "text"} for part in parts):
                message["content"] = "\n".join(part["text"] for part in parts)
