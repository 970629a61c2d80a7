"""Responses of Starlette and FastAPI that send a stream as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread
from starlette.responses import Response

from chimeric import AsyncStream, Stream, StreamChunk

from .events import chunk_event, error_event, told_of

if TYPE_CHECKING:
    from starlette.background import BackgroundTask
    from starlette.types import Receive, Scope, Send

__all__ = ["EventResponse", "sse_response"]

T = TypeVar("T")
Source = AsyncStream[StreamChunk] | Stream[StreamChunk]

HEADERS = {
    "cache-control": "no-store",
    "x-accel-buffering": "no",  # nginx would hold events back
}


def sse_response(
    stream: Source,
    *,
    chunk: Callable[[StreamChunk], Mapping[str, Any] | None] | None = None,
    ping: float = 15.0,
    headers: Mapping[str, str] | None = None,
) -> EventResponse:
    """Answer an HTTP request with a stream. A client that goes away ends the upstream request.

    Args:
        stream: an ``AsyncStream``, or a ``Stream``, which is then read on a thread.
        chunk: what to send of a chunk; None to send nothing. Without it ``chunk.to_dict()``.
        ping: seconds of silence after which a comment is sent, so that proxies keep the
            connection.
        headers: more headers.

    Example:
        .. code-block:: python

            @app.get("/ask")
            async def ask(question: str):
                return sse_response(await client.agenerate("gpt-4o", question, stream=True))
    """
    return EventResponse(stream, chunk or StreamChunk.to_dict, ping, headers)


class EventResponse(Response):
    """The response that ``sse_response`` returns. It owns the stream, and closes it."""

    media_type = "text/event-stream"

    def __init__(
        self,
        stream: Source,
        chunk: Callable[[StreamChunk], Mapping[str, Any] | None],
        ping: float,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status_code = 200
        self.background: BackgroundTask | None = None
        self.body = b""
        self.init_headers({**HEADERS, **(headers or {})})
        # A body that is not known yet has no length.
        self.raw_headers = [pair for pair in self.raw_headers if pair[0] != b"content-length"]
        self._stream = stream
        self._chunk = chunk
        self._ping = ping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; end when the stream ends, or the client goes away."""
        channel = _Channel(send, self._ping)
        failure: Exception | None = None
        try:
            await channel.begin(self.status_code, self.raw_headers)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(channel.keep_alive)
                tasks.start_soon(_until_gone, receive, tasks.cancel_scope)
                try:
                    await self._write(channel)
                except Exception as error:  # raised as it is below, not as one of a group
                    failure = error
                tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await self._close()
        if failure is not None and not isinstance(failure, OSError):  # that: the client is gone
            raise failure
        if self.background is not None:
            await self.background()

    async def _write(self, channel: _Channel) -> None:
        try:
            async with aclosing(self._events()) as events:
                async for event in events:
                    await channel.send(event)
        except Exception:
            await channel.end()  # the client has its error event; the fault is for the log
            raise
        await channel.end()

    async def _events(self) -> AsyncGenerator[bytes, None]:
        """The events to send, the last one included."""
        try:
            async with aclosing(self._chunks()) as chunks:
                async for item in chunks:
                    data = self._chunk(item)
                    if data is not None:
                        yield chunk_event(data)
        except Exception as error:
            yield error_event(error)
            if told_of(error) is None:
                raise  # a fault of this application: its log tells more than its users may know
        else:
            response = self._stream.response
            told = {"finish_reason": response.finish_reason, "usage": response.usage}
            yield chunk_event(told, "done")

    async def _chunks(self) -> AsyncGenerator[StreamChunk, None]:
        if isinstance(self._stream, AsyncStream):
            async for item in self._stream:
                yield item
            return
        # A thread that waits for bytes cannot be cancelled: it is let go, and the close that
        # follows ends its read.
        read = partial(next, self._stream, None)
        while (item := await self._in_thread(read, abandon_on_cancel=True)) is not None:
            yield item

    async def _close(self) -> None:
        if isinstance(self._stream, AsyncStream):
            await self._stream.aclose()
        else:
            # What plugins still have to do takes its time: not the loop's.
            await self._in_thread(self._stream.close)

    async def _in_thread(self, function: Callable[[], T], *, abandon_on_cancel: bool = False) -> T:
        # A stream takes long, and the threads that all requests of an application share are few
        # (40): this one does not count among them.
        own = anyio.CapacityLimiter(1)
        return await anyio.to_thread.run_sync(
            function, abandon_on_cancel=abandon_on_cancel, limiter=own
        )


class _Channel:
    """The connection to the client: one writer at a time, and comments while all is silent."""

    def __init__(self, send: Send, ping: float) -> None:
        self._send = send
        self._ping = ping
        self._lock = anyio.Lock()
        self._last = anyio.current_time()

    async def begin(self, status: int, headers: Any) -> None:
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def send(self, data: bytes) -> None:
        async with self._lock:
            await self._send({"type": "http.response.body", "body": data, "more_body": True})
            self._last = anyio.current_time()

    async def end(self) -> None:
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def keep_alive(self) -> None:
        while True:
            silent = anyio.current_time() - self._last
            if silent >= self._ping:
                await self.send(b": ping\n\n")
            await anyio.sleep(max(self._ping - silent, 0.01) if silent < self._ping else self._ping)


async def _until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
