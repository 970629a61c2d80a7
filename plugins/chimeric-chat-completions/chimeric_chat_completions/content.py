"""The content of a message or a delta: text, or parts of many types."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from .lenient import items, obj
from .reasoning import words

__all__ = ["Content", "read_content"]

THOUGHT = re.compile("reason|think|thought|summary")
"""Types of parts that hold reasoning: Mistral's ``thinking``, Databricks' ``reasoning`` with
``summary_text`` in it."""

SOUND = ("audio", "output_audio")

BARE = ("type", "index")
"""Members that say nothing on their own."""


class Content(msgspec.Struct):
    """``content`` taken apart.

    Attributes:
        text: what the model says.
        reasoning: what it thinks.
        refusal: what it says in place of an answer.
        citations: references and annotations, in the server's form.
        audio: sounds, in the form of a message's ``audio``.
        rest: parts that are none of these, unread.
    """

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    citations: list[Any] = []
    audio: list[dict[str, Any]] = []
    rest: list[Any] = []


def read_content(value: Any) -> Content:
    """Read ``content``: text, null, or a list of parts as some servers send it.

    Raises:
        msgspec.ValidationError: for anything else; it must not come out as text.
    """
    content = Content()
    if isinstance(value, str):
        content.text = value
    elif isinstance(value, list):
        for part in items(value):
            if isinstance(part, str):
                content.text += part
            else:
                _read_part(obj(part), content)
    elif value is not None:
        raise msgspec.ValidationError(f"content is {type(value).__name__}, neither text nor a list")
    return content


def _read_part(part: dict[str, Any], content: Content) -> None:
    kind = str(part.get("type") or "").lower()
    content.citations += items(part.get("citations")) + items(part.get("annotations"))
    if kind == "reference":
        content.citations.append(part)
    elif kind in SOUND:
        content.audio.append(obj(part.get("audio")) or part)
    elif "refus" in kind or (not kind and part.get("refusal")):
        content.refusal += words(part.get("refusal")) or words(part)
    elif THOUGHT.search(kind) or part.get("thought") is True or _is_thought(kind, part):
        content.reasoning += _read_thought(part, content)
    elif said := words(part.get("text")):
        content.text += said
    elif kind not in ("text", "output_text") and _says(part):
        content.rest.append(part)


def _is_thought(kind: str, part: dict[str, Any]) -> bool:
    """Whether a part without a type holds reasoning."""
    return not kind and not part.get("text") and bool(part.get("thinking") or part.get("reasoning"))


def _read_thought(part: dict[str, Any], content: Content) -> str:
    """The text of a part of reasoning; one that is hidden or only signed is kept as it is."""
    said = words(part.get("thinking")) or words(part.get("reasoning")) or words(part)
    if not said and _says(part):
        content.rest.append(part)
    return said


def _says(part: dict[str, Any]) -> bool:
    return any(value for name, value in part.items() if name not in BARE)
