"""Clients of a real Redis server, and what cannot be one."""

from __future__ import annotations

import gc
import socket
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import Any

import pytest
import redis
from chimeric_stores import connected, is_redis
from chimeric_stores.fixtures import RedisServer, StartRedis

from chimeric import ConfigurationError


def test_a_url_is_a_client_of_that_server(redis_server: RedisServer) -> None:
    client: Any = connected(redis_server.url, plugin="chimeric-cache")
    client.set("k", "v")
    assert redis_server.client.get("k") == b"v"
    client.close()


def test_a_server_that_does_not_answer_is_asked_once(redis_server: RedisServer) -> None:
    client: Any = connected(redis_server.url, plugin="chimeric-cache", seconds=1.0)
    client.ping()
    redis_server.hang()
    began = time.monotonic()
    with pytest.raises(redis.TimeoutError):
        client.incr("count")
    assert time.monotonic() - began >= 0.95
    redis_server.go_on()
    for _ in range(3):  # what was asked before is answered before
        redis_server.client.ping()
    assert redis_server.client.get("count") == b"1"
    client.close()


def test_a_server_that_was_away_is_found_again(redis_server: RedisServer) -> None:
    client: Any = connected(redis_server.url, plugin="chimeric-cache")
    client.ping()
    redis_server.stop()
    with pytest.raises(redis.ConnectionError):
        client.ping()
    redis_server.start()
    assert client.ping()
    client.close()


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hush/hush@cache:6379/0",
        "redis://:hush@cache:hush/0",
        "redis://:hush@cache:6379/0?db=hush",
        "redis://[hush@cache",
        "http://:hush@cache",
        "hush",
    ],
)
def test_a_url_that_is_none_is_told_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="chimeric-limit cannot read the URL") as caught:
        connected(url, plugin="chimeric-limit")
    error: BaseException | None = caught.value
    while error is not None:
        assert "hush" not in str(error)
        error = error.__cause__ or error.__context__


def test_a_wrong_password_is_not_repeated(start_redis: StartRedis) -> None:
    server = start_redis()
    server.client.config_set("requirepass", "the-right-one")
    url = f"redis://:the-wrong-one@127.0.0.1:{server.port}/0"
    client: Any = connected(url, plugin="chimeric-cache")
    with pytest.raises(redis.AuthenticationError) as caught:
        client.get("k")
    assert "the-wrong-one" not in str(caught.value)
    assert "the-wrong-one" not in repr(client)
    client.close()


def test_a_missing_package_is_told_with_the_extra_that_brings_it(tmp_path: Path) -> None:
    # What is installed here, but for that package.
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith("redis"):
            (tmp_path / entry.name).symlink_to(entry)
    source = (
        "import site, sys; site.addsitedir(sys.argv[1])\n"
        "from chimeric import ConfigurationError\n"
        "from chimeric_stores import connected\n"
        "try: connected('redis://127.0.0.1', plugin='chimeric-cache')\n"
        "except ConfigurationError as error: print(error)"
    )
    command = [sys.executable, "-S", "-c", source, str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "pip install 'chimeric-cache[redis]'" in told.stdout


def test_a_url_is_told_from_a_path() -> None:
    assert is_redis("redis://127.0.0.1:6379/0")
    assert is_redis("rediss://cache.example.com")
    assert is_redis("unix:///run/redis.sock")
    assert not is_redis("answers.db")
    assert not is_redis("/var/cache/redis/answers.db")


def test_the_fixture_frees_its_port(tmp_path: Path, redis_server: RedisServer) -> None:
    with RedisServer(tmp_path) as other:
        assert other.port != redis_server.port
        assert other.client.ping()
    with socket.socket() as again:
        assert again.connect_ex(("127.0.0.1", other.port)) != 0


def test_connections_are_closed_when_nobody_has_the_client_any_more(
    redis_server: RedisServer,
) -> None:
    client: Any = connected(redis_server.url, plugin="chimeric-cache")
    client.ping()
    assert len(redis_server.client.client_list()) == 2  # and the test's own
    cycle: list[Any] = [client]
    cycle.append(cycle)
    del client, cycle
    gc.collect()
    for _ in range(1000):
        if len(redis_server.client.client_list()) == 1:
            return
        time.sleep(0.02)
    raise AssertionError("it is still connected")
