"""One fault: how it is served, and what is right to make of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeAlias

import msgspec

from chimeric_testing.script import Script
from chimeric_testing.server import Close, SeenRequest, Step, chunked

__all__ = ["FAULTS", "Fault", "Serve", "fault", "head", "plain_answer", "serve_well", "streamed"]

Serve: TypeAlias = Callable[[Script, int, SeenRequest], Iterable[Step]]
"""Makes the raw answer to the n-th request (from 0)."""

Kept: TypeAlias = Literal["all", "cut", "none"]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One fault.

    Attributes:
        name: its name in ``FAULTS``.
        what: one sentence: what is served.
        serve: makes the raw answer.
        outcome: ``ok``, or the ``kind`` of the error that must be raised.
        kept: the text that must have been delivered, and be in ``partial``: ``all``, ``cut`` (what
            came before the fault), or ``none``.
        requests: how many requests a client with two retries makes.
        framings: where it can be served at all.
        limit: name of the limit that the error must tell, or None.
        timeout: seconds, for the faults that are about waiting.
        least_wait: seconds that must pass before the next request.
        calls: how often the client calls; all but the last one must be good.
        memory: MiB by which the client may grow.
    """

    name: str
    what: str
    serve: Serve
    outcome: str = "ok"
    kept: Kept = "all"
    requests: int = 1
    framings: tuple[str, ...] = ("sse", "ndjson")
    limit: str | None = None
    timeout: float | None = None
    least_wait: float = 0.0
    calls: int = 1
    memory: int | None = None


FAULTS: dict[str, Fault] = {}
"""Every fault that can be made of any recorded answer, by name."""


def fault(name: str, what: str, **fields: Any) -> Callable[[Serve], Serve]:
    """Add a fault that the decorated function serves."""

    def register(serve: Serve) -> Serve:
        FAULTS[name] = Fault(name=name, what=what, serve=serve, **fields)
        return serve

    return register


def head(content_type: str | None, *lines: str, status: str = "200 OK") -> bytes:
    """Status line and headers; ``lines`` are further headers."""
    every = [f"HTTP/1.1 {status}", *lines]
    if content_type is not None:
        every.append(f"content-type: {content_type}")
    return ("\r\n".join(every) + "\r\n\r\n").encode("latin-1")


def streamed(answer: Script, pieces: Iterable[bytes], *lines: str) -> Iterable[Step]:
    """A good answer in chunked coding, cut into these pieces."""
    yield head(answer.content_type, "transfer-encoding: chunked", *lines)
    yield from chunked(pieces)


def cut_off(answer: Script, data: bytes, *then: Step) -> Iterable[Step]:
    """A chunked answer that has begun and is not ended; then whatever happens."""
    yield head(answer.content_type, "transfer-encoding: chunked")
    if data:
        yield b"%x\r\n%s\r\n" % (len(data), data)
    yield from then


def plain_answer(status: str, body: bytes, content_type: str, *lines: str) -> Iterable[Step]:
    """A short answer with a length."""
    yield head(content_type, f"content-length: {len(body)}", *lines, status=status)
    yield body


def serve_well(answer: Script) -> Iterable[Step]:
    """The good answer, one event a chunk."""
    return streamed(answer, answer.frames())


def closing(answer: Script, data: bytes) -> Iterable[Step]:
    """An answer without a length, which the end of the connection ends."""
    yield head(answer.content_type, "connection: close")
    yield data
    yield Close()
