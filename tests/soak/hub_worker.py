"""A worker of the soak of resumable streams: ``python -m tests.soak.hub_worker URL LEASE``."""

from __future__ import annotations

import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import uvicorn
from chimeric_serving import RedisStore, StreamHub
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from chimeric import StreamChunk

__all__ = ["text_of"]

WORDS = 300


def pieces_of(key: str) -> list[str]:
    """The answer of a stream, which its id tells: no two are the same."""
    told = random.Random(key)
    letters = 'abcdefgh äß€\n\u2028😀\\"'
    return ["".join(told.choices(letters, k=told.randrange(1, 12))) for _ in range(WORDS)]


def text_of(key: str) -> str:
    """All of it."""
    return "".join(pieces_of(key))


async def answer(key: str) -> AsyncIterator[StreamChunk]:
    """In bursts and with pauses."""
    told = random.Random()
    for piece in pieces_of(key):
        if told.random() < 0.3:
            await anyio.sleep(told.random() * 0.03)
        yield StreamChunk(piece).replace(block=0)
    yield StreamChunk(finish_reason="stop")


def app(url: str, lease: float) -> Starlette:
    """Starts streams, and joins them."""
    hub = StreamHub(RedisStore(url), ttl=120, lease=lease)

    async def start(request: Request) -> Response:
        key = request.path_params["key"]
        await hub.start(answer(key), id=key)
        return PlainTextResponse(key)

    async def join(request: Request) -> Response:
        last = request.headers.get("last-event-id")
        return await hub.response(request.path_params["key"], last_event_id=last)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with hub:
            yield

    routes = [Route("/{key}", start, methods=["POST"]), Route("/{key}", join)]
    return Starlette(routes=routes, lifespan=lifespan)


class Server(uvicorn.Server):
    """Tells its port."""

    async def startup(self, sockets: Any = None) -> None:
        """Listen."""
        await super().startup(sockets)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)


if __name__ == "__main__":
    settings = uvicorn.Config(
        app(sys.argv[1], float(sys.argv[2])), port=0, log_level="error", lifespan="on"
    )
    Server(settings).run()
