"""A store in Redis or Valkey, which processes and machines share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from chimeric import ConfigurationError

from .errors import StoreError
from .redis_commands import Commands, Script
from .redis_scripts import APPEND, CREATE, FIELDS, LOSE, SEEN, STOP
from .redis_watch import Watches
from .store import Head, State

if TYPE_CHECKING:
    import redis

__all__ = ["RedisStore"]

FORM: Final = 1
"""The number of the form of what is kept of a stream. The events have their own."""

BLOCK: Final = 0.5
"""Seconds that the connection which waits for new events waits at a time."""

SCRIPTS: Final = {
    name: Script(text)
    for name, text in {
        "create": CREATE,
        "append": APPEND,
        "seen": SEEN,
        "stop": STOP,
        "lose": LOSE,
    }.items()
}


class RedisStore:
    """Streams in Redis (5 or later) or Valkey: any process reads and stops what another one runs.

    A process has two threads with a connection each, however many streams and readers it has: one
    sends commands, the other waits for new events of all streams that are read. Only whole
    servers are served, not those of a Redis Cluster.

    Args:
        server: the URL (``redis://127.0.0.1:6379/0``, ``rediss://`` with TLS), or a blocking client
            without ``decode_responses``.
        prefix: what all keys begin with.
        wait: seconds to wait for a connection, and for an answer. A client that is given has its
            own.

    Raises:
        ConfigurationError: without the package ``redis``, or for another client.

    Example:
        .. code-block:: python

            hub = StreamHub(RedisStore("redis://127.0.0.1:6379/0"))
    """

    def __init__(
        self, server: str | redis.Redis, *, prefix: str = "chimeric:hub:", wait: float = 1.0
    ) -> None:
        self._own = isinstance(server, str)
        self._client: Any = _connected(server, wait) if isinstance(server, str) else server
        pool = getattr(self._client, "connection_pool", None)
        if pool is None or hasattr(self._client, "aclose"):  # one of redis.asyncio, or of a cluster
            raise ConfigurationError(
                "RedisStore needs a URL, or a blocking client of one server (redis.Redis), not "
                f"{type(server).__module__}.{type(server).__name__}"
            )
        if pool.connection_kwargs.get("decode_responses"):
            raise ConfigurationError("RedisStore needs a client without decode_responses=True")
        limit = pool.connection_kwargs.get("socket_timeout")
        self._prefix = prefix
        self._commands = Commands(self._client)
        block = BLOCK if limit is None else min(BLOCK, limit / 2)
        self._watches = Watches(self._client, self._ring, prefix, block)

    async def create(self, id: str, token: str, *, owner: str, watched: bool, ttl: float) -> bool:
        """See ``Store``."""
        args = (token, owner, int(watched), max(1, round(ttl * 1000)))
        return bool(await self._commands.run(SCRIPTS["create"], self._keys(id), *args))

    async def append(
        self, id: str, token: str, first: int, events: Sequence[bytes], state: State = "live"
    ) -> Head | None:
        """See ``Store``."""
        args = (token, first, state, *events)
        return _head(await self._commands.run(SCRIPTS["append"], self._keys(id), *args))

    async def read(self, id: str, after: int, limit: int, wait: float = 0.0) -> list[bytes]:
        """See ``Store``."""
        log = self._keys(id)[1]
        watch = self._watches.find(log, after) if wait > 0 else None
        while watch is None:
            entries = await self._commands.ask("XRANGE", log, f"{after + 1}-0", "+", "COUNT", limit)
            if entries and int(entries[0][0].partition(b"-")[0]) != after + 1:
                raise StoreError(f"events after {after} are missing in {log}")
            if entries or wait <= 0:
                return [fields[b"d"] for _, fields in entries]
            watch = await self._watches.begin(log, after)
        return await watch.take(limit, wait)

    async def head(self, id: str, *, seen: bool = False) -> Head | None:
        """See ``Store``."""
        keys = self._keys(id)
        if seen:
            return _head(await self._commands.run(SCRIPTS["seen"], keys))
        return _head(await self._commands.ask("HMGET", keys[0], *FIELDS))

    async def stop(self, id: str) -> None:
        """See ``Store``."""
        await self._commands.run(SCRIPTS["stop"], self._keys(id))

    async def lose(self, id: str, beats: int, event: bytes) -> None:
        """See ``Store``."""
        await self._commands.run(SCRIPTS["lose"], self._keys(id), beats, event)

    async def tidy(self) -> None:
        """See ``Store``: the server does it."""

    async def aclose(self) -> None:
        """See ``Store``."""
        await self._watches.aclose()
        await self._commands.aclose()
        if self._own:
            self._client.connection_pool.disconnect()

    async def _ring(self, bell: str) -> None:
        await self._commands.ask("XADD", bell, "MAXLEN", 1, "*", "b", 1)
        await self._commands.ask("PEXPIRE", bell, 60_000)

    def _keys(self, id: str) -> tuple[str, str]:
        # One hash slot for all that belongs to a stream.
        base = f"{self._prefix}{{{id}}}"
        return f"{base}:head", f"{base}:log"


def _head(told: Any) -> Head | None:
    if not told or told[1] is None:
        return None
    form, state, last, beats, seen, owner, stopping, watched = told
    if int(form) > FORM:
        raise StoreError(f"a later version keeps this stream (form {int(form)}): update")
    return Head(
        state=state.decode(),
        last=int(last),
        beats=int(beats),
        seen=int(seen),
        owner=owner.decode(),
        stopping=stopping == b"1",
        watched=watched == b"1",
    )


def _connected(url: str, wait: float) -> redis.Redis:
    try:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError as error:
        raise ConfigurationError(
            "a hub in Redis needs the package redis: pip install 'chimeric-serving[redis]'"
        ) from error
    make: Any = redis.Redis
    client: redis.Redis = make.from_url(
        url,
        socket_timeout=wait,
        socket_connect_timeout=wait,
        max_connections=8,
        retry=Retry(NoBackoff(), 1),  # a connection that was idle for long may be none any more
    )
    return client
