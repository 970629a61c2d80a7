"""What may stand in a file: harmless headers, and bodies without secrets."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping

from .frames import frames, seal
from .joined import texts

__all__ = ["Scrubber"]

HARMLESS = frozenset(
    (
        "accept",
        "accept-encoding",
        "anthropic-beta",
        "anthropic-version",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "request-id",
        "retry-after",
        "retry-after-ms",
        "user-agent",
        "x-amzn-requestid",
        "x-request-id",
        "x-should-retry",
    )
)
"""Headers that are kept. All others are left out, since any name may carry a key."""

SECRETS = re.compile(
    rb"\b(?:sk|pk|rk|xai|gsk|csk|ghp|gho)[-_][A-Za-z0-9_-]{12,}|\bAKIA[A-Z0-9]{16}\b"
    rb"|\bAIza[A-Za-z0-9_-]{30,}|\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*"
)
"""Bytes that look like keys or tokens."""

FIELDS = re.compile(
    rb'(?<="authorization_token":")[^"\\]+|(?<="authorization":")[^"\\]+'
    rb'|(?<="api_key":")[^"\\]+|(?<=://)[^/@\s"]+:[^/@\s"]+(?=@)'
)
"""Credentials by the place where they stand: in a tool's set-up, or in a URL."""

BACKSLASHES = re.compile(rb"\\+$")
ESCAPED = re.compile(rb"u[0-9a-fA-F]{4}|.?", re.DOTALL)

SHORTEST = 8
"""Header values shorter than this are too common to be looked for in bodies."""


class Scrubber:
    """Masks secrets with as many asterisks, so that places in a body stay where they are."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = [SECRETS, FIELDS, *(re.compile(pattern.encode()) for pattern in patterns)]

    def headers(self, headers: Mapping[str, str], asked: Mapping[str, str]) -> dict[str, str]:
        """The harmless ones, in lower case, with no value of the request's others in them."""
        lowered = {name.lower(): value for name, value in headers.items()}
        return {
            name: self.text(value, asked) for name, value in lowered.items() if name in HARMLESS
        }

    def text(self, text: str, headers: Mapping[str, str]) -> str:
        """A text without secrets; see ``body``."""
        return self.body(text.encode(), headers).decode("utf-8", "replace")

    def body(self, data: bytes, headers: Mapping[str, str]) -> bytes:
        """The bytes without secrets; ``headers`` are those of the request, whose values that are
        left out may not stand in a body either, as it is written or as its texts are read."""
        original = data
        patterns = [*self._patterns, *_words(headers)]
        for pattern in patterns:
            data = pattern.sub(_stars, data)
        masked = bytearray(data)
        for text in texts(data):
            for pattern in patterns:
                for match in pattern.finditer(text.said):
                    for start, end in text.places[match.start() : match.end()]:
                        masked[start:end] = b"*" * (end - start)
        for frame in frames(original):
            seal(masked, frame)
        return bytes(masked)


def _words(headers: Mapping[str, str]) -> list[re.Pattern[bytes]]:
    """The values of headers that are left out, as they may be spelt."""
    return [
        _spelt(word)
        for name, value in headers.items()
        if name.lower() not in HARMLESS
        for word in (value, value.rpartition(" ")[2])
        if len(word) >= SHORTEST
    ]


def _stars(match: re.Match[bytes]) -> bytes:
    kept = b""
    if before := BACKSLASHES.search(match.string[max(0, match.start() - 64) : match.start()]):
        if len(before.group()) % 2:  # the first letter belongs to an escape
            kept = ESCAPED.match(match.group()).group()  # type: ignore[union-attr]
    return kept + b"*" * (len(match.group()) - len(kept))


@functools.lru_cache(maxsize=64)
def _spelt(word: str) -> re.Pattern[bytes]:
    """A word as it is, escaped for JSON or percent-encoded, each character in its own way."""
    forms: list[bytes] = []
    for byte in word.encode():
        char, code = re.escape(bytes([byte])), b"%02x" % byte
        forms.append(rb"(?:%b|\\u00(?i:%b)|%%(?i:%b)|\\%b)" % (char, code, code, char))
    return re.compile(b"".join(forms))
