"""One call of a client, to its end: blocking and on a loop."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from chimeric import Chimeric, CompletionResponse

__all__ = ["Ask", "Collect", "collect_async", "collect_sync", "ending_within"]

Ask: TypeAlias = Callable[..., CompletionResponse]
"""Takes a server, what differs in the call, and settings of the client."""

Collect: TypeAlias = Callable[[Chimeric, dict[str, Any]], CompletionResponse]
"""Takes a client and the arguments of the call."""


def collect_sync(client: Chimeric, call: dict[str, Any]) -> CompletionResponse:
    with client:
        result = client.generate(**call)
        return result if isinstance(result, CompletionResponse) else result.collect()


def collect_async(client: Chimeric, call: dict[str, Any]) -> CompletionResponse:
    async def main() -> CompletionResponse:
        async with client:
            result = await client.agenerate(**call)
            return result if isinstance(result, CompletionResponse) else await result.collect()

    return asyncio.run(main())


@contextlib.contextmanager
def ending_within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds
