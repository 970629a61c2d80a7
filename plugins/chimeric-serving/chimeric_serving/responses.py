"""Responses that send a stream: for Starlette and FastAPI, and as plain ASGI applications."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

import anyio
import anyio.to_thread

from chimeric import ConfigurationError, StreamChunk, StreamInterruptedError

from .ag_ui import AGUIEncoder
from .encoders import Encoder, Progress
from .events import told_of
from .ndjson import NDJSONEncoder
from .shutdown import closing_down, hang_up
from .sse import SSEEncoder
from .ui_stream import UIStreamEncoder

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.background import BackgroundTask
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from .ag_ui_requests import AGUIRequest
    from .ui_requests import UIRequest
else:
    try:
        from starlette.responses import Response
    except ImportError:
        from .plain import Response

__all__ = [
    "EventResponse",
    "StreamResponse",
    "ag_ui_response",
    "ndjson_response",
    "sse_response",
    "ui_stream_response",
]

T = TypeVar("T")
Source = AsyncIterable[StreamChunk] | Iterable[StreamChunk]
ShownChunk = Callable[[StreamChunk], Mapping[str, Any] | None]

HEADERS = {
    "cache-control": "no-store",
    "x-accel-buffering": "no",  # nginx would hold events back
}

LAST_WORDS = 1.0
"""Seconds that a client has to take the last event when the server goes down."""

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def sse_response(
    stream: Source,
    *,
    chunk: ShownChunk | None = None,
    ping: float = 15.0,
    headers: Mapping[str, str] | None = None,
) -> EventResponse:
    """Answer an HTTP request with a stream. A client that goes away ends the upstream request.

    Args:
        stream: an ``AsyncStream``, or a ``Stream``, which is then read on a thread of its own.
        chunk: what to send of a chunk; None to send nothing. Without it ``chunk.to_dict()``.
        ping: seconds of silence after which a comment is sent, so that proxies keep the
            connection.
        headers: more headers.

    Raises:
        ConfigurationError: for a header that is none.

    Example:
        .. code-block:: python

            @app.get("/ask")
            async def ask(question: str):
                return sse_response(await client.agenerate("gpt-4o", question, stream=True))
    """
    return EventResponse(stream, SSEEncoder(chunk), ping=ping, headers=headers)


def ndjson_response(
    stream: Source,
    *,
    chunk: ShownChunk | None = None,
    ping: float = 15.0,
    headers: Mapping[str, str] | None = None,
) -> StreamResponse:
    """The same as lines of JSON, for programs: see ``NDJSONEncoder``.

    Example:
        .. code-block:: python

            @app.get("/ask")
            async def ask(question: str):
                return ndjson_response(await client.agenerate("gpt-4o", question, stream=True))
    """
    return StreamResponse(stream, NDJSONEncoder(chunk), ping=ping, headers=headers)


def ui_stream_response(
    stream: Source,
    request: UIRequest | None = None,
    *,
    ping: float = 15.0,
    headers: Mapping[str, str] | None = None,
    **options: Any,
) -> StreamResponse:
    """The same as the AI SDK's UI message stream, for ``useChat``.

    Args:
        stream: as of ``sse_response``.
        request: what ``useChat`` sent (``read_ui_request``).
        ping: seconds of silence after which a comment is sent.
        headers: more headers.
        options: of ``UIStreamEncoder``: ``message_id``, ``sdk``, ``dynamic``, ...

    Example:
        .. code-block:: python

            @app.post("/api/chat")
            async def chat(http_request: Request):
                request = read_ui_request(await read_body(http_request.stream()))
                stream = await client.agenerate("gpt-4o", request.messages, stream=True)
                return ui_stream_response(stream, request)
    """
    encoder = UIStreamEncoder(request, **options)
    return StreamResponse(stream, encoder, ping=ping, headers=headers)


def ag_ui_response(
    stream: Source,
    request: AGUIRequest | None = None,
    *,
    ping: float = 15.0,
    headers: Mapping[str, str] | None = None,
    **options: Any,
) -> StreamResponse:
    """The same as events of AG-UI, for CopilotKit and other front ends of agents.

    Args:
        stream: as of ``sse_response``.
        request: what the front end sent (``read_ag_ui_request``).
        ping: seconds of silence after which a comment is sent.
        headers: more headers.
        options: of ``AGUIEncoder``: ``thread_id``, ``run_id``, ``reasoning``, ...

    Example:
        .. code-block:: python

            @app.post("/agent")
            async def agent(http_request: Request):
                request = read_ag_ui_request(await read_body(http_request.stream()))
                stream = await client.agenerate(
                    "gpt-4o", request.messages, tools=request.tools, stream=True
                )
                return ag_ui_response(stream, request)
    """
    return StreamResponse(stream, AGUIEncoder(request, **options), ping=ping, headers=headers)


class StreamResponse(Response):
    """A response that sends a stream in the protocol of an encoder. It owns the stream.

    It is a response of Starlette where Starlette is installed, and an ASGI application anywhere.
    The stream is closed when the answer is over, when the client goes away, and when the server
    goes down: a client that is still there then has the protocol's error event.

    Args:
        stream: an ``AsyncStream``, a ``Stream`` (which is read on a thread of its own, and takes
            none of those that ``def`` handlers run on), or any iterable of chunks.
        encoder: a new encoder.
        ping: seconds of silence after which something is sent, so that proxies keep the connection.
        headers: more headers.
        background: a ``BackgroundTask`` of Starlette, run after the stream.

    Raises:
        ConfigurationError: for a header that is none.
    """

    def __init__(
        self,
        stream: Source,
        encoder: Encoder,
        *,
        ping: float = 15.0,
        headers: Mapping[str, str] | None = None,
        background: BackgroundTask | None = None,
    ) -> None:
        self.status_code = 200
        self.background = background
        self.body = b""
        self.media_type = encoder.media_type
        self.init_headers(_checked({**HEADERS, **encoder.headers, **(headers or {})}))
        # A body that is not known yet has no length.
        self.raw_headers = [pair for pair in self.raw_headers if pair[0] != b"content-length"]
        self._stream = stream
        self._encoder = encoder
        self._ping = ping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; end when the stream ends, or the client goes away."""
        channel = _Channel(send, self._ping, self._encoder)
        reading = anyio.CancelScope()
        failure: Exception | None = None
        try:
            await channel.begin(self.status_code, self.raw_headers)
            async with anyio.create_task_group() as tasks:

                async def end_when_client_goes() -> None:
                    while (await receive())["type"] != "http.disconnect":
                        pass
                    channel.give_up()
                    tasks.cancel_scope.cancel()

                async def end_when_server_goes() -> None:
                    await closing_down()
                    reading.cancel()
                    await anyio.sleep(LAST_WORDS)
                    channel.give_up()
                    tasks.cancel_scope.cancel()

                tasks.start_soon(channel.keep_alive)
                tasks.start_soon(end_when_client_goes)
                tasks.start_soon(end_when_server_goes)
                try:
                    await self._write(channel, reading)
                except Exception as error:  # raised as it is below, not as one of a group
                    failure = error
                tasks.cancel_scope.cancel()
            if reading.cancel_called:
                await hang_up(scope, LAST_WORDS)
        finally:
            with anyio.CancelScope(shield=True):
                await self._close()
        if failure is not None and not isinstance(failure, OSError):  # that: the client is gone
            raise failure
        if self.background is not None:
            await self.background()

    async def _write(self, channel: _Channel, reading: anyio.CancelScope) -> None:
        encoder, progress = self._encoder, Progress(self._stream, self._encoder)
        await channel.send(encoder.start)
        try:
            with reading:
                async with aclosing(self._chunks()) as chunks:
                    async for chunk in chunks:
                        await channel.send(partial(progress.encode, chunk))
        except Exception as error:
            await channel.send(partial(encoder.fail, error))
            await channel.end()
            if told_of(error) is None:
                raise  # a fault of this application: its log tells more than its users may know
        else:
            cut = StreamInterruptedError("the server is shutting down")
            last = partial(encoder.fail, cut) if reading.cancelled_caught else progress.end
            await channel.send(last)
            await channel.end()

    async def _chunks(self) -> AsyncGenerator[StreamChunk, None]:
        if isinstance(self._stream, AsyncIterable):
            async for item in cast("AsyncIterator[StreamChunk]", self._stream):
                yield item
            return
        # A thread that waits for bytes cannot be cancelled: it is let go, and the close that
        # follows ends its read.
        stream = self._stream if isinstance(self._stream, Iterator) else iter(self._stream)
        read = partial(next, stream, None)
        while (item := await self._in_thread(read, abandon_on_cancel=True)) is not None:
            yield item

    async def _close(self) -> None:
        if hasattr(self._stream, "aclose"):
            await cast("Any", self._stream).aclose()
        elif hasattr(self._stream, "close"):
            # What plugins still have to do takes its time: not the loop's. A generator that its
            # thread waits in cannot be closed; it is when the thread is done, and lets it go.
            with suppress(ValueError):
                await self._in_thread(cast("Any", self._stream).close)

    async def _in_thread(self, function: Callable[[], T], *, abandon_on_cancel: bool = False) -> T:
        # A stream takes long, and the threads that all requests of an application share are few
        # (40): this one does not count among them.
        own = anyio.CapacityLimiter(1)
        return await anyio.to_thread.run_sync(
            function, abandon_on_cancel=abandon_on_cancel, limiter=own
        )


class EventResponse(StreamResponse):
    """The response that ``sse_response`` returns."""


class _Channel:
    """The connection to the client: one writer at a time, and pings while all is silent.

    What an encoder has given is sent, and no cancellation comes in between: an event that was lost
    would make nonsense of those that follow. Only ``give_up`` ends a send.
    """

    def __init__(self, send: Send, ping: float, encoder: Encoder) -> None:
        self._send = send
        self._ping = ping
        self._encoder = encoder
        self._lock = anyio.Lock()
        self._last = anyio.current_time()
        self._sending: anyio.CancelScope | None = None
        self._given_up = False

    async def begin(self, status: int, headers: Any) -> None:
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def send(self, events: Callable[[], Iterable[bytes]]) -> None:
        async with self._lock:
            data = b"".join(events())
            if data:
                await self._body(data)

    async def end(self) -> None:
        async with self._lock:
            await self._body(b"", more=False)

    async def keep_alive(self) -> None:
        if not self._encoder.ping:
            return
        while True:
            silent = anyio.current_time() - self._last
            if silent >= self._ping:
                async with self._lock:
                    await self._body(self._encoder.ping)
            await anyio.sleep(max(self._ping - silent, 0.01) if silent < self._ping else self._ping)

    def give_up(self) -> None:
        """Nobody is there to take what is sent."""
        self._given_up = True
        if self._sending is not None:
            self._sending.cancel()

    async def _body(self, data: bytes, *, more: bool = True) -> None:
        if self._given_up:
            return
        with anyio.CancelScope(shield=True) as self._sending:
            await self._send({"type": "http.response.body", "body": data, "more_body": more})
        self._sending = None
        self._last = anyio.current_time()


def _checked(headers: Mapping[str, str]) -> Mapping[str, str]:
    """The headers, none of which can begin another one.

    Servers write values as they are: a line break in one (a model's name out of a request) would
    be a header of its own.
    """
    for name, value in headers.items():
        if not NAME.fullmatch(name) or not VALUE.fullmatch(value):
            raise ConfigurationError(
                f"the header {name!r} cannot be sent: its name or value holds a line break or "
                "another character that HTTP does not allow; take it out, or quote it "
                "(urllib.parse.quote)"
            )
    return headers
