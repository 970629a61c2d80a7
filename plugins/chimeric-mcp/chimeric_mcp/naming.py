"""Names for tools that every provider takes, each of them once, and the same each time."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence

__all__ = ["names_of"]

MOST = 64
"""Characters: OpenAI and Gemini take 64, Anthropic takes 128."""

LEGAL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
"""What all take: Gemini wants a letter or ``_`` first, OpenAI and Anthropic take no dots."""

DIGITS = 8


def names_of(tools: Sequence[tuple[str, str, bool]], taken: Iterable[str] = ()) -> list[str]:
    """A name for each tool of some servers, in their order.

    A name that is legal and there once stays as it is. One that two servers have, or that is taken,
    gets its server's label before it; what is still there twice, or had to be changed so that
    another could be mistaken for it, gets a hash of label and name at its end.

    Args:
        tools: label of the server, name at the server, whether the label always stands before it.
        taken: names of the caller's own tools, which keep theirs.

    Example:
        >>> names_of([("files", "read", False), ("mail", "read", False), ("mail", "send", False)])
        ['files__read', 'mail__read', 'send']
        >>> names_of([("files", "read a file", False)])
        ['read_a_file_a0967cd4']
    """
    used = set(taken)
    count = Counter(name for _, name, _ in tools)
    named: list[str] = []
    for label, name, prefixed in tools:
        wanted = name
        if prefixed or count[name] > 1 or name in used:
            wanted = f"{label}__{name}"
        if not LEGAL.fullmatch(wanted) or wanted in used:
            wanted = _legal(wanted, f"{label}\n{name}")
        number = 0
        while wanted in used:  # two servers with one label
            number += 1
            wanted = _legal(wanted, f"{label}\n{name}\n{number}")
        used.add(wanted)
        named.append(wanted)
    return named


def _legal(name: str, key: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_") or "tool"
    if not re.match(r"[A-Za-z_]", plain):
        plain = f"_{plain}"
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:DIGITS]
    return f"{plain[: MOST - DIGITS - 1]}_{digest}"
