"""Hides secrets wherever they come back: in texts and bytes, in errors and in their causes.

A server may repeat a key as it was sent, inside JSON or a URL, as base64, or cut off. Nothing here
is needed before something goes wrong.
"""

from __future__ import annotations

import base64
import binascii
import re
import traceback
from collections.abc import Iterable, Iterator
from typing import Any, Final, cast

from chimeric.schema.type_guards import is_mapping

__all__ = ["Masker", "credentials_in"]

MASK: Final = "***"

SHORTEST: Final = 4
"""Characters of the shortest secret that is hidden: less would hide ordinary words."""

LONG: Final = 16
"""Characters from which a secret's pieces are hidden too."""

PIECE: Final = 12
"""Characters of a long secret's beginning or end that are hidden wherever they stand."""

CUT: Final = 6
"""Characters that are hidden where the text itself is cut off."""

LAYERS: Final = 3
"""How often a text may be escaped."""

ESCAPED: Final = re.compile(
    r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|%([0-9a-fA-F]{2})"
    r"|&#[xX]([0-9a-fA-F]{1,4});|&#([0-9]{1,5});|&(amp|lt|gt|quot|apos);|\\(.)",
    re.DOTALL,
)
ENTITIES: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
ENCODED: Final = re.compile(r"[A-Za-z0-9+/_=-]*")


def credentials_in(values: Iterable[str]) -> Iterator[str]:
    """What must not be seen of the values of credential headers: a scheme may stand before it."""
    for value in values:
        if len(value) >= 2 * SHORTEST:
            yield value
            scheme, _, rest = value.partition(" ")
            if len(rest) >= 2 * SHORTEST:
                yield rest
            if scheme.lower() == "basic":
                yield from _basic(rest)


def _basic(value: str) -> Iterator[str]:
    try:
        told = base64.b64decode(value).decode()
    except (binascii.Error, ValueError):
        return
    yield told
    yield told.partition(":")[2]


class Masker:
    """Hides the secrets of one call.

    Example:
        >>> mask = Masker(["sk-abcdef-1234567890"])
        >>> mask.text("no such key: sk-abcdef\\\\u002d1234567890")
        'no such key: ***'
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({s for s in secrets if len(s) >= SHORTEST}, key=len, reverse=True)
        self._encoded = [form for secret in self._secrets for form in _encoded_forms(secret)]

    def text(self, text: str) -> str:
        """``text`` without the secrets."""
        spans = sorted(span for span in self._spans(text) if span[0] < span[1])
        if not spans:
            return text
        out: list[str] = []
        end = -1
        for first, last in spans:
            if first > end:
                out += (text[max(end, 0) : first], MASK)
            end = max(end, last)
        out.append(text[end:])
        return "".join(out)

    def data(self, data: bytes) -> bytes:
        """``data`` without the secrets."""
        text = data.decode("utf-8", "surrogateescape")
        masked = self.text(text)
        return data if masked is text else masked.encode("utf-8", "surrogateescape")

    def value(self, value: Any) -> Any:
        """Texts, bytes, and what holds them, without the secrets; anything else as it is."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bytes):
            return self.data(value)
        if is_mapping(value):
            return {self.value(key): self.value(item) for key, item in value.items()}
        if type(value) in (list, tuple):
            return type(value)(map(self.value, value))
        return value

    def error(self, error: BaseException) -> None:
        """Hide the secrets in an error's fields, and in what the errors before it say."""
        if not self._secrets:
            return
        seen: set[int] = set()
        waiting: list[BaseException] = [error]
        while waiting:
            link = waiting.pop()
            seen.add(id(link))
            self._fields(link)
            quiet = link.__suppress_context__
            for name in ("__cause__", "__context__"):
                before: BaseException | None = getattr(link, name)
                if before is not None and id(before) not in seen:
                    shown = self._harmless(before)
                    if shown is not before:
                        setattr(link, name, shown)
                    waiting.append(shown)
            link.__suppress_context__ = quiet
            if isinstance(link, BaseExceptionGroup):
                group = cast("BaseExceptionGroup[BaseException]", link)
                waiting += (e for e in group.exceptions if id(e) not in seen)

    def _fields(self, error: BaseException) -> None:
        args = self.value(error.args)
        if args != error.args:
            error.args = args
        for name, value in list(vars(error).items()):
            masked = self.value(value) if name != "partial" else value
            if masked is not value and masked != value:
                vars(error)[name] = masked
        for name in ("strerror", "filename", "object", "msg", "name"):
            # Fields of the built-in errors that stand in no ``__dict__``.
            value = getattr(error, name, None)
            masked = self.value(value)
            if isinstance(value, (str, bytes)) and masked != value:
                setattr(error, name, masked)

    def _harmless(self, error: BaseException) -> BaseException:
        """The error itself if it can be masked, else one that says the same without the secrets."""
        try:
            self._fields(error)
            told = "".join(traceback.format_exception_only(error))
            if self.text(told) == told:
                return error
            text = self.text(str(error))
        except Exception:  # an error of another's making: its fields do what they like
            text = "its text cannot be shown"
        stand_in = Exception(f"{type(error).__name__}: {text}").with_traceback(error.__traceback__)
        stand_in.__cause__, stand_in.__context__ = error.__cause__, error.__context__
        stand_in.__suppress_context__ = error.__suppress_context__
        return stand_in

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the secrets stand in a text, however often it was escaped."""
        if not self._secrets:
            return
        layer, places = text, None
        for _ in range(LAYERS):
            for first, last in self._plain_spans(layer):
                yield (first, last) if places is None else (places[first], places[last])
            deeper = _unescaped(layer, places)
            if deeper is None:
                return
            layer, places = deeper

    def _plain_spans(self, text: str) -> Iterator[tuple[int, int]]:
        for secret in self._secrets:
            yield from _occurrences(text, secret)
            if len(secret) >= LONG:
                yield from _pieces(text, secret)
        for form in self._encoded:
            for first, last in _occurrences(text, form[:PIECE]):
                run = ENCODED.match(text[first::-1])
                after = ENCODED.match(text, last)
                yield first + 1 - (run.end() if run else 1), after.end() if after else last


def _occurrences(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    place = text.find(wanted)
    while place >= 0:
        yield place, place + len(wanted)
        place = text.find(wanted, place + len(wanted))


def _pieces(text: str, secret: str) -> Iterator[tuple[int, int]]:
    """Where a part of the secret stands that tells its beginning or its end."""
    yield from _beginnings(text, secret)
    for first, last in _beginnings(text[::-1], secret[::-1]):
        yield len(text) - last, len(text) - first


def _beginnings(text: str, secret: str) -> Iterator[tuple[int, int]]:
    for first, last in _occurrences(text, secret[:PIECE]):
        size = PIECE
        while size < len(secret) and last < len(text) and text[last] == secret[size]:
            size, last = size + 1, last + 1
        yield first, last
    for size in range(PIECE - 1, CUT - 1, -1):
        if text.endswith(secret[:size]):
            yield len(text) - size, len(text)


def _unescaped(text: str, places: list[int] | None) -> tuple[str, list[int]] | None:
    """The text with its escapes read, and where each character stands in the first text.

    None when nothing is escaped.
    """
    if "\\" not in text and "%" not in text and "&" not in text:
        return None
    if places is None:
        places = list(range(len(text) + 1))
    out: list[str] = []
    stand: list[int] = []
    end = 0
    for match in ESCAPED.finditer(text):
        first, last = match.span()
        code, hexed, quoted, entity, decimal, word, char = match.groups()
        number = code or hexed or quoted or entity
        out += (text[end:first], "")
        stand += places[end:first]
        if number or decimal:
            value = int(number, 16) if number else int(decimal)
            out[-1] = chr(value) if value < 0xD800 else "?"
        else:
            out[-1] = ENTITIES[word] if word else char
        stand.append(places[first])
        end = last
    if end == 0:
        return None
    out.append(text[end:])
    stand += places[end:]
    return "".join(out), stand


def _encoded_forms(secret: str) -> Iterator[str]:
    """What stands in base64 and hexadecimal text that holds the secret, wherever it begins."""
    data = secret.encode("utf-8", "surrogateescape")
    if len(data) < 2 * SHORTEST:
        return
    for before in range(3):
        text = base64.b64encode(b"\0" * before + data).decode()
        form = text[(0, 2, 3)[before] : (before + len(data)) * 8 // 6]
        yield form
        if "+" in form or "/" in form:
            yield form.replace("+", "-").replace("/", "_")
    yield data.hex()
    yield data.hex().upper()
