"""A hub with what it takes to ask it: an application, which is a program too; ways to run, read."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import trio
from chimeric_serving import NDJSONEncoder, RedisStore, StreamHub
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from chimeric import StreamChunk

__all__ = ["WORDS", "App", "counting", "read", "run", "words"]

WORDS = [f"w{n} " for n in range(40)]


def run(backend: str, main: Callable[[], Awaitable[Any]]) -> Any:
    """Run a coroutine function on a loop of its own."""
    return trio.run(main) if backend == "trio" else asyncio.run(main())  # type: ignore[arg-type]


async def words(
    pause: float = 0.0, *, most: int = len(WORDS), fails: Exception | None = None
) -> AsyncIterator[StreamChunk]:
    """A stream of its own, of chunks that somebody made."""
    for word in WORDS[:most]:
        await anyio.sleep(pause)
        yield StreamChunk(word).replace(block=0)
    if fails is not None:
        raise fails
    yield StreamChunk(finish_reason="stop")


async def counting(hub: StreamHub, id: str, after: Any = None, **options: Any) -> list[Any]:
    """All that a reader reads: pairs of offset and text, and the end."""
    told: list[Any] = []
    try:
        async with await hub.join(id, after, **options) as reader:
            async for chunk in reader:
                if chunk.delta:
                    told.append((reader.offset, chunk.delta))
        assert reader.response is not None
        told.append(reader.response.finish_reason)
    except Exception as error:
        told.append(error)
    return told


async def read(hub: StreamHub, id: str, after: Any = None, **options: Any) -> tuple[str, Any]:
    """The text that a reader reads, and the end."""
    *texts, end = await counting(hub, id, after, **options)
    return "".join(text for _, text in texts), end


class Two:
    """An encoder of a protocol with two events a chunk, a first event, and numbers of its own."""

    media_type = "text/event-stream"
    headers = {"x-two": "1"}
    ping = b": two\n\n"

    def __init__(self) -> None:
        self.count = 0

    def start(self) -> list[bytes]:
        return [b"data: start\n\n"]

    def encode(self, chunk: StreamChunk) -> list[bytes]:
        self.count += 1
        if not chunk.delta:
            return []
        return [b"data: %d\n\n" % self.count, b"data: %b\n\n" % chunk.delta.strip().encode()]

    def finish(self, response: Any) -> list[bytes]:
        return [b"data: end %d\n\n" % self.count]

    def fail(self, error: BaseException) -> list[bytes]:
        return [b"data: failed\n\n"]


class App:
    """Starts, joins, resumes and stops. The header ``user`` says who asks."""

    def __init__(self, store: Any, **settings: Any) -> None:
        self.hub = StreamHub(store, **settings)
        self.app = Starlette(
            routes=[
                Route("/start", self.start, methods=["POST"]),
                Route("/{id}", self.join),
                Route("/{id}/stream", self.resume),
                Route("/{id}/stop", self.stop, methods=["POST"]),
            ],
            lifespan=self.lifespan,
        )

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        async with self.hub:
            yield

    async def start(self, request: Request) -> Response:
        pause = float(request.query_params.get("pause", 0))
        key = await self.hub.start(words(pause), owner=request.headers.get("user"))
        return PlainTextResponse(key)

    async def join(self, request: Request) -> Response:
        kind = request.query_params.get("as", "")
        return await self.hub.response(
            request.path_params["id"],
            {"two": Two, "ndjson": NDJSONEncoder}.get(kind, lambda: None)(),  # type: ignore[operator]
            last_event_id=request.headers.get("last-event-id", request.query_params.get("after")),
            owner=request.headers.get("user"),
            ping=0.1,
        )

    async def resume(self, request: Request) -> Response:
        key = request.path_params["id"]
        return await self.hub.resume(
            None if key == "none" else key, Two(), owner=request.headers.get("user")
        )

    async def stop(self, request: Request) -> Response:
        key = request.path_params["id"]
        stopped = await self.hub.stop(key, owner=request.headers.get("user"))
        return PlainTextResponse("stopped" if stopped else "over")


def serve(url: str) -> None:
    """A worker: serves with the streams of a Redis, and prints its port."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            print(self.servers[0].sockets[0].getsockname()[1], flush=True)

    app = App(RedisStore(url), ttl=60)
    Server(uvicorn.Config(app.app, port=0, log_level="critical", lifespan="on")).run()


if __name__ == "__main__":
    serve(sys.argv[1])
