"""A case: what a server sends, and what a caller must be told; and the kinds of faults."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import msgspec

from chimeric import CompletionResponse

__all__ = ["Case", "Check", "Kind", "body_of", "ndjson", "sse"]

Check: TypeAlias = Callable[[CompletionResponse], None]


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which servers were seen to send what a client misreads."""

    name: str
    """A short slug."""
    title: str
    """The kind in one line, as the table in the documentation shows it."""
    reports: tuple[str, ...] = ()
    """Public reports, ``owner/repo#number``."""
    finding: str = ""
    """The file under ``findings/`` beside the project that describes it, without folder."""
    why: str = ""
    """The reason for what is held right, where that can be argued."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of a server, and all that may be seen of it.

    The tools ``wipe(what="everything")``, ``look(q=0)`` and ``pay(amount=0)`` are offered as
    functions and noted when they run. A second request is answered with the text "over" and an
    ordinary end, in the case's protocol.
    """

    name: str
    kind: str
    provider: str
    """``compatible``, ``openai``, ``anthropic``, ``google``, ``bedrock``, ``cohere``, ..."""
    body: bytes
    api: str | None = None
    """The ``api`` option, for providers that speak two protocols."""
    stream: bool = True
    content_type: str = "text/event-stream"
    text: str = ""
    """Text of the first turn."""
    reasoning: str | None = None
    calls: tuple[tuple[str, str], ...] = ()
    """Name and arguments of the completed calls of the first turn."""
    runs: tuple[str, ...] = ()
    """Names of the tools that run, in order."""
    finish: tuple[str, ...] = ()
    """Finish reasons that are right for the first turn; empty where it ends in an error."""
    errors: tuple[str, ...] = ()
    """Names of the exception classes that are right; empty where it ends well."""
    says: str = ""
    """Words that the error's message holds."""
    requests: int | None = None
    """Requests sent with the default retries, where that is checked."""
    check: Check | None = None
    """More to check of the response (or of the error's ``partial``)."""
    custom_tools: tuple[str, ...] = ()
    """Names of free-text tools that are offered too (providers that have them)."""


def sse(*events: Any, done: bool = False) -> bytes:
    """Server-sent events: each an object, or a pair of name and object; raw bytes stay."""
    frames: list[bytes] = []
    for event in events:
        if isinstance(event, bytes):
            frames.append(event)
        elif isinstance(event, tuple):
            frames.append(f"event: {event[0]}\ndata: {json.dumps(event[1])}\n\n".encode())
        else:
            frames.append(f"data: {json.dumps(event)}\n\n".encode())
    if done:
        frames.append(b"data: [DONE]\n\n")
    return b"".join(frames)


def ndjson(lines: Iterable[Any]) -> bytes:
    """One object a line."""
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def body_of(value: Any) -> bytes:
    """A whole answer."""
    return json.dumps(value).encode()
