"""Limits whose books are in a real Redis server, which answers late or not at all."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
import trio
from chimeric_limit import Amounts, Granted, Limit, NoRoom, Rates, RedisLedger
from chimeric_stores.fixtures import RedisServer

from chimeric import PluginError, PluginWarning, RefusedError

from .conftest import MODES, Server, ask

RATES = Rates(concurrent=1)


def is_free(redis_server: RedisServer) -> bool:
    """Whether the one place is free, in a moment at the latest."""
    ledger, deadline = RedisLedger(redis_server.url), time.monotonic() + 10
    while True:
        told = ledger.take("compatible", RATES, Amounts())
        if isinstance(told, Granted):
            ledger.settle("compatible", told.ticket, RATES, None)
            return True
        assert isinstance(told, NoRoom)
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)


@pytest.mark.parametrize("mode", MODES)
def test_workers_share_a_limit(server: Server, redis_server: RedisServer, mode: str) -> None:
    for told in ("Once upon", RefusedError):
        limit = Limit(requests=1, wait=0, store=RedisLedger(redis_server.url))
        (one,) = ask(mode, server.client(limit), "a")
        assert one == told or (isinstance(told, type) and isinstance(one, told))
    assert server.asked == 1


@pytest.mark.parametrize("mode", MODES)
def test_a_place_that_is_granted_too_late_is_given_back(
    server: Server, redis_server: RedisServer, mode: str
) -> None:
    limit = Limit(concurrent=1, store=RedisLedger(redis_server.url, wait=30))
    redis_server.hang()
    with pytest.warns(PluginWarning, match="did not answer within 2 s"):
        assert ask(mode, server.client(limit), "a") == ["Once upon"]
    redis_server.go_on()
    assert is_free(redis_server)


@pytest.mark.parametrize("mode", ["asyncio", "trio"])
def test_a_place_that_is_granted_to_a_cancelled_call_is_given_back(
    server: Server, redis_server: RedisServer, mode: str
) -> None:
    limit = Limit(concurrent=1, store=RedisLedger(redis_server.url, wait=30))

    async def asked() -> None:
        async with server.client(limit) as client:
            stream: Any = await client.agenerate("compatible:m", "Hi", stream=True)
            await stream.collect()

    async def on_asyncio() -> None:
        async with asyncio.timeout(0.3):
            await asked()

    async def on_trio() -> None:
        with trio.fail_after(0.3):
            await asked()

    redis_server.hang()
    with pytest.raises((TimeoutError, trio.TooSlowError)):
        trio.run(on_trio) if mode == "trio" else asyncio.run(on_asyncio())
    redis_server.go_on()
    assert is_free(redis_server)
    assert server.asked == 0


def test_a_server_that_is_gone_lets_calls_pass_or_fails_them(
    server: Server, redis_server: RedisServer
) -> None:
    store = RedisLedger(redis_server.url)
    redis_server.stop()
    with pytest.warns(PluginWarning, match="ConnectionError"):
        assert ask("sync", server.client(Limit(requests=1, store=store)), "a") == ["Once upon"]
    (error,) = ask("sync", server.client(Limit(requests=1, store=store, on_error="fail")), "a")
    assert isinstance(error, PluginError)
    redis_server.start()
    assert ask("sync", server.client(Limit(requests=1, store=store)), "a") == ["Once upon"]


def test_a_call_without_the_key_that_is_counted_says_how_to_pass_it(server: Server) -> None:
    (error,) = ask("sync", server.client(Limit(requests=1, per=["tenant"])), "a")
    assert isinstance(error, PluginError)
    assert "user_context={'tenant': ...}" in str(error.__cause__)
