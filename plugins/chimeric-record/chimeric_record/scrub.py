"""What may stand in a file: harmless headers, and bodies without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

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

SHORTEST = 8
"""Header values shorter than this are too common to be looked for in bodies."""


class Scrubber:
    """Masks secrets with as many asterisks, so that places in a body stay where they are."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = [SECRETS, *(re.compile(pattern.encode()) for pattern in patterns)]

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The harmless ones, in lower case."""
        lowered = {name.lower(): value for name, value in headers.items()}
        return {name: value for name, value in lowered.items() if name in HARMLESS}

    def body(self, data: bytes, headers: Mapping[str, str]) -> bytes:
        """The bytes without secrets; ``headers`` are those of the request, whose values that are
        left out may not stand in a body either."""
        for name, value in headers.items():
            if name.lower() not in HARMLESS:
                for word in (value, value.rpartition(" ")[2]):
                    if len(word) >= SHORTEST:
                        data = data.replace(word.encode(), b"*" * len(word.encode()))
        for pattern in self._patterns:
            data = pattern.sub(lambda match: b"*" * len(match.group()), data)
        return data
