"""The content of messages and results: a text, or a list of parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from chimeric import ConfigurationError, Part, normalize_messages
from chimeric_gateway.shapes import is_array, is_object

from .faults import invalid_type, missing, refused

__all__ = ["read_content", "said_by_assistant"]

PARTS: Final = (
    *("input_text", "input_image", "input_file", "input_audio"),
    *("output_text", "text", "image_url", "file"),
)
"""Types of parts that every provider's plugin knows."""

TEXTS: Final = ("input_text", "output_text", "text", "summary_text", "reasoning_text")
PLACES: Final = (
    *("image_url", "url", "file_id", "file_url", "file_data", "filename", "detail", "data"),
    "format",
)
"""Keys of parts, and of the objects in them, that hold texts."""

MEDIA: Final = {
    "input_image": ("image_url",),
    "image_url": ("image_url",),
    "input_file": ("file_data",),
    "file": ("file_data", "file"),
    "input_audio": ("input_audio", "data"),
}
"""What parts are made of, one of which each has."""

TOLD_NOBODY: Final = ("annotations", "logprobs")
"""What an answer's text has besides, and no model reads."""


def read_content(content: Any, place: str, passes: Callable[[str], bool]) -> str | tuple[Part, ...]:
    """A content in unified form.

    Args:
        content: text, or parts.
        place: where it stands, for errors.
        passes: asked for a part of no known type whether it goes on as it is; else it is left out.

    Raises:
        Refusal: for anything else.
    """
    if isinstance(content, str):
        return content
    if is_object(content):
        content = [content]
    if not is_array(content):
        raise invalid_type(place, "one of a string or array of objects", content)
    parts: list[Any] = []
    for index, part in enumerate(content):
        where = f"{place}[{index}]"
        if isinstance(part, str):
            parts.append({"type": "input_text", "text": part})
            continue
        if not is_object(part):
            raise invalid_type(where, "an object", part)
        kind = part.get("type")
        if kind == "refusal":
            part = {"type": "input_text", "text": part.get("refusal")}
        elif kind not in PARTS:
            if not isinstance(kind, str):
                raise missing(f"{where}.type")
            if not passes(f"{where} ({kind})"):
                continue
        _check(part, where)
        parts.append({k: v for k, v in part.items() if k not in TOLD_NOBODY})
    return _unified(parts, place)


def _check(part: dict[str, Any], where: str) -> None:
    """See that what a part is made of has its type.

    Raises:
        Refusal: where it has not.
    """
    kind = part.get("type")
    if kind in TEXTS:
        if not isinstance(part.get("text"), str):
            raise invalid_type(f"{where}.text", "a string", part.get("text"))
        return
    inner = part.get(str(kind).removeprefix("input_"))
    for name, value in [*part.items(), *(inner.items() if is_object(inner) else ())]:
        if name in PLACES and value is not None and not isinstance(value, str):
            if not (is_object(value) and value is part.get("image_url")):
                raise invalid_type(f"{where}.{name}", "a string", value)
    if kind in MEDIA and not any(part.get(name) for name in (*PLACES, *MEDIA[kind])):
        raise missing(f"{where}.{MEDIA[kind][0]}")
    url = part.get("image_url")
    if is_object(url) and not isinstance(url.get("url"), str):
        raise invalid_type(f"{where}.image_url.url", "a string", url.get("url"))


def _unified(parts: list[Any], place: str) -> str | tuple[Part, ...]:
    if not parts:
        return ""
    try:
        (message,) = normalize_messages({"role": "user", "content": parts})
    except (ConfigurationError, ValueError, TypeError) as error:
        # What is wrong with a part is told of a message there, which is none of the client's.
        words = str(error).partition("messages[0].")[2] or str(error)
        raise refused(f"Invalid '{place}': {words}", place, "invalid_value") from None
    return message.content


def said_by_assistant(content: Any, place: str) -> tuple[str, str]:
    """Text and refusal of an assistant's message.

    Raises:
        Refusal: for what is no content.
    """
    if content is None or isinstance(content, str):
        return content or "", ""
    if is_object(content):
        content = [content]
    if not is_array(content):
        raise invalid_type(place, "one of a string or array of objects", content)
    texts: list[str] = []
    refusals: list[str] = []
    for index, part in enumerate(content):
        where = f"{place}[{index}]"
        if isinstance(part, str):
            texts.append(part)
            continue
        if not is_object(part):
            raise invalid_type(where, "an object", part)
        kind = part.get("type")
        if kind not in ("refusal", *TEXTS):
            continue
        key, into = ("refusal", refusals) if kind == "refusal" else ("text", texts)
        told = part.get(key)
        if not isinstance(told, str):
            raise invalid_type(f"{where}.{key}", "a string", told)
        into.append(told)
    return "".join(texts), "".join(refusals)
