"""pytest fixtures: ``pytest_plugins = ["chimeric_stores.fixtures"]``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

import pytest

from .redis_server import RedisServer

__all__ = ["RedisServer", "StartRedis", "redis_server", "start_redis"]

StartRedis: TypeAlias = Callable[..., RedisServer]


@pytest.fixture
def start_redis(tmp_path: Path) -> Iterator[StartRedis]:
    """Starts real Redis servers, with options, and ends them after the test.

    The test is skipped, saying so, where neither ``redis-server`` nor ``valkey-server`` is
    installed.

    Example:
        .. code-block:: python

            def test_a_full_server(start_redis):
                server = start_redis("--maxmemory", "1", "--maxmemory-policy", "noeviction")
    """
    if RedisServer.program() is None:
        pytest.skip("no redis-server (or valkey-server) is installed here")
    with ExitStack() as servers:

        def start(*options: str) -> RedisServer:
            return servers.enter_context(RedisServer(tmp_path, *options))

        yield start


@pytest.fixture
def redis_server(start_redis: StartRedis) -> RedisServer:
    """A real Redis server on loopback.

    Example:
        .. code-block:: python

            def test_answers_are_kept(redis_server):
                store = RedisStore(redis_server.url)
    """
    return start_redis()
