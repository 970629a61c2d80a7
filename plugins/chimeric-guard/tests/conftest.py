"""A server that says what a test wants said, ways to hear it, and all that anybody could find."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import pytest
import trio
from chimeric_testing import Close, LoopbackServer, Pause, SeenRequest
from chimeric_testing.server import chunked

from chimeric import Chimeric, ChimericError, CompletionResponse, StreamChunk

MODES = ("sync", "asyncio", "trio")
CALL = {"call": {"city": "Oslo"}}
"""A call of the tool ``weather``, among what a server says."""


def delta(said: str | dict[str, Any]) -> dict[str, Any]:
    """``str`` is text; a dict has ``reasoning``, ``refusal`` or ``call``."""
    if isinstance(said, str):
        return {"content": said}
    if "call" not in said:
        return {{"reasoning": "reasoning_content"}.get(k, k): v for k, v in said.items()}
    arguments = said["call"]
    if not isinstance(arguments, str):
        arguments = msgspec.json.encode(arguments).decode()
    function = {"name": "weather", "arguments": arguments}
    return {"tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": function}]}


def frames(said: Iterable[Any]) -> Iterator[bytes]:
    """The events of a turn, and its end."""
    reason = "stop"
    for told in said:
        reason = "tool_calls" if isinstance(told, dict) and "call" in told else reason
        choices = [{"index": 0, "delta": delta(told)}]
        yield b"data: " + msgspec.json.encode({"id": "r", "choices": choices}) + b"\n\n"
    usage = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
    end = {"id": "r", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    yield b"data: " + msgspec.json.encode({**end, "usage": usage}) + b"\n\ndata: [DONE]\n\n"


def whole(said: Iterable[Any]) -> bytes:
    """The same as one document."""
    message: dict[str, Any] = {"role": "assistant", "content": ""}
    for told in said:
        for name, value in delta(told).items():
            message[name] = (message.get(name) or type(value)()) + value
    reason = "tool_calls" if "tool_calls" in message else "stop"
    choices = [{"index": 0, "message": message, "finish_reason": reason}]
    return msgspec.json.encode({"id": "r", "choices": choices})


class Server:
    """Each request takes the next of ``turns``; ``endless`` goes on until the client has gone."""

    def __init__(self) -> None:
        self.turns: list[list[Any]] = []
        self.endless = False
        self.loopback = LoopbackServer(self._answer)

    @property
    def asked(self) -> int:
        return len(self.loopback.requests)

    def was_left(self) -> bool:
        """Whether the client has closed the connection in the middle of an answer."""
        return self.loopback.wait_idle(10) and self.loopback.aborted == 1

    def client(self, *plugins: Any, **settings: Any) -> Chimeric:
        return Chimeric(
            base_url=f"{self.loopback.url}/v1", plugins=plugins, max_retries=0, **settings
        )

    def _answer(self, request: SeenRequest) -> Iterator[Any]:
        said = self.turns.pop(0)
        if not request.json().get("stream"):
            body = whole(said)
            yield b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body
            return
        yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        broken = bool(said) and isinstance(said[-1], Close)
        events = list(frames(said[:-1] if broken else said))
        if broken or self.endless:
            events.pop()
        pieces = list(chunked(events))
        yield from pieces[: len(events)]
        if self.endless:
            yield Pause(60)
        yield from [Close()] if broken else pieces[len(events) :]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.loopback.close()


class Heard(msgspec.Struct):
    """What came of a call."""

    chunks: list[StreamChunk]
    response: CompletionResponse | None
    error: ChimericError | None = None

    @property
    def text(self) -> str:
        return "".join(chunk.delta or "" for chunk in self.chunks)


def hear(mode: str, client: Chimeric, **params: Any) -> Heard:
    """The chunks and the response of a streamed call, and the error that ended it."""
    ask = {"model": "compatible:m", "messages": "Hi", "stream": True, **params}
    heard = Heard([], None)

    async def main() -> None:
        async with client:
            stream: Any = None
            try:
                stream = await client.agenerate(**ask)
                async for chunk in stream:
                    heard.chunks.append(chunk)
            except ChimericError as error:
                heard.error = error
            if stream is not None:
                heard.response = stream.response

    if mode != "sync":
        trio.run(main) if mode == "trio" else asyncio.run(main())
        return heard
    stream: Any = None
    try:
        stream = client.generate(**ask)
        heard.chunks.extend(stream)
    except ChimericError as error:
        heard.error = error
    if stream is not None:
        heard.response = stream.response
    client.close()
    return heard


def everything(heard: Heard) -> str:
    """All that a call gave out, in every field, as text."""
    told: list[Any] = []
    for chunk in heard.chunks:
        told += [repr(chunk), chunk.to_dict(), chunk.raw, chunk.native, chunk.metadata]
        told += [chunk.content, chunk.partial, pickle.dumps(chunk)]
        told += [(call.arguments, call.partial_arguments) for call in chunk.tool_calls]
    for response in (heard.response, heard.error and heard.error.partial):
        if response is not None:
            told += [response.content, response.messages, response.metadata, response.native]
            told += [response.parts, response.parsed, pickle.dumps(response)]
            told += [response.reasoning, response.refusal, response.tool_calls]
    if heard.error is not None:
        told += [str(heard.error), vars(heard.error)]
    return "\n".join(map(str, told))
