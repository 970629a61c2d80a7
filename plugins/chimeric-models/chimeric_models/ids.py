"""Ids of tool calls as the next provider takes them: their characters, length, and each once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

__all__ = ["CallIds", "converse_id", "nine_characters", "plain_id", "short_id"]


class CallIds:
    """The ids of one conversation, calls and results alike.

    Ids that are taken as they are stay; the same conversation always gets the same ids, so that
    the provider's cache of its beginning is kept.

    Args:
        form: makes an id of the characters and the length that the provider takes; it may make
            two ids equal, and an empty one of an empty one.

    Example:
        >>> ids = CallIds(plain_id)
        >>> ids.call("now:0"), ids.result("now:0")
        ('now_0', 'now_0')
        >>> ids.begin_turn()
        >>> ids.call("now:0") == "now_0"  # each call of a conversation has an id of its own
        False
    """

    def __init__(self, form: Callable[[str], str]) -> None:
        self._form = form
        self._used: set[str] = set()
        self._open: dict[str, list[tuple[str, str]]] = {}
        self._last: dict[str, str] = {}

    def begin_turn(self) -> None:
        """Note that the calls that follow are of another answer than those before."""
        self._open.clear()

    def call(self, identity: str, name: str = "") -> str:
        """The id under which a call is sent; ``name`` is its tool's."""
        sent = self._form(identity) if identity else ""
        number = 0
        while not sent or sent in self._used:
            number += 1
            digest = hashlib.sha256(
                f"{number} {name if not identity else ''}{identity}".encode(errors="surrogatepass")
            )
            sent = self._form(f"call_{digest.hexdigest()[:24]}")
        self._used.add(sent)
        self._open.setdefault(identity, []).append((sent, name))
        self._last[identity] = sent
        return sent

    def result(self, identity: str, name: str = "") -> str:
        """The id under which the result of a call is sent; of equal ids the first open one.

        A result without an id answers the first call that has none yet.
        """
        waiting = self._open.get(identity)
        if not waiting and not identity:
            waiting = next(filter(None, self._open.values()), None)
        if not waiting:
            return self._last.get(identity) or self._form(identity)
        places = (place for place, (_, tool) in enumerate(waiting) if not name or tool == name)
        return waiting.pop(next(places, 0))[0]


def plain_id(identity: str) -> str:
    """An id of at most 64 letters, digits, ``_`` and ``-``: what Claude takes everywhere.

    Example:
        >>> plain_id("functions.now:0")
        'functions_now_0'
    """
    return _NOT_PLAIN.sub("_", identity)[:LONGEST]


def converse_id(identity: str) -> str:
    """An id as Bedrock's Converse API takes it: 64 characters, ``.`` and ``:`` among them."""
    return _NOT_CONVERSE.sub("_", identity)[:LONGEST]


def short_id(identity: str) -> str:
    """An id of at most 64 printable ASCII characters: what the Responses API takes."""
    return (identity if identity.isascii() else _NOT_ASCII.sub("_", identity))[:LONGEST]


def nine_characters(identity: str) -> str:
    """An id of nine letters and digits, the only form that Mistral's models take."""
    if len(identity) == 9 and identity.isascii() and identity.isalnum():
        return identity
    return hashlib.sha256(identity.encode(errors="surrogatepass")).hexdigest()[:9]


LONGEST = 64
_NOT_ASCII = re.compile(r"[^\x20-\x7e]")
_NOT_PLAIN = re.compile(r"[^a-zA-Z0-9_-]")
_NOT_CONVERSE = re.compile(r"[^a-zA-Z0-9_.:-]")
