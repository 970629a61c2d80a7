"""A stream that is read up to its first content, and still has all of it to give."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chimeric.client.async_streams import AsyncStream
    from chimeric.client.streams import Stream

__all__ = ["aread_ahead", "read_ahead"]


def read_ahead(stream: Stream[Any]) -> bool:
    """Read until there is content; whether there is."""
    has_content, source = stream._call.answer.has_content, stream._source
    kept: list[Any] = []
    with suppress(StopIteration):
        while not has_content():
            kept.append(next(stream))
    if kept:
        stream._source = _resumed(kept, source)
        next(stream._source)  # now it is begun: closing it closes the source
    return has_content()


def _resumed(kept: list[Any], source: Generator[Any, None, None]) -> Generator[Any, None, None]:
    with closing(source):
        yield
        yield from kept
        yield from source


async def aread_ahead(stream: AsyncStream[Any]) -> bool:
    """The same, asynchronous."""
    has_content, step = stream._call.answer.has_content, stream._step
    kept: deque[Any] = deque()
    with suppress(StopAsyncIteration):
        while not has_content():
            kept.append(await stream.__anext__())
    whole = stream._driver.closed  # by its end; after that, only the reader closes it

    async def kept_first() -> Any:
        if kept and stream._driver.closed is whole:
            return kept.popleft()
        return await step()

    if kept:
        stream._step = kept_first
    return has_content()
