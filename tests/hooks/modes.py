"""The ways to make a call: blocking, on asyncio, uvloop and trio; streamed and whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec
import trio
import uvloop

from chimeric import Chimeric, CompletionResponse

LOOPS = ("asyncio", "uvloop", "trio")
MODES = ("sync", *LOOPS)

T = TypeVar("T")


def run_on(loop: str, main: Callable[[], Awaitable[T]]) -> T:
    """Run a coroutine function on a loop of its own."""
    if loop == "trio":
        value: T = trio.run(main)
        return value
    library: Any = uvloop if loop == "uvloop" else asyncio
    ended: T = library.run(main())
    return ended


class Way(msgspec.Struct, frozen=True):
    """One way of making calls."""

    mode: str
    stream: bool

    def __str__(self) -> str:
        return f"{self.mode}-{'stream' if self.stream else 'whole'}"

    def ask(self, client: Chimeric, *texts: str, **params: Any) -> list[CompletionResponse]:
        """Ask one after the other, and close the client."""
        return self.ask_all(client, [{"messages": text, **params} for text in texts])

    def ask_all(
        self,
        client: Chimeric,
        calls: Iterable[Mapping[str, Any]],
        caller: Callable[[Chimeric], Any] = lambda client: client,
    ) -> list[CompletionResponse]:
        """Make these calls, one after the other, and close the client.

        ``caller`` makes what calls in the client's place.
        """
        asks = caller(client)
        whole: dict[str, Any] = {"model": "acme-story", "messages": "Hi", "stream": self.stream}
        if self.mode == "sync":
            with client:
                return [self._asked(asks.generate(**{**whole, **call})) for call in calls]

        async def main() -> list[CompletionResponse]:
            async with client:
                return [await self._awaited(asks, {**whole, **call}) for call in calls]

        return run_on(self.mode, main)

    def _asked(self, result: Any) -> CompletionResponse:
        response: CompletionResponse = result.collect() if self.stream else result
        return response

    async def _awaited(self, asks: Any, call: dict[str, Any]) -> CompletionResponse:
        result: Any = await asks.agenerate(**call)
        response: CompletionResponse = await result.collect() if self.stream else result
        return response


WAYS = [Way(mode, stream) for mode in MODES for stream in (True, False)]
