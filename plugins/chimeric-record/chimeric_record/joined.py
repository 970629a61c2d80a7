"""The texts of a body as its reader puts them together, and where each of their characters stands.

A stream gives a text in pieces of a few letters, with JSON between them, so that no pattern finds
a secret in its bytes. Here the strings of all events that belong together are one text again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, cast

import msgspec

from .frames import frames

__all__ = ["Text", "texts"]

STRING = re.compile(rb'"((?:[^"\\]|\\.)*)"')

UNIT = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\."
    rb"|[\x00-\x7f]|[\xc0-\xff][\x80-\xbf]*",
    re.DOTALL,
)
"""A character as it is written in a string of JSON."""

DATA = re.compile(rb"^data:[ ]?(.*)$", re.MULTILINE)

APART = frozenset(
    (
        *("created", "created_at", "event", "finish_reason", "kind", "model", "name", "object"),
        *("obfuscation", "role", "service_tier", "signature", "status", "stop_reason", "type"),
        *("system_fingerprint", "encrypted_content"),
    )
)
"""Names of strings that are whole in each event, as all whose names end with ``id`` are."""


PIECE = 16
"""Bytes; hardly any piece of a text is longer and told twice in a row."""


class Text(NamedTuple):
    """A text, and for each of its bytes the place in the body where it is written."""

    said: bytearray
    places: list[tuple[int, int]]


def texts(body: bytes) -> list[Text]:
    """All texts of a body of JSON: a whole one, or one in lines, events or binary frames.

    Strings of one place and one index are joined in order, and those of one name, too. Where such a
    text is JSON itself, as the arguments of a call are, its strings are texts as well.
    """
    joined: dict[object, Text] = {}
    counts: dict[object, int] = {}
    alone: list[Text] = []
    for offset, document in _documents(body):
        for name, path, text in _strings(offset, document):
            if name in APART or name.endswith("id"):
                alone.append(text)
                continue
            for group in (path, name):
                known = joined.get(group)
                if known is None:
                    joined[group] = Text(text.said[:], text.places[:])
                elif known.said == text.said and (counts[group] > 1 or len(text.said) > PIECE):
                    alone.append(text)  # the whole told once more
                    continue
                else:
                    known.said.extend(text.said)
                    known.places.extend(text.places)
                counts[group] = counts.get(group, 0) + 1
    whole = [*joined.values(), *alone]
    return [*whole, *(inner for text in whole for inner in _inside(text))]


def _inside(text: Text) -> Iterator[Text]:
    if text.said.startswith((b"{", b"[")):
        for _, _, inner in _strings(0, bytes(text.said)):
            yield Text(inner.said, [_written(text, start, end) for start, end in inner.places])


def _written(text: Text, start: int, end: int) -> tuple[int, int]:
    """Where some bytes of a text are written, as far as they stand side by side."""
    first, last = text.places[start]
    for next_start, next_end in text.places[start + 1 : end]:
        if next_start > last:
            break
        last = next_end
    return first, last


def _documents(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Where each JSON document begins, and its bytes."""
    events = [(match.start(1), match.group(1)) for match in DATA.finditer(body)]
    events += [(frame.payload, body[frame.payload : frame.payload_end]) for frame in frames(body)]
    if events:
        yield from events
        return
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        place = 0
        for line in body.splitlines(keepends=True):
            yield place, line
            place += len(line)
    else:
        yield 0, body


def _strings(offset: int, document: bytes) -> Iterator[tuple[str, object, Text]]:
    """The strings among a document's values: name, place and text."""
    try:
        value = msgspec.json.decode(document)
    except (msgspec.DecodeError, RecursionError):
        return
    written = list(STRING.finditer(document))
    told = list(_walk(value, "", (), ()))
    if len(told) != len(written):
        return  # a name that stands twice in an object
    for (name, path), match in zip(told, written, strict=True):
        if path is not None:
            yield name, path, _text(match.group(1), offset + match.start(1))


def _walk(
    value: object, name: str, path: tuple[object, ...], indices: tuple[object, ...]
) -> Iterator[tuple[str, object]]:
    """Name and place of each string in the order of writing; the names of members have no place."""
    if isinstance(value, str):
        yield name, (path, indices)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _walk(item, name, path, indices)
    elif isinstance(value, dict):
        members = cast("dict[str, object]", value)
        own = tuple(m for key, m in members.items() if key.endswith("index"))
        for key, member in members.items():
            yield key, None
            yield from _walk(member, key, (*path, key), indices + own)


def _text(raw: bytes, start: int) -> Text:
    if b"\\" not in raw and raw.isascii():
        return Text(bytearray(raw), [(i, i + 1) for i in range(start, start + len(raw))])
    said = bytearray()
    places: list[tuple[int, int]] = []
    for unit in UNIT.finditer(raw):
        written = unit.group()
        char = _decoded(written) if written[:1] == b"\\" else written
        said += char
        places += [(start + unit.start(), start + unit.end())] * len(char)
    return Text(said, places)


def _decoded(written: bytes) -> bytes:
    try:
        return msgspec.json.decode(b'"%b"' % written, type=str).encode()
    except (msgspec.DecodeError, UnicodeEncodeError):
        return written
