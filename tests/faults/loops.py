"""The ways in which a call can be made: a transport, and what runs it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias, TypeVar

import trio
import uvloop

from chimeric import Chimeric

from .streams import ASK

__all__ = [
    "ASYNC_WAYS",
    "LOOPS",
    "WAYS",
    "Runner",
    "Way",
    "ask",
    "on_asyncio",
    "on_uvloop",
    "under_uvloop",
]

T = TypeVar("T")

Runner: TypeAlias = Callable[[Callable[[], Any]], Any]


class Way(NamedTuple):
    """A transport, and what runs its calls: None for blocking ones."""

    transport: str
    run: Runner | None


def on_asyncio(main: Callable[[], Any]) -> Any:
    return asyncio.run(main())


def on_uvloop(main: Callable[[], Any]) -> Any:
    return uvloop.run(main())


WAYS = {
    "httpx-sync": Way("httpx", None),
    "httpx-asyncio": Way("httpx", on_asyncio),
    "httpx-uvloop": Way("httpx", on_uvloop),
    "httpx-trio": Way("httpx", trio.run),
    "httpx2-sync": Way("httpx2", None),
    "httpx2-asyncio": Way("httpx2", on_asyncio),
    "httpx2-uvloop": Way("httpx2", on_uvloop),
    "httpx2-trio": Way("httpx2", trio.run),
    "aiohttp-asyncio": Way("aiohttp", on_asyncio),
    "aiohttp-uvloop": Way("aiohttp", on_uvloop),
}
ASYNC_WAYS = {name: way for name, way in WAYS.items() if way.run is not None}


def ask(way: Way, client: Chimeric, **more: Any) -> str:
    """One call, to its end; the client stays open."""
    if way.run is None:
        return client.generate(**{**ASK, **more}).collect().content

    async def main() -> str:
        return (await (await client.agenerate(**{**ASK, **more})).collect()).content

    return way.run(main)  # type: ignore[no-any-return]


LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
"""What makes the loops of asyncio's interface."""


def under_uvloop(work: Callable[..., T]) -> Callable[..., T]:
    """The same piece of work, whose ``asyncio.run`` takes uvloop."""

    def working(*args: Any, **more: Any) -> T:
        before = asyncio.get_event_loop_policy()
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
        try:
            return work(*args, **more)
        finally:
            asyncio.set_event_loop_policy(before)

    return working
