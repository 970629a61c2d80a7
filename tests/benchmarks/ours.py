"""This library: the whole client, and the decode path alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

from chimeric import Chimeric, Message, Request, SSEFramer, Timeout, hookimpl
from chimeric.exchange.attempt import Attempt
from chimeric.values.chunks import StreamChunk
from chimeric.values.requests import HTTPRequest

from .subject import Subject

__all__ = ["OURS", "Decoder", "Ours"]

MODELS = {
    "chat": "compatible:m",
    "anthropic": "anthropic:m",
    "gemini": "google:m",
    "responses": "openai:m",
}
KEYS = {"anthropic": "x", "google": "x", "openai": "x"}


class Passing:
    """Middleware that looks at each chunk and lets it pass."""

    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
        return chunk


class Ours(Subject):
    """The client, over one of its transports."""

    def __init__(
        self, transport: str = "httpx", middleware: int = 0, *, keep_raw: bool = True
    ) -> None:
        self._how: dict[str, Any] = {
            "transport": transport,
            "plugins": [Passing() for _ in range(middleware)],
            "timeout": 120,
            "keep_raw": keep_raw,
        }
        self.modes = frozenset({"async"} if transport == "aiohttp" else {"sync", "async"})

    def open(self, base: str) -> None:
        self._client = Chimeric(base_url=base, **self._how)

    async def aopen(self, base: str) -> None:
        self._aclient = Chimeric(base_url=base, **self._how)

    async def aclose(self) -> None:
        await self._aclient.aclose()

    def stream(self, model: str) -> Iterator[Any]:
        return self._client.generate("compatible:" + model, "x", stream=True)

    async def astream(self, model: str) -> AsyncIterator[Any]:
        async for chunk in await self._aclient.agenerate("compatible:" + model, "x", stream=True):
            yield chunk

    def text(self, chunk: StreamChunk) -> str | None:
        if chunk.tool_calls:
            return chunk.tool_calls[0].arguments_delta
        return chunk.delta

    def run(self, model: str, on_first: Callable[[], None]) -> int:
        if "tools" in model:
            return super().run(model, on_first)
        count = 0
        for chunk in self._client.generate("compatible:" + model, "x", stream=True):
            if chunk.delta:
                if not count:
                    on_first()
                count += 1
        return count

    async def arun(self, model: str, on_first: Callable[[], None]) -> int:
        if "tools" in model:
            return await super().arun(model, on_first)
        count = 0
        stream = await self._aclient.agenerate("compatible:" + model, "x", stream=True)
        async for chunk in stream:
            if chunk.delta:
                if not count:
                    on_first()
                count += 1
        return count

    def whole(self, model: str) -> int:
        return len(self._client.generate("compatible:" + model, "x").content)

    async def awhole(self, model: str) -> int:
        return len((await self._aclient.agenerate("compatible:" + model, "x")).content)

    def round(self, model: str) -> int:
        stream = self._client.generate("compatible:" + model, "x", stream=True, tools=[f])
        return sum(1 for chunk in stream if chunk.delta)

    async def around(self, model: str) -> int:
        stream = await self._aclient.agenerate("compatible:" + model, "x", stream=True, tools=[f])
        return sum([1 async for chunk in stream if chunk.delta])


def f(text: str) -> str:
    """The tool that a round calls."""
    return text


class Decoder:
    """Framer, parser and pipeline of one provider, without a transport."""

    def __init__(self, protocol: str = "chat", middleware: int = 0) -> None:
        plugins = [Passing() for _ in range(middleware)]
        self._engine = Chimeric(base_url="http://x", api_keys=KEYS, plugins=plugins)._engine
        self._model = MODELS["chat" if protocol == "tools" else protocol]

    def run(self, reads: Iterable[bytes], keep: list[StreamChunk] | None = None) -> int:
        """Decode reads; returns the number of chunks with text or tool arguments."""
        request = Request(model=self._model, messages=(Message("user", "x"),), stream=True)
        call = self._engine.new_call(request, Timeout())
        route = self._engine.route(request)
        attempt = Attempt(call, route, request, HTTPRequest(url="http://x"))
        chunks, feed = attempt.pipeline.chunks, SSEFramer().feed
        count = 0
        for data in reads:
            for chunk in chunks(feed(data)):
                if chunk.delta or chunk.tool_calls:
                    count += 1
                if keep is not None:
                    keep.append(chunk)
        return count


OURS: dict[str, Callable[[], Subject]] = {
    "chimeric": Ours,
    "chimeric small": Ours,
    "chimeric (aiohttp)": lambda: Ours("aiohttp"),
    "chimeric, keep_raw=False": lambda: Ours(keep_raw=False),
    "chimeric, 1 middleware": lambda: Ours(middleware=1),
    "chimeric, 5 middleware": lambda: Ours(middleware=5),
}
