"""A store in Redis or Valkey, which machines share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chimeric_stores import connected

if TYPE_CHECKING:
    import redis

__all__ = ["RedisStore"]


class RedisStore:
    """Rows in Redis or Valkey. How much they may have is the server's ``maxmemory``, and what goes
    first its ``maxmemory-policy``.

    Args:
        server: the URL (``redis://127.0.0.1:6379/0``, ``rediss://`` with TLS), or a
            blocking client.
        prefix: what all keys begin with.
        max_age: seconds after which the server forgets a row; None: never.
        wait: seconds to wait for a connection, and for an answer. A client that is given has its
            own.

    Raises:
        ConfigurationError: without the package ``redis``, or for a URL that is none.

    Example:
        >>> store = RedisStore("redis://127.0.0.1:6379/0", max_age=86_400)  # doctest: +SKIP
    """

    def __init__(
        self,
        server: str | redis.Redis,
        *,
        prefix: str = "chimeric:answer:",
        max_age: float | None = None,
        wait: float = 1.0,
    ) -> None:
        if max_age is not None and max_age <= 0:
            raise ValueError("max_age must be positive")
        self._prefix = prefix
        self._milliseconds = None if max_age is None else max(1, round(max_age * 1000))
        if isinstance(server, str):
            server = connected(server, plugin="chimeric-cache", seconds=wait)
        self._client: Any = server

    def get(self, key: str) -> bytes | None:
        """What is kept under the key, or None.

        Raises:
            redis.RedisError: when the server cannot be reached.
        """
        value = self._client.get(self._prefix + key)
        return value.encode() if isinstance(value, str) else value

    def put(self, key: str, value: bytes) -> None:
        """Keep it, in the place of what was there.

        Raises:
            redis.RedisError: when the server cannot be reached, or is full.
        """
        self._client.set(self._prefix + key, value, px=self._milliseconds)
