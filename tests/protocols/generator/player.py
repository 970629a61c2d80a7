"""Drives the exchange by hand: bytes in, and what a caller would see out. No sockets."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from chimeric_testing import prepare

from chimeric import (
    Chimeric,
    ChimericError,
    CompletionResponse,
    ConnectionFailedError,
    StreamChunk,
    Tool,
    ToolExecutionResult,
    hookimpl,
)
from chimeric.exchange.call import Call
from chimeric.exchange.effects import Emit, Read, Relay, RunTools, Send
from chimeric.exchange.exchange import exchange
from chimeric.exchange.hooks.credentials import Vault
from chimeric.stream.answer import Answer
from chimeric.values.context import Context
from tests.protocols.endings import ENDINGS

from .protocols import PROTOCOLS

__all__ = ["Seen", "play"]

KEY = "sk-generator-0123456789"
OVER = "over"
"""What every second answer says."""


class Seen(msgspec.Struct):
    """What came of a stream."""

    chunks: list[StreamChunk]
    runs: list[tuple[str, str]]
    requests: int
    error: ChimericError | None
    response: CompletionResponse


class Unchanged:
    """Middleware that looks at every chunk."""

    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
        return chunk


def wipe(what: str = "everything") -> str:
    """Wipe it."""
    return what


def look(q: int = 0) -> int:
    """Look it up."""
    return q


def pay(amount: int = 0) -> int:
    """Pay."""
    return amount


def free(text: str) -> str:
    """Take free text."""
    return text


@cache
def client(middleware: bool) -> Chimeric:
    """A client that sends nothing anywhere."""
    return Chimeric(
        api_keys={served.provider: KEY for served in PROTOCOLS.values()},
        base_urls={"compatible": "http://localhost/v1"},
        max_retries=0,
        plugins=[Unchanged()] if middleware else [],
    )


@cache
def pattern(protocol: str, streamed: bool, middleware: bool) -> Call:
    """A call that the others of its protocol are made like: checking the arguments takes long."""
    served = PROTOCOLS[protocol]
    tools: list[Any] = [wipe, look, pay]
    if served.custom_tools:
        for name in ("shell", "patch"):
            native = {"type": "custom", "name": name, "description": "Takes free text."}
            tools.append(Tool(name=name, function=free, native=native))
    return prepare(
        client(middleware),
        "m-1",
        "Hello",
        provider=served.provider,
        stream=streamed,
        tools=tools,
        **served.options,
    )


def new_call(protocol: str, streamed: bool, middleware: bool) -> Call:
    """A call of its own."""
    like = pattern(protocol, streamed, middleware)
    return Call(
        request=like.request,
        context=Context(like.request),
        answer=Answer(like.request),
        route=like.route,
        hooks=like.hooks,
        timeout=like.timeout,
        retry=like.retry,
        limits=like.limits,
        strict=like.strict,
        max_parallel_tools=like.max_parallel_tools,
        vault=Vault,
    )


def play(
    protocol: str, pieces: list[bytes], *, broken: bool, document: bool, middleware: bool
) -> Seen:
    """Answer a call with these bytes, and a second request with the text "over".

    Raises:
        Exception: whatever leaves the exchange that is no ChimericError: a fault.
    """
    call = new_call(protocol, not document, middleware)
    served = PROTOCOLS[protocol]
    ending = ENDINGS[served.provider, served.api, not document]
    kind = "application/json" if document else served.content_type
    played = _Played(pieces, broken, ending, kind)
    error = played.run(call)
    return Seen(played.chunks, played.runs, played.requests, error, call.answer.response())


class _Played:
    """Performs the effects of one call."""

    def __init__(self, pieces: list[bytes], broken: bool, ending: bytes, kind: str) -> None:
        self._answers = [(iter(pieces), broken), (iter([ending]), False)]
        self._headers = {"content-type": kind}
        self.chunks: list[StreamChunk] = []
        self.runs: list[tuple[str, str]] = []
        self.requests = 0

    def run(self, call: Call) -> ChimericError | None:
        """Run the call to its end; its error."""
        flow = exchange(call)
        try:
            effect = next(flow)
            while True:
                try:
                    reply = self._perform(effect)
                except Exception as error:
                    effect = flow.throw(error)
                else:
                    effect = flow.send(reply)
        except StopIteration:
            return None
        except ChimericError as error:
            return error

    def _perform(self, effect: Any) -> Any:
        kind = type(effect)
        if kind is Emit:
            self.chunks.extend(effect.chunks)
        elif kind is Relay:
            take, chunks = effect.take, self.chunks
            while (chunk := take(self._read())) is not None:
                chunks.append(chunk)
        elif kind is Read:
            return self._read()
        elif kind is Send:
            self._body, self._broken = self._answers[self.requests]
            self.requests += 1
            return 200, self._headers
        elif kind is RunTools:
            if effect.running is None:
                effect.running = enumerate([self._ran(*call) for call in effect.calls])
            return next(effect.running)
        return None

    def _read(self) -> bytes:
        data = next(self._body, b"")
        if not data and self._broken:
            raise ConnectionFailedError("reset by the far side")
        return data

    def _ran(self, tool: Tool, wanted: Any) -> ToolExecutionResult:
        self.runs.append((wanted.name, wanted.arguments))
        return ToolExecutionResult(wanted.id, wanted.name, wanted.arguments, "done")
