"""Plays a case over a real socket, sync or async, and checks what the caller sees."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import Chimeric, ChimericError, CompletionResponse, StreamChunk, Tool

from .case import Case
from .endings import ENDINGS

__all__ = ["MODES", "Seen", "check", "play"]

KEY = "sk-protocols-0123456789"
MODES = ("sync", "async")


class Seen(msgspec.Struct):
    """What a caller saw of a case."""

    chunks: list[StreamChunk]
    response: CompletionResponse | None
    error: ChimericError | None
    runs: list[str]
    requests: int


def play(case: Case, mode: str) -> Seen:
    """Serve the case and make the call."""
    served = 0

    def handle(request: SeenRequest) -> Iterator[bytes]:
        nonlocal served
        served += 1
        answers = _answers_a_tool(request)
        body = ENDINGS[case.provider, case.api, case.stream] if answers else case.body
        kind = case.content_type if case.stream else "application/json"
        if case.stream and case.provider == "bedrock":
            kind = "application/vnd.amazon.eventstream"
        yield b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\n" % kind.encode()
        yield b"content-length: %d\r\n\r\n" % len(body)
        yield body

    runs: list[str] = []
    chunks: list[StreamChunk] = []
    response: CompletionResponse | None = None
    error: ChimericError | None = None
    with LoopbackServer(handle) as server:
        made: dict[str, Any] = {
            "api_keys": {case.provider: KEY},
            "base_urls": {case.provider: server.url},
        }
        asked: dict[str, Any] = {
            "model": "m-1",
            "messages": "Hello",
            "provider": case.provider,
            "stream": case.stream,
            "tools": tools_of(case, runs),
        }
        if case.api:
            asked["api"] = case.api
        try:
            if mode == "sync":
                response = _sync(made, asked, chunks)
            else:
                response = asyncio.run(_async(made, asked, chunks))
        except ChimericError as caught:
            error = caught
            response = caught.partial
    return Seen(chunks, response, error, runs, served)


def _sync(
    made: dict[str, Any], asked: dict[str, Any], chunks: list[StreamChunk]
) -> CompletionResponse:
    with Chimeric(**made) as client:
        answer: Any = client.generate(**asked)
        if isinstance(answer, CompletionResponse):
            return answer
        for chunk in answer:
            chunks.append(chunk)
        response: CompletionResponse = answer.response
        return response


async def _async(
    made: dict[str, Any], asked: dict[str, Any], chunks: list[StreamChunk]
) -> CompletionResponse:
    async with Chimeric(**made) as client:
        answer: Any = await client.agenerate(**asked)
        if isinstance(answer, CompletionResponse):
            return answer
        async for chunk in answer:
            chunks.append(chunk)
        response: CompletionResponse = answer.response
        return response


def tools_of(case: Case, runs: list[str]) -> list[Any]:
    """The tools that every case is offered; ``runs`` notes which were run."""

    def wipe(what: str = "everything") -> str:
        """Wipe it."""
        runs.append("wipe")
        return "wiped"

    def look(q: int = 0) -> str:
        """Look it up."""
        runs.append("look")
        return "seen"

    def pay(amount: int = 0) -> str:
        """Pay."""
        runs.append("pay")
        return "paid"

    offered: list[Any] = [wipe, look, pay]
    for name in case.custom_tools:

        def free(text: str, name: str = name) -> str:
            runs.append(name)
            return "done"

        native = {"type": "custom", "name": name, "description": "Takes free text."}
        offered.append(Tool(name=name, function=free, native=native))
    return offered


def _answers_a_tool(request: SeenRequest) -> bool:
    """Whether a request brings tool results, so that a second turn is asked for."""
    marks = (b'"tool"', b"function_call_output", b"custom_tool_call_output")
    more = (b"tool_result", b"functionResponse", b"toolResult")
    sent = request.body
    return any(mark in sent for mark in (*marks[1:], *more)) or b'"role":"tool"' in sent


def check(case: Case, seen: Seen) -> None:
    """Hold what was seen against the case."""
    assert seen.runs == list(case.runs)
    if case.errors:
        assert seen.error is not None, f"no error, but {seen.response!r}"
        assert type(seen.error).__name__ in case.errors, repr(seen.error)
        assert case.says.lower() in seen.error.message.lower()
    else:
        assert seen.error is None, repr(seen.error)
    if case.requests is not None:
        assert seen.requests == case.requests
    response = seen.response
    first = [chunk for chunk in seen.chunks if chunk.turn == 0]
    if case.stream and seen.chunks:
        assert "".join(chunk.delta or "" for chunk in first) == case.text
        finishes = [chunk.finish_reason for chunk in first if chunk.finish_reason]
        if case.errors:
            assert not finishes
        else:
            assert len(finishes) == 1
            assert finishes[0] in case.finish
        completed = [
            (call.name, call.arguments)
            for chunk in first
            for call in chunk.tool_calls
            if call.status == "completed"
        ]
        assert completed == list(case.calls)
    if response is None:
        assert case.text == ""
        return
    assert response.content == case.text + ("over" if case.runs else "")
    assert response.reasoning == case.reasoning
    assert [(call.name, call.arguments) for call in response.tool_calls] == list(case.calls)
    if not case.errors and not case.runs:
        assert response.finish_reason in case.finish
    if case.check is not None:
        case.check(response)
