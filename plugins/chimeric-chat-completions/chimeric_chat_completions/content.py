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

REFERENCES = ("reference", "tool_reference")
"""Mistral's types of parts that say where the text around them comes from."""

FILES = re.compile("image|video|document|file")
"""Types of parts that are files: ``image_url``, ``document_url``, ``tool_file``."""

BARE = ("type", "index")
"""Members that say nothing on their own."""


class Content(msgspec.Struct):
    """``content`` taken apart.

    Attributes:
        text: what the model says.
        reasoning: what it thinks.
        refusal: what it says in place of an answer.
        citations: annotations of parts, in the server's form.
        references: parts that are citations of the place where they stand.
        audio: sounds, in the form of a message's ``audio``.
        files: pictures and documents.
        unknown: parts that are none of these.
        rest: all parts that say something else than text, reasoning or a sound, and those of
            reasoning that is hidden, unread.
    """

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    citations: list[Any] = []
    references: list[Any] = []
    audio: list[dict[str, Any]] = []
    files: list[Any] = []
    unknown: list[Any] = []
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
    if kind in REFERENCES:
        content.references.append(part)
        if kind != "reference":
            content.rest.append(part)
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
        (content.files if FILES.search(kind) else content.unknown).append(part)


def _is_thought(kind: str, part: dict[str, Any]) -> bool:
    """Whether a part without a type holds reasoning."""
    return not kind and not part.get("text") and bool(part.get("thinking") or part.get("reasoning"))


def _read_thought(part: dict[str, Any], content: Content) -> str:
    """The text of a part of reasoning; one that is hidden or only signed is kept as it is."""
    said = words(part.get("thinking")) or words(part.get("reasoning")) or words(part)
    for inner in items(part.get("thinking")):  # Mistral's thoughts have sources too
        if obj(inner).get("type") in REFERENCES:
            _read_part(obj(inner), content)
    if not said and _says(part):
        content.rest.append(part)
    return said


def _says(part: dict[str, Any]) -> bool:
    return any(value for name, value in part.items() if name not in BARE)
