"""What a hub runs: a stream, or a function that gives one."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable
from functools import partial
from typing import Any, TypeVar, cast

import anyio
import anyio.to_thread

from chimeric import CompletionResponse, ConfigurationError, StreamChunk, StreamInterruptedError

__all__ = ["Chunks", "Source", "chunks_of", "close", "opened", "whole_answer"]

T = TypeVar("T")
Chunks = AsyncIterable[StreamChunk] | Iterable[StreamChunk]
Source = Chunks | Callable[..., Awaitable[Chunks] | Chunks]


async def opened(source: Source, args: tuple[Any, ...], params: dict[str, Any]) -> Chunks:
    """The stream, for which a function is asked now: one that may block, in a thread.

    Raises:
        ConfigurationError: for anything else.
    """
    stream: Any = source
    if not isinstance(source, (AsyncIterable, Iterable)):
        ask = partial(source, *args, **params)
        stream = ask() if inspect.iscoroutinefunction(source) else await _in_thread(ask)
        if inspect.isawaitable(stream):
            stream = await stream
    if not isinstance(stream, (AsyncIterable, Iterable)):
        hint = "; ask for it with stream=True" if isinstance(stream, CompletionResponse) else ""
        raise ConfigurationError(
            f"a hub runs a stream, or a function that gives one; this gave {stream!r}{hint}"
        )
    return cast("Chunks", stream)


async def chunks_of(stream: Chunks) -> AsyncGenerator[StreamChunk, None]:
    """The chunks; those of a blocking stream are read on a thread of its own."""
    if isinstance(stream, AsyncIterable):
        async for chunk in stream:
            yield chunk
        return
    read = partial(next, iter(stream), None)
    while (item := await _in_thread(read)) is not None:
        yield item


async def close(stream: object) -> None:
    """Give a stream up, and with it the request to the provider."""
    if hasattr(stream, "aclose"):
        await cast("Any", stream).aclose()
    elif hasattr(stream, "close"):
        await _in_thread(cast("Any", stream).close)


def whole_answer(stream: object, last: StreamChunk | None) -> CompletionResponse[Any]:
    """What a stream that has ended came to.

    Args:
        last: the last chunk with a finish reason, for a stream that has no ``response``.

    Raises:
        StreamInterruptedError: when it ended before the answer did.
    """
    response: CompletionResponse[Any] | None = getattr(stream, "response", None)
    if response is None and last is not None:
        response = CompletionResponse(finish_reason=last.finish_reason)
        if last.usage is not None:
            response.usage = last.usage
    if response is None or response.finish_reason is None:
        raise StreamInterruptedError("the stream ended before its answer did", partial=response)
    return response


async def _in_thread(function: Callable[[], T]) -> T:
    own = anyio.CapacityLimiter(1)  # the threads that all requests share are few
    return await anyio.to_thread.run_sync(function, abandon_on_cancel=True, limiter=own)
