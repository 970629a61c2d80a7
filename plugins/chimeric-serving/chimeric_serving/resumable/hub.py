"""Runs calls apart from the connections that asked for them."""

from __future__ import annotations

import contextlib
import hmac
import secrets
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

import anyio
import anyio.abc
import msgspec

from chimeric import ConfigurationError, Timeout

from .errors import (
    HubError,
    OffsetError,
    StreamExistsError,
    StreamLostError,
    StreamNotFoundError,
    StreamStoppedError,
)
from .memory_store import MemoryStore
from .reader import StreamReader
from .run import Bounds, OnEnd, Run
from .source import Source, close
from .store import Head, Store
from .tail import BEATS, Tail
from .words import check_limit, hash_of, id_of, is_id, offset_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from chimeric_serving.encoders import Encoder

__all__ = ["StreamHub"]

UNKNOWN = "there is no such stream here, or it has expired"


class StreamHub:
    """Starts calls whose answers are read by whoever knows their id, as often as they like, from
    any offset on, in any process that has the same store.

    An async context manager: an application's lifespan. The calls run in its tasks, on asyncio or
    trio; when it is left, they are ended, and their readers told so.

    Args:
        store: ``MemoryStore()`` (also without any), ``RedisStore(...)``, the URL of a Redis or
            Valkey, or your own ``Store``.
        total: seconds after which a call is ended at the latest, whoever reads it. A call's own
            ``timeout=Timeout(total=...)`` or ``start(total=...)`` wins.
        ttl: seconds for which an answer can be read after its end.
        max_events: chunks that an answer may have.
        max_bytes: bytes that they may have as JSON.
        orphan: seconds without any reader, in any process, after which a call is stopped; None: it
            goes on to its end.
        lease: seconds without a sign of life after which readers take a call's process for dead.

    Raises:
        ValueError: for a limit that is no finite number above 0, or an ``orphan`` below ``lease``.

    Example:
        .. code-block:: python

            async with StreamHub() as hub:
                id = await hub.start(client.agenerate, "gpt-4o", "Hello", stream=True)
                async for chunk in await hub.join(id):
                    print(chunk.delta or "", end="")
    """

    def __init__(
        self,
        store: Store | str | None = None,
        *,
        total: float = 600.0,
        ttl: float = 600.0,
        max_events: int = 100_000,
        max_bytes: int = 64 * 1024 * 1024,
        orphan: float | None = None,
        lease: float = 3.0,
    ) -> None:
        limits = {
            "total": total,
            "ttl": ttl,
            "max_events": max_events,
            "max_bytes": max_bytes,
            "orphan": 1.0 if orphan is None else orphan,
            "lease": lease,
        }
        for name, value in limits.items():
            check_limit(name, value)
        if orphan is not None and orphan < lease:
            raise ValueError(f"orphan must be at least lease ({lease:g} s): readers tell of "
                             "themselves a few times in that time")  # fmt: skip
        self._store = _store_of(store)
        self._ttl = ttl
        self._bounds = Bounds(
            total=total, max_events=max_events, max_bytes=max_bytes, orphan=orphan, lease=lease
        )
        self._runs: dict[str, Run] = {}
        self._tails: dict[str, Tail] = {}
        self._tasks: anyio.abc.TaskGroup | None = None

    async def __aenter__(self) -> StreamHub:
        if self._tasks is not None:
            raise ConfigurationError("this hub is already running: enter it once")
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        self._tasks.start_soon(self._tidy)
        self._tasks.start_soon(self._beat)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        tasks, self._tasks = self._tasks, None
        assert tasks is not None
        try:
            for run in self._runs.values():
                run.end(StreamLostError("the server is shutting down"))
            with anyio.CancelScope(shield=True):
                while self._runs:
                    await anyio.sleep(0.01)
            for tail in self._tails.values():
                tail.fail(StreamLostError("the server is shutting down"))
            tasks.cancel_scope.cancel()
            if isinstance(error, anyio.get_cancelled_exc_class()):
                await tasks.__aexit__(kind, error, traceback)
            else:  # an error of the application's stays what it is, and is no group of one
                await tasks.__aexit__(None, None, None)
        finally:
            with anyio.CancelScope(shield=True):
                await self._store.aclose()

    async def start(
        self,
        source: Source,
        /,
        *args: Any,
        id: str | None = None,
        owner: str | None = None,
        total: float | None = None,
        on_end: OnEnd | None = None,
        **params: Any,
    ) -> str:
        """Run a call in the hub's own tasks.

        Args:
            source: a function that gives a stream, with its arguments: ``client.agenerate,
                "gpt-4o", messages, stream=True``; one that blocks is called on a thread of its
                own. Or a stream, sync or async, which the hub owns from now on.
            id: the stream's name, of letters, digits, ``_``, ``.`` and ``-``. Without one 22
                characters that nobody guesses.
            owner: of whom it is (a user's or a session's id): who joins or stops it has to bring
                the same. The store has only its hash.
            total: seconds for this call.
            on_end: an async function that is given the whole answer, or what there is of it, and
                the error or None, before readers hear of the end: where an application keeps its
                history.

        Returns:
            The stream's id.

        Raises:
            StreamExistsError: there is a stream of that id; nothing was asked, and a stream that
                was given is closed.
            StoreError: the store does not answer.
            ConfigurationError: the hub is not entered, or the id is none.
            ValueError: for a ``total`` that is no finite number above 0.
        """
        try:
            token = secrets.token_urlsafe(16)
            bounds = self._bounded(total, params.get("timeout"))
            tasks, name = self._running(), id_of(id)
            made = await self._store.create(
                name, token, owner=hash_of(owner), watched=bounds.orphan is not None, ttl=self._ttl
            )
            if not made:
                raise StreamExistsError(f"there is a stream {name!r} already")
            self._running()  # it may have been left meanwhile
        except BaseException:
            with anyio.CancelScope(shield=True):
                await close(source)
            raise
        run = self._runs[name] = Run(self._store, name, token, bounds, on_end)
        tasks.start_soon(self._perform, run, source, args, params)
        return name

    async def _perform(self, run: Run, source: Source, args: Any, params: Any) -> None:
        try:
            await run.perform(source, args, params)
        finally:
            del self._runs[run.id]
            if run.tail is not None and not run.tail.ended:
                run.tail.fail(StreamLostError("the end of the answer could not be kept"))

    async def join(
        self, id: str, after: int | str | None = None, *, owner: str | None = None
    ) -> StreamReader:
        """Read a stream, whoever runs it.

        Args:
            id: the stream's.
            after: the offset of the last event that is known, as a number or as the header
                ``Last-Event-ID`` tells it; None, 0 or ``""``: from the beginning.
            owner: as it was started with.

        Raises:
            StreamNotFoundError: there is no stream of that id, or it has another owner.
            OffsetError: the offset is no number, or past the end.
            StoreError: the store does not answer.
        """
        offset = offset_of(after)
        return self._reader(id, await self._joinable(id, offset, owner), offset)

    async def response(
        self,
        id: str,
        encoder: Encoder | None = None,
        *,
        last_event_id: int | str | None = None,
        owner: str | None = None,
        ping: float = 15.0,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Answer an HTTP request with a stream, from the beginning or from where it broke off.

        Args:
            id: the stream's; the header ``x-stream-id`` tells it to the client.
            encoder: a new one, of any protocol; None: ``SSEEncoder()``. In server-sent events,
                ``id:`` tells the offset.
            last_event_id: what the request's header ``Last-Event-ID`` (or a query parameter) says.
            owner: as it was started with.
            ping: seconds of silence after which something is sent.
            headers: more headers.

        Returns:
            A response of Starlette, where that is installed, and an ASGI application anywhere: the
            stream; 204 where the client has all of it (an ``EventSource`` then stops); 400 for an
            offset that is none, 404 for a stream that is not there, 503 without the store.
        """
        from .responding import StatusResponse, stream_response

        try:
            after = offset_of(last_event_id)
            head = await self._joinable(id, after, owner)
        except HubError as error:
            return StatusResponse.of(error)
        if head.state != "live" and after == head.last:
            return StatusResponse(204)
        # An encoder has to see all chunks: it numbers parts, and knows which are open.
        return stream_response(self._reader(id, head, 0), encoder, after, ping, headers)

    async def resume(
        self,
        id: str | None,
        encoder: Encoder | None = None,
        *,
        owner: str | None = None,
        ping: float = 15.0,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Answer the request that ``useChat`` of the AI SDK makes when its page is loaded again.

        Returns:
            The stream from its beginning where it is running; else (also without an id) 204, which
            is what the AI SDK takes for "nothing to resume": its client shows 404 as an error.
        """
        from .responding import StatusResponse, stream_response

        try:
            head = None if id is None else await self._head(id, owner)
        except StreamNotFoundError:
            head = None
        except HubError as error:
            return StatusResponse.of(error)
        if id is None or head is None or head.state != "live":
            return StatusResponse(204)
        return stream_response(self._reader(id, head, 0), encoder, 0, ping, headers)

    async def stop(self, id: str, *, owner: str | None = None) -> bool:
        """Stop a stream, whichever process runs it (there it takes a second at most).

        Returns:
            Whether it was running.

        Raises:
            StreamNotFoundError: there is no stream of that id, or it has another owner.
            StoreError: the store does not answer.
        """
        head = await self._head(id, owner)
        if head.state != "live":
            return False
        if id in self._runs:
            self._runs[id].end(StreamStoppedError("the stream was stopped"))
        else:
            await self._store.stop(id)
        return True

    async def head(self, id: str, *, owner: str | None = None) -> Head:
        """How far a stream is: ``state`` and ``last``, the offset of its last event.

        Raises:
            StreamNotFoundError: there is no stream of that id, or it has another owner.
            StoreError: the store does not answer.
        """
        return await self._head(id, owner)

    def _reader(self, id: str, head: Head, after: int) -> StreamReader:
        return StreamReader(self._store, self._tail(id, head), id, after, self._bounds.lease)

    async def _joinable(self, id: str, offset: int, owner: str | None) -> Head:
        head = await self._head(id, owner)
        if offset > head.last:
            raise OffsetError(f"offset {offset} is past the last event of the stream, {head.last}")
        return head

    async def _head(self, id: str, owner: str | None) -> Head:
        self._running()
        head = await self._store.head(id) if is_id(id) else None
        if head is None or not hmac.compare_digest(head.owner, hash_of(owner)):
            raise StreamNotFoundError(UNKNOWN)
        return head

    def _running(self) -> anyio.abc.TaskGroup:
        if self._tasks is None:
            raise ConfigurationError(
                "this hub is not running: use it within 'async with hub:', an application's "
                "lifespan"
            )
        return self._tasks

    def _bounded(self, total: float | None, timeout: Any) -> Bounds:
        if total is None and timeout is not None:
            total = Timeout.of(timeout).total
        if total is None:
            return self._bounds
        check_limit("total", total)
        return msgspec.structs.replace(self._bounds, total=total)

    def _tail(self, id: str, head: Head) -> Tail:
        run = self._runs.get(id)
        if run is not None and head.state == "live":
            if run.tail is None:
                run.tail = Tail(self._store, id, head, run.sent, self._bounds.lease)
            return run.tail
        tail = self._tails.get(id)
        if tail is None or tail.error is not None:
            tail = Tail(self._store, id, head, head.last, self._bounds.lease)
            if head.state == "live":
                self._tails[id] = tail
                self._running().start_soon(self._follow, id, tail)
        return tail

    async def _follow(self, id: str, tail: Tail) -> None:
        try:
            await tail.follow()
        finally:
            if self._tails.get(id) is tail:
                del self._tails[id]

    async def _beat(self) -> None:
        while True:
            await anyio.sleep(self._bounds.lease / BEATS)
            for run in list(self._runs.values()):
                run.beat()

    async def _tidy(self) -> None:
        while True:
            await anyio.sleep(max(1.0, min(self._ttl / 4, 60.0)))
            with contextlib.suppress(Exception):  # it is tried again
                await self._store.tidy()


def _store_of(store: Store | str | None) -> Store:
    if isinstance(store, str):
        from .redis_store import RedisStore

        return RedisStore(store)
    return MemoryStore() if store is None else store
