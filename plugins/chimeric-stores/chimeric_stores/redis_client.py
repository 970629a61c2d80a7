"""A client of a Redis or Valkey server."""

from __future__ import annotations

import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from chimeric import ConfigurationError

if TYPE_CHECKING:
    import redis

__all__ = ["connected", "is_redis"]

SCHEMES: Final = ("redis://", "rediss://", "unix://")


def is_redis(place: str) -> bool:
    """Whether a text is the URL of a Redis server.

    Example:
        >>> is_redis("rediss://cache.example.com:6380/0"), is_redis("answers.db")
        (True, False)
    """
    return place.startswith(SCHEMES)


def connected(url: str, *, plugin: str, seconds: float = 1.0) -> redis.Redis:
    """A blocking client, which connects when it is first asked. It asks once: no attempt is made
    again behind the caller's back, so that nothing takes longer than was allowed. Its connections
    are closed when nobody has it any more.

    Args:
        url: ``redis://127.0.0.1:6379/0``, ``rediss://`` with TLS, or ``unix://``.
        plugin: the distribution that asks, whose extra ``redis`` brings the package.
        seconds: to wait for a connection, and for an answer.

    Raises:
        ConfigurationError: without the package ``redis``, or for a URL that is none. What stands in
            the URL, which may be a password, is not repeated.

    Example:
        .. code-block:: python

            client = connected("redis://127.0.0.1:6379/0", plugin="chimeric-cache")
    """
    try:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError as error:
        raise ConfigurationError(
            f"a store in Redis needs the package redis: pip install '{plugin}[redis]'"
        ) from error
    make: Any = redis.Redis
    once: Any = Retry(NoBackoff(), 0)
    client: redis.Redis | None = None
    with suppress(ValueError):  # which may quote a piece of the password
        client = make.from_url(
            url, socket_timeout=seconds, socket_connect_timeout=seconds, retry=once
        )
    if client is None:
        raise ConfigurationError(
            f"{plugin} cannot read the URL of its Redis server. It is "
            "redis://[[user]:password@]host[:port][/database], rediss://... or "
            "unix://[[user]:password@]/path; signs like / and @ in a password are written "
            "with a percent sign (%2F, %40)"
        )
    # Out of a cycle of references, sockets may go before the client that would close them.
    pool: Any = client.connection_pool
    weakref.finalize(client, pool.disconnect)
    return client
