"""A server that answers as it is told to, and the ways to ask it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any

import msgspec
import pytest
import trio
from chimeric_stores.fixtures import redis_server, start_redis
from chimeric_testing import Close, LoopbackServer, SeenRequest
from chimeric_testing.server import chunked

from chimeric import Chimeric

__all__ = ["redis_server", "start_redis"]

MODES = ("sync", "asyncio", "trio")


def event(text: str | None = None, finish: str | None = None) -> bytes:
    delta = {} if text is None else {"content": text}
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return b"data: %b\n\n" % msgspec.json.encode({"choices": choices})


def said(*texts: str, tokens: int = 10) -> list[Any]:
    usage = {"prompt_tokens": 4, "completion_tokens": tokens - 4, "total_tokens": tokens}
    told = msgspec.json.encode({"choices": [], "usage": usage})
    return [*map(event, texts), event(finish="stop"), b"data: %b\n\n" % told, b"data: [DONE]\n\n"]


class Server:
    """Its ``answer`` gives the pieces of a stream, or ``(status, headers)``."""

    def __init__(self) -> None:
        self.answer: Callable[[Any], Any] = lambda body: said("Once ", "upon")
        self.headers: dict[str, str] = {}
        self.loopback = LoopbackServer(self._answer)

    @property
    def asked(self) -> int:
        return len(self.loopback.requests)

    def client(self, *plugins: Any, **settings: Any) -> Chimeric:
        urls = {"compatible": f"{self.loopback.url}/v1"}
        return Chimeric(base_urls=urls, plugins=plugins, **{"max_retries": 0, **settings})

    def _answer(self, request: SeenRequest) -> Iterator[Any]:
        told: Any = self.answer(msgspec.json.decode(request.body))
        if isinstance(told, tuple):
            status, headers = told
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            yield f"HTTP/1.1 {status} Told\r\n{lines}content-length: 2\r\n\r\n{{}}".encode()
            return
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        yield f"HTTP/1.1 200 OK\r\n{lines}transfer-encoding: chunked\r\n\r\n".encode()
        for piece in told:
            if isinstance(piece, bytes):
                yield next(iter(chunked([piece])))
            else:
                yield piece
                if isinstance(piece, Close):
                    return
        yield b"0\r\n\r\n"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.loopback.close()


def ask(
    mode: str, client: Chimeric, *texts: str, together: bool = False, **params: Any
) -> list[Any]:
    """Ask, and close the client: what comes of each, a text or an error."""
    whole = {"model": "compatible:m", "stream": True, **params}
    if mode == "sync":
        with client:
            return [_told(client, text, whole) for text in texts]

    async def one(text: str, told: list[Any], place: int) -> None:
        try:
            stream: Any = await client.agenerate(messages=text, **whole)
            told[place] = (await stream.collect()).content
        except Exception as error:
            told[place] = error

    async def main() -> list[Any]:
        told: list[Any] = [None] * len(texts)
        async with client:
            if together and mode == "asyncio":
                await asyncio.gather(*(one(text, told, n) for n, text in enumerate(texts)))
            elif together:
                async with trio.open_nursery() as nursery:
                    for n, text in enumerate(texts):
                        nursery.start_soon(one, text, told, n)
            else:
                for n, text in enumerate(texts):
                    await one(text, told, n)
        return told

    return run(mode, main)


def run(mode: str, main: Callable[[], Awaitable[Any]]) -> Any:
    """Run a coroutine function on a loop of its own."""
    return trio.run(main) if mode == "trio" else asyncio.run(main())  # type: ignore[arg-type]


def _told(client: Chimeric, text: str, whole: dict[str, Any]) -> Any:
    try:
        stream: Any = client.generate(messages=text, **whole)
        return stream.collect().content
    except Exception as error:
        return error


def pieces(*texts: str, after: Callable[[], object]) -> Iterable[Any]:
    """Pieces of a stream; ``after`` runs when the first has been sent."""
    first, *others = said(*texts)
    yield first
    after()
    yield from others
