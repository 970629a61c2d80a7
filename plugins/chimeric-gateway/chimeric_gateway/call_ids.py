"""Ids of tool calls in the characters that a protocol takes, and back, with nothing kept."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Callable
from typing import Final

__all__ = ["CHAT_IDS", "MESSAGES_IDS", "RESPONSES_IDS", "CallIds"]


class CallIds:
    """The ids of upstream calls as a client is told them.

    An id that the protocol can carry stays as it is. Any other is packed, in the shortest of three
    ways, behind a prefix that says so: from the packed one alone the first is read again. What is
    too long for the limit even then stays whole, since half an id names no call.

    Args:
        prefix: what packed ids begin with.
        legal: what an id may look like.
        limit: characters that it may have.

    Example:
        >>> told = MESSAGES_IDS.told("functions.now:0")
        >>> told
        'toolu_chi_efunctions-2enow-3a0'
        >>> MESSAGES_IDS.read(told)
        'functions.now:0'
    """

    def __init__(self, prefix: str, legal: str, limit: int) -> None:
        self._prefix = prefix
        self._legal = re.compile(legal)
        self._limit = limit

    def told(self, identity: str) -> str:
        """What the client is told."""
        if self._is_legal(identity):
            return identity
        ways = _WAYS if len(_bytes(identity)) <= LONGEST else ("e", "b")
        return self._prefix + min((way + _WAYS[way][0](identity) for way in ways), key=len)

    def read(self, told: str) -> str:
        """What the upstream called it; an id that was not packed here is its own."""
        if not told.startswith(self._prefix):
            return told
        rest = told[len(self._prefix) :]
        way = _WAYS.get(rest[:1])
        try:
            identity = way[1](rest[1:]) if way else told
        except (ValueError, zlib.error):
            return told
        return identity if self.told(identity) == told else told

    def _is_legal(self, identity: str) -> bool:
        if len(identity) > self._limit or identity.startswith(self._prefix):
            return False
        return self._legal.fullmatch(identity) is not None


_ESCAPED: Final = re.compile(r"[^a-zA-Z0-9_]")
LONGEST: Final = 4096
"""Bytes that a packed id may grow to when it is read."""


def _escape(identity: str) -> str:
    """``-`` and two hexadecimal digits for each byte that is no letter, digit or ``_``."""
    return _ESCAPED.sub(lambda m: "".join(f"-{byte:02x}" for byte in _bytes(m[0])), identity)


def _unescape(text: str) -> str:
    raw = re.sub(r"-([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), text)
    return _text(raw.encode("latin-1"))


def _in_base64(identity: str) -> str:
    return base64.urlsafe_b64encode(_bytes(identity)).decode().rstrip("=")


def _from_base64(text: str) -> str:
    return _text(_decoded(text))


def _deflated(identity: str) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(_bytes(identity)) + packer.flush()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _inflated(text: str) -> str:
    # Bounded: a few bytes from anybody could grow to megabytes.
    return _text(zlib.decompressobj(-15).decompress(_decoded(text), LONGEST))


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")


_WAYS: Final[dict[str, tuple[Callable[[str], str], Callable[[str], str]]]] = {
    "e": (_escape, _unescape),
    "b": (_in_base64, _from_base64),
    "z": (_deflated, _inflated),
}

CHAT_IDS: Final = CallIds("call_chi_", r"[\x21-\x7e]+", 64)
"""OpenAI's Chat Completions: what can be printed."""

RESPONSES_IDS: Final = CallIds("call_chi_", r"[\x21-\x7e]+", 64)
"""OpenAI's Responses: at most 64 characters."""

MESSAGES_IDS: Final = CallIds("toolu_chi_", r"[a-zA-Z0-9_-]+", 64)
"""Anthropic's Messages: ``^[a-zA-Z0-9_-]+$``."""
