"""What was said, replaced by as many letters ``x``: in bytes of the wire, in chunks, in structs.

Nothing is shown because it looks harmless by its place alone. Shown are JSON's own signs, names
that protocols are known to have, words of the protocol at the places where these stand, and
numbers that count; all else is hidden, also in what is not JSON, is cut, or is of no known form.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from .names import COMMON, COUNTED, FREE, STRUCTURAL, WORD

__all__ = ["Hider", "Tally"]

TOKENS = re.compile(rb'("[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+"|-?\d[\d.eE+-]*+)', re.DOTALL)
SIGNS = re.compile(rb"(?:[\s{}\[\],:]|true|false|null)*+")
SIGN = re.compile(rb"([\s{}\[\],:]++|\b(?:true|false|null)\b)")
FIELD = re.compile(rb"(data|event|id|retry)(: ?)(.*)", re.DOTALL)
NEWLINES = re.compile(rb"(\r\n|\r|\n)")
SIGNALS = frozenset((b"[DONE]", b""))
COMMENTS = frozenset(
    (b"ping", b"keep-alive", b"keepalive", b"heartbeat", b"OPENROUTER PROCESSING", b"")
)
DIGIT = re.compile(rb"\d")

KEEP, TEXT, NUMBER, WORDS, MODEL, NAME, SIGNS_ONLY = range(7)
PLANS = 4096
"""Shapes of events that are remembered."""


class Tally(msgspec.Struct):
    """How much was hidden: texts and their bytes, numbers, and names of members."""

    texts: int = 0
    bytes: int = 0
    numbers: int = 0
    names: int = 0


class Hider:
    """Hides; with ``shows=True`` it lets everything pass.

    Attributes:
        tally: what it hid in bytes of the wire.
    """

    def __init__(self, model: str = "", *, shows: bool = False) -> None:
        self.shows = shows
        self.tally = Tally()
        self._model = model
        self._model_bytes = model.encode()
        self._names = {f'"{name}"'.encode() for name in COMMON}
        self._plans: dict[tuple[bytes, ...], list[tuple[int, int]]] = {}

    def know(self, names: Iterable[str]) -> None:
        """Show these names of members, too."""
        new = {b'"%b"' % name.encode() for name in names} - self._names
        if new:
            self._names |= new
            self._plans.clear()

    def value(self, value: Any) -> str:
        """A value as one line of JSON."""
        data = msgspec.json.encode(value, enc_hook=str)
        return (data if self.shows else self._json(data, as_read=True)).decode()

    def json(self, data: bytes) -> bytes:
        """JSON as it stands on the wire, or what was to be some."""
        return data if self.shows else self._json(data)

    def events(self, data: bytes) -> bytes:
        """Lines of server-sent events."""
        if self.shows:
            return data
        lines = NEWLINES.split(data)
        lines[::2] = map(self._line, lines[::2])
        return b"".join(lines)

    def text(self, data: bytes) -> bytes:
        """Something that may be anything."""
        if self.shows or not data:
            return data
        self.tally.texts += 1
        self.tally.bytes += len(data)
        return b"x" * len(data)

    def word(self, text: str) -> str:
        """A word of a protocol, if it is one."""
        return text if self.shows or WORD.fullmatch(text) else "x" * len(text)

    def _line(self, line: bytes) -> bytes:
        if line.startswith(b":"):
            return line if line[1:].strip() in COMMENTS else b":" + self.text(line[1:])
        field = FIELD.fullmatch(line)
        if field is None:
            return self._json(line)
        name, colon, value = field.groups()
        if name == b"data":
            told = value if value in SIGNALS else self._json(value)
        elif name == b"event":
            told = value if _is_word(value) else self.text(value)
        elif name == b"retry" and value.isdigit():
            told = value
        else:
            told = self.text(value)
        return name + colon + told

    def _json(self, data: bytes, *, as_read: bool = False) -> bytes:
        parts = TOKENS.split(data)
        signs = parts[::2]
        names = [t for t, then in zip(parts[1::2], signs[1:], strict=True) if then[:1] == b":"]
        shape = (*signs, *names)
        plan = self._plans.get(shape)
        if plan is None:
            if len(self._plans) >= PLANS:
                self._plans.clear()
            plan = self._plans[shape] = self._planned(parts)
        tally = None if as_read else self.tally
        for place, job in plan:
            parts[place] = self._done(parts[place], job, tally)
        return b"".join(parts)

    def _done(self, part: bytes, job: int, tally: Tally | None) -> bytes:
        if job == NUMBER:
            if tally:
                tally.numbers += 1
            return DIGIT.sub(b"0", part)
        if job == SIGNS_ONLY:
            found = SIGN.split(part)
            found[::2] = (b"x" * len(other) for other in found[::2])
            return b"".join(found)
        inner = part[1:-1]
        if (
            not inner
            or (job == WORDS and _is_word(inner))
            or (job == MODEL and self._is_model(inner))
        ):
            return part
        if tally and job == NAME:
            tally.names += 1
        elif tally:
            tally.texts += 1
            tally.bytes += len(inner)
        size = len(inner) if tally or (inner.isascii() and b"\\" not in inner) else _length(part)
        return b'"%b"' % (b"x" * size)

    def _is_model(self, inner: bytes) -> bool:
        """Whether a model is the one that was asked, perhaps with its date."""
        if inner == self._model_bytes:
            return True
        rest = inner.decode("utf-8", "replace").removeprefix(self._model)
        return len(rest) < len(inner) and re.fullmatch(r"[-:@.a-z0-9]{0,24}", rest) is not None

    def _planned(self, parts: list[bytes]) -> list[tuple[int, int]]:
        """What is to be done to which parts of a document of this shape."""
        plan: list[tuple[int, int]] = []
        levels: list[bool] = []
        name, is_free, is_named = b"", False, True
        for place, part in enumerate(parts):
            if place % 2 == 0:
                if not SIGNS.fullmatch(part):
                    plan.append((place, SIGNS_ONLY))
                for sign in part:
                    if sign in b"{[":
                        # A list of that name is one of messages: `input` of Responses.
                        is_free = is_free or (name in FREE and (sign == 123 or name != b"input"))
                        levels.append(is_free)
                    elif sign in b"}]" and levels:
                        levels.pop()
                        is_free = bool(levels) and levels[-1]
                        name = b""
                continue
            if part[:1] != b'"':
                if is_free or not is_named or not COUNTED.search(name):
                    plan.append((place, NUMBER))
            elif parts[place + 1].lstrip()[:1] == b":":
                name = part[1:-1]
                is_named = part in self._names and not is_free
                if not is_named:
                    plan.append((place, NAME))
            else:
                plan.append((place, self._job(name) if is_named and not is_free else TEXT))
        return plan

    def _job(self, name: bytes) -> int:
        if name in STRUCTURAL:
            return WORDS
        if self._model and name in (b"model", b"modelVersion"):
            return MODEL
        return TEXT


@functools.lru_cache(maxsize=1024)
def _is_word(value: bytes) -> bool:
    return WORD.fullmatch(value.decode("utf-8", "replace")) is not None


def _length(written: bytes) -> int:
    try:
        return len(msgspec.json.decode(written, type=str))
    except msgspec.DecodeError:
        return len(written) - 2
