"""A hub with what it takes to ask it: a client of the simulator, and ways to run and read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import trio
from chimeric_serving import StreamHub

from chimeric import Delta, Request, StreamChunk, hookimpl

__all__ = ["WORDS", "counting", "read", "run", "words"]

WORDS = [f"w{n} " for n in range(40)]


def run(backend: str, main: Callable[[], Awaitable[Any]]) -> Any:
    """Run a coroutine function on a loop of its own."""
    return trio.run(main) if backend == "trio" else asyncio.run(main())  # type: ignore[arg-type]


async def words(
    pause: float = 0.0, *, most: int = len(WORDS), fails: Exception | None = None
) -> AsyncIterator[StreamChunk]:
    """A stream of its own, of chunks that somebody made."""
    import anyio

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


class Answering:
    """A plugin that answers with words, slowly, in the provider's place."""

    def __init__(self, pause: float) -> None:
        self.pause = pause

    @hookimpl
    def chimeric_answer(self, request: Request) -> Any:
        from chimeric import wait

        for word in WORDS:
            yield from wait(self.pause)
            yield Delta(text=word)
