"""A real Redis server as the store."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from chimeric_cache import Cache, RedisStore

from chimeric import PluginWarning

from .conftest import MODES, Server, ask_all

PROGRAM = shutil.which("redis-server") or shutil.which("valkey-server")

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no redis-server is installed here")


class Redis:
    """A server of this test's own."""

    def __init__(self, folder: Path, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        assert PROGRAM is not None
        command = [PROGRAM, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", *options]
        self._process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = redis.Redis(port=self.port)
        deadline = time.monotonic() + 20
        while True:
            try:
                self.client.ping()
                break
            except redis.ConnectionError:
                assert time.monotonic() < deadline
                time.sleep(0.02)

    def stop(self) -> None:
        self.client.close()
        self._process.kill()
        self._process.wait(timeout=20)


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path)
    yield server
    server.stop()


@pytest.mark.parametrize("mode", MODES)
def test_answers_are_kept_in_redis(server: Server, redis_server: Redis, mode: str) -> None:
    store = RedisStore(redis_server.url, max_age=60)
    first, second = ask_all(mode, server.client(Cache(store)), {}, {})
    assert first.content == second.content == "Once upon"
    assert second.metadata["answer_cache"]["hit"] is True
    assert server.asked == 1
    (key,) = redis_server.client.keys("chimeric:answer:*")
    assert 0 < redis_server.client.pttl(key) <= 60_000


def test_a_client_that_is_given_is_used_even_where_it_decodes(redis_server: Redis) -> None:
    given = redis.Redis(port=redis_server.port, decode_responses=True)
    store = RedisStore(given, prefix="mine:")
    store.put("k", b'{"v":1}')
    assert store.get("k") == b'{"v":1}'
    assert store.get("other") is None
    assert redis_server.client.keys("*") == [b"mine:k"]
    given.close()


def test_a_server_that_is_full_or_gone_is_done_without(server: Server, tmp_path: Path) -> None:
    redis_server = Redis(tmp_path, "--maxmemory", "1", "--maxmemory-policy", "noeviction")
    store = RedisStore(redis_server.url, wait=1)
    try:
        with pytest.warns(PluginWarning, match="OutOfMemoryError"):
            (response,) = ask_all("sync", server.client(Cache(store)), {})
        assert response.content == "Once upon"
    finally:
        redis_server.stop()
    with pytest.warns(PluginWarning, match="ConnectionError"):
        (response,) = ask_all("sync", server.client(Cache(store)), {})
    assert response.content == "Once upon"


def test_the_environment_may_name_a_server(server: Server, redis_server: Redis) -> None:
    source = (
        "import sys; from chimeric import Chimeric\n"
        "client = Chimeric(base_urls={'compatible': sys.argv[1]})\n"
        "for _ in range(2): client.generate('compatible:m', 'Hi')"
    )
    subprocess.run(
        [sys.executable, "-c", source, f"{server.loopback.url}/v1"],
        env={**os.environ, "CHIMERIC_CACHE": redis_server.url},
        timeout=60,
        check=True,
    )
    assert server.asked == 1
