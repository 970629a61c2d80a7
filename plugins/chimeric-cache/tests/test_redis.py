"""A real Redis server as the store."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
import redis
from chimeric_cache import Cache, RedisStore
from chimeric_stores.fixtures import RedisServer, StartRedis

from chimeric import PluginWarning

from .conftest import MODES, Server, ask_all


@pytest.mark.parametrize("mode", MODES)
def test_answers_are_kept_in_redis(server: Server, redis_server: RedisServer, mode: str) -> None:
    store = RedisStore(redis_server.url, max_age=60)
    first, second = ask_all(mode, server.client(Cache(store)), {}, {})
    assert first.content == second.content == "Once upon"
    assert second.metadata["answer_cache"]["hit"] is True
    assert server.asked == 1
    (key,) = redis_server.client.keys("chimeric:answer:*")
    assert 0 < redis_server.client.pttl(key) <= 60_000


def test_a_client_that_is_given_is_used_even_where_it_decodes(redis_server: RedisServer) -> None:
    given = redis.Redis(port=redis_server.port, decode_responses=True)
    store = RedisStore(given, prefix="mine:")
    store.put("k", b'{"v":1}')
    assert store.get("k") == b'{"v":1}'
    assert store.get("other") is None
    assert redis_server.client.keys("*") == [b"mine:k"]
    given.close()


def test_a_server_that_is_full_or_gone_is_done_without(
    server: Server, start_redis: StartRedis
) -> None:
    redis_server = start_redis("--maxmemory", "1", "--maxmemory-policy", "noeviction")
    store = RedisStore(redis_server.url, wait=1)
    with pytest.warns(PluginWarning, match="OutOfMemoryError"):
        (response,) = ask_all("sync", server.client(Cache(store)), {})
    assert response.content == "Once upon"
    redis_server.stop()
    with pytest.warns(PluginWarning, match="ConnectionError"):
        (response,) = ask_all("sync", server.client(Cache(store)), {})
    assert response.content == "Once upon"


@pytest.mark.parametrize("mode", MODES)
def test_a_server_that_is_silent_costs_its_wait_and_no_more(
    server: Server, redis_server: RedisServer, mode: str
) -> None:
    cache = Cache(RedisStore(redis_server.url, wait=30), wait=0.3)
    ask_all(mode, server.client(cache), {})
    redis_server.hang()
    began = time.monotonic()
    with pytest.warns(PluginWarning, match="did not answer within 0.3 s"):
        (response,) = ask_all(mode, server.client(cache), {})
    assert time.monotonic() - began < 20
    assert response.content == "Once upon"
    assert response.metadata["answer_cache"]["hit"] is False
    redis_server.go_on()
    (response,) = ask_all(mode, server.client(cache), {})
    assert response.metadata["answer_cache"]["hit"] is True


def test_the_environment_may_name_a_server(server: Server, redis_server: RedisServer) -> None:
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
