"""A server that answers with a script, and the ways to ask it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from chimeric_stores.fixtures import redis_server, start_redis
from chimeric_testing import Close, LoopbackServer, SeenRequest
from chimeric_testing.server import chunked

from chimeric import Chimeric, CompletionResponse

__all__ = ["redis_server", "start_redis"]

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
MODES = ("sync", "asyncio", "trio")


def event(finish: str | None = None, **delta: Any) -> bytes:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return b"data: %b\n\n" % msgspec.json.encode({"id": "r", "model": "m1", "choices": choices})


def ended(finish: str = "stop") -> list[bytes]:
    usage = msgspec.json.encode({"choices": [], "usage": USAGE})
    return [event(finish), b"data: %b\n\n" % usage, b"data: [DONE]\n\n"]


def texts(*said: str, finish: str = "stop") -> list[bytes]:
    return [*(event(content=text) for text in said), *ended(finish)]


CALL = [
    event(
        tool_calls=[
            {
                "index": 0,
                "id": "c1",
                "type": "function",
                "function": {"name": "now", "arguments": ""},
            }
        ]
    ),
    event(tool_calls=[{"index": 0, "function": {"arguments": "{}"}}]),
    *ended("tool_calls"),
]


class Server:
    """Says ``said``, or what it gives for a question's body."""

    def __init__(self) -> None:
        self.said: Callable[[Any], Iterable[Any]] = lambda body: texts("Once ", "upon")
        self.loopback = LoopbackServer(self._answer)

    @property
    def asked(self) -> int:
        return len(self.loopback.requests)

    def client(self, *plugins: Any, **settings: Any) -> Chimeric:
        url = f"{self.loopback.url}/v1"
        return Chimeric(base_urls={"compatible": url}, plugins=plugins, max_retries=0, **settings)

    def _answer(self, request: SeenRequest) -> Iterator[Any]:
        body = msgspec.json.decode(request.body)
        if body.get("stream"):
            yield HEAD
            pieces = list(self.said(body))
            if isinstance(pieces[-1], Close):
                yield from list(chunked(pieces[:-1]))[:-1]
                yield pieces[-1]
            else:
                yield from chunked(pieces)
            return
        yield HEAD
        message = {"role": "assistant", "content": "Once upon"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        yield from chunked([msgspec.json.encode({"choices": [choice], "usage": USAGE})])


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.loopback.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers.db"


def ask_all(
    mode: str, client: Chimeric, *calls: Mapping[str, Any], stream: bool = True
) -> list[CompletionResponse]:
    """Make calls one after the other, and close the client."""
    whole = [
        {"model": "compatible:m", "messages": "Hi", "stream": stream, **call} for call in calls
    ]
    if mode == "sync":
        with client:
            made: list[Any] = [client.generate(**call) for call in whole[:0]]
            for call in whole:
                told: Any = client.generate(**call)
                made.append(told.collect() if call["stream"] else told)
            return made

    async def main() -> list[CompletionResponse]:
        made: list[Any] = []
        async with client:
            for call in whole:
                told: Any = await client.agenerate(**call)
                made.append(await told.collect() if call["stream"] else told)
        return made

    run: Callable[[Callable[[], Awaitable[Any]]], Any] = (
        trio.run if mode == "trio" else lambda main: asyncio.run(main())  # type: ignore[arg-type]
    )
    told: list[CompletionResponse] = run(main)
    return told
