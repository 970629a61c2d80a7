"""Pictures: that they are some, of the type that they are called, and how closely to look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from chimeric import ConfigurationError, FilePart, ImagePart, Message, Part, TextPart
from chimeric_models.media import (
    SIGNATURES,
    UNKNOWN,
    data_and_type,
    first_bytes,
    recognised,
    settled,
)

if TYPE_CHECKING:
    from .request import Takes

__all__ = ["looked_at"]

BEGINNINGS: Final = {
    **{
        kind: tuple(start for start, of in SIGNATURES if of == kind)
        for _, kind in SIGNATURES
        if kind.startswith("image/")
    },
    "image/webp": (b"RIFF",),
}
"""What files of a type begin with, without exception. Of other types nothing is known here."""

CERTAIN: Final = 4
"""Bytes that must be there before anything is said of them."""


def looked_at(
    messages: tuple[Message, ...], takes: Takes, dropped: list[str]
) -> tuple[Message, ...]:
    """The messages with pictures as they are.

    Raises:
        ConfigurationError: for bytes of a question that are no picture of the type that they are
            called, nor any other; the text says which part it is. In a tool's result a note stands
            for them.
    """
    out, changed = list[Message](), False
    for number, message in enumerate(messages):
        if not isinstance(message.content, str) and any(map(_is_picture, message.content)):
            parts = [
                _looked_at(part, message, f"messages[{number}].content[{place}]", takes, dropped)
                for place, part in enumerate(message.content)
            ]
            if any(new is not old for new, old in zip(parts, message.content, strict=True)):
                message = msgspec.structs.replace(message, content=tuple(parts))
                changed = True
        out.append(message)
    return tuple(out) if changed else messages


def _is_picture(part: Part) -> bool:
    if isinstance(part, FilePart):
        return (part.media_type or "").lower().startswith("image/")
    return isinstance(part, ImagePart)


def _looked_at(part: Part, message: Message, where: str, takes: Takes, dropped: list[str]) -> Part:
    if not isinstance(part, (ImagePart, FilePart)) or not _is_picture(part):
        return part
    data, called = data_and_type(part)
    fault = None if data is None else _fault(data, called)
    if fault is not None:
        if message.role != "tool":
            raise ConfigurationError(f"{where}: {fault}")
        dropped.append(f"{where}: {fault}; a note stands for it")
        return TextPart(part.stand_in)
    found = None if data is None else recognised(data)
    if found is not None and called not in (*UNKNOWN, found):
        dropped.append(f"{where}: a picture called {called} is {found}, and is sent as that")
    if isinstance(part, ImagePart):
        if message.role != "tool":
            _settled(part, where)
        if part.detail and takes.details is not None and part.detail not in takes.details:
            sentence = f"detail={part.detail!r} of a picture: {takes.service} has no such switch"
            if sentence not in dropped:
                dropped.append(sentence)
            return msgspec.structs.replace(part, detail=None)
    return part


def _settled(part: ImagePart, where: str) -> None:
    """Say where a part stands that cannot be one."""
    try:
        settled(part)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error.message}") from None


def _fault(data: str, called: str) -> str | None:
    """What certainly is wrong with the bytes."""
    first = first_bytes(data)
    found = recognised(data)
    if first is None or len(first) < CERTAIN or (found or "").startswith("image/"):
        return None
    if found is not None:
        return f"the data called {called or 'a picture'} is {found}; give it as what it is"
    starts = BEGINNINGS.get(called)
    known = (start for start, _ in SIGNATURES)
    if starts is None or any(start.startswith(first) for start in known):
        return None  # a few bytes of a picture of some type
    if any(first.startswith(start) for start in starts):
        return None
    return f"the data called {called} is none: it begins with {first[:12]!r}"
