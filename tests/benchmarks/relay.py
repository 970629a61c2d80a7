"""The floor of the gateway's benchmark: a raw ASGI application that passes bytes on.

It reads the whole request, sends it to the upstream in ``RELAY_UPSTREAM`` by httpx, and sends what
``aiter_raw`` gives; it looks at nothing. ``uvicorn tests.benchmarks.relay:app``.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

import httpx

__all__ = ["app"]

Event: TypeAlias = MutableMapping[str, Any]

UPSTREAM = os.environ.get("RELAY_UPSTREAM", "")
PATH = os.environ.get("RELAY_PATH", "/v1/chat/completions")
client = httpx.AsyncClient(
    timeout=None, limits=httpx.Limits(max_connections=None, max_keepalive_connections=None)
)


async def app(
    scope: Event,
    receive: Callable[[], Awaitable[Event]],
    send: Callable[[Event], Awaitable[None]],
) -> None:
    """Pass one request on, and its answer back."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    if scope["path"] == "/healthz":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})
        return
    body = b""
    more = True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    kind = {"content-type": "application/json"}
    async with client.stream("POST", UPSTREAM + PATH, content=body, headers=kind) as answer:
        headers = [(b"content-type", b"text/event-stream")]
        await send(
            {"type": "http.response.start", "status": answer.status_code, "headers": headers}
        )
        async for piece in answer.aiter_raw():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _live(
    receive: Callable[[], Awaitable[Event]], send: Callable[[Event], Awaitable[None]]
) -> None:
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    await client.aclose()
    await send({"type": "lifespan.shutdown.complete"})
