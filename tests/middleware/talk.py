"""A server that says what a test wants said, and the four ways to hear it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import msgspec
from chimeric_testing import Close, LoopbackServer, SeenRequest
from chimeric_testing.server import chunked

from chimeric import Chimeric, CompletionResponse, StreamChunk, hookimpl

__all__ = ["CALL", "Heard", "hear", "plugin", "serving", "ways"]

CALL = {"call": {"city": "Oslo"}}
"""A tool call, among what a server says: ``str`` is text, a dict ``reasoning`` or ``refusal``."""

Said: TypeAlias = Iterable[str | dict[str, Any] | Close]
Heard: TypeAlias = tuple[list[StreamChunk], CompletionResponse]


def _delta(said: str | dict[str, Any], place: int) -> dict[str, Any]:
    if isinstance(said, str):
        return {"content": said}
    if "call" not in said:
        return {{"reasoning": "reasoning_content"}.get(k, k): v for k, v in said.items()}
    arguments = msgspec.json.encode(said["call"]).decode()
    function = {"name": "weather", "arguments": arguments}
    return {
        "tool_calls": [{"index": 0, "id": f"c{place}", "type": "function", "function": function}]
    }


def _frames(turn: Said) -> Iterator[bytes | Close]:
    reason = "stop"
    for place, said in enumerate(turn):
        if isinstance(said, Close):
            yield said
            return
        delta = _delta(said, place)
        reason = "tool_calls" if "tool_calls" in delta else reason
        choices = [{"index": 0, "delta": delta}]
        yield b"data: " + msgspec.json.encode({"id": "r", "choices": choices}) + b"\n\n"
    end = {"id": "r", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    yield b"data: " + msgspec.json.encode(end) + b"\n\ndata: [DONE]\n\n"


def _whole(turn: Said) -> bytes:
    message: dict[str, Any] = {"role": "assistant", "content": ""}
    for place, said in enumerate(turn):
        assert not isinstance(said, Close)
        for name, value in _delta(said, place).items():
            message[name] = (message.get(name) or type(value)()) + value
    reason = "tool_calls" if "tool_calls" in message else "stop"
    choices = [{"index": 0, "message": message, "finish_reason": reason}]
    return msgspec.json.encode({"id": "r", "choices": choices})


@contextmanager
def serving(*turns: Said) -> Iterator[LoopbackServer]:
    """A server that answers the first request with the first turn, and so on."""
    left = [list(turn) for turn in turns]

    def handler(request: SeenRequest) -> Iterator[bytes | Close]:
        turn = left.pop(0)
        if not request.json().get("stream"):
            body = _whole(turn)
            yield b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body
            return
        yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        frames = list(_frames(turn))
        broken = bool(frames) and isinstance(frames[-1], Close)
        said = [frame for frame in frames if isinstance(frame, bytes)]
        pieces = list(chunked(said))
        yield from pieces[: len(said)]  # each frame in a piece of its own
        if broken:
            yield Close()
        else:
            yield from pieces[len(said) :]

    with LoopbackServer(handler) as server:
        yield server


def weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


def plugin(name: str = "P", phase: str | None = None, **hooks: Callable[..., Any]) -> Any:
    """A plugin object with these hooks; ``chimeric_api=`` declares it."""
    marked: dict[str, Any] = {
        key: value if key == "chimeric_api" else staticmethod(hookimpl(value))
        for key, value in hooks.items()
    }
    if phase is not None:
        marked["chimeric_phase"] = phase
    return type(name, (), marked)()


def _sync(client: Chimeric, ask: dict[str, Any]) -> Heard:
    stream = client.generate(**ask, stream=True)
    return list(stream), stream.response


def _whole_sync(client: Chimeric, ask: dict[str, Any]) -> Heard:
    return [], client.generate(**ask)


async def _async(client: Chimeric, ask: dict[str, Any]) -> Heard:
    async with client:
        stream = await client.agenerate(**ask, stream=True)
        return [chunk async for chunk in stream], stream.response


async def _whole_async(client: Chimeric, ask: dict[str, Any]) -> Heard:
    async with client:
        return [], await client.agenerate(**ask)


ways = ("sync", "async", "whole", "async whole")


def hear(way: str, server: LoopbackServer, *plugins: Any, **ask: Any) -> Heard:
    """The chunks (none of a whole answer) and the response of a call."""
    client = Chimeric(
        base_url=f"{server.url}/v1", plugins=plugins, max_retries=0, only_plugins=["compatible"]
    )
    ask = {"model": "compatible:m", "messages": "Hi", **ask}
    if way in ("async", "async whole"):
        return asyncio.run((_async if way == "async" else _whole_async)(client, ask))
    with client:
        return (_sync if way == "sync" else _whole_sync)(client, ask)
