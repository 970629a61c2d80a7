"""A store that is there, away, or silent: what a call does, in threads and on loops."""

from __future__ import annotations

import asyncio
import threading
import time
import warnings
from collections.abc import Callable, Generator
from contextvars import ContextVar
from typing import Any

import pytest
import trio
from chimeric_stores import Answered, Guard, connected
from chimeric_stores.fixtures import RedisServer, StartRedis

from chimeric import (
    SEND,
    Chimeric,
    ConfigurationError,
    Context,
    PluginError,
    PluginWarning,
    hookimpl,
)

MODES = ("sync", "asyncio", "trio")

FOR_A_WHILE = 10.0
"""Seconds for what another thread has to do."""


class Asking:
    """Asks a store before each attempt."""

    def __init__(self, guard: Guard, function: Callable[[], Any], **how: Any) -> None:
        self._guard, self._function, self._how = guard, function, how
        self.answered: list[Answered[Any]] = []

    @hookimpl
    def chimeric_attempt(self, context: Context) -> Generator[Any, Any, None]:
        self.answered.append((yield from self._guard.ask(self._function, **self._how)))
        yield SEND


def call(mode: str, plugin: Asking) -> str | None:
    client = Chimeric(plugins=[plugin])
    if mode == "sync":
        with client:
            return client.generate("sim:echo", "Hi").content

    async def main() -> str | None:
        async with client:
            return (await client.agenerate("sim:echo", "Hi")).content

    return trio.run(main) if mode == "trio" else asyncio.run(main())


def counter(server: RedisServer, seconds: float = 5.0) -> Callable[[], Any]:
    client: Any = connected(server.url, plugin="chimeric-cache", seconds=seconds)
    return lambda: client.incr("count")


@pytest.mark.parametrize("mode", MODES)
def test_an_answer_comes_to_the_hook(redis_server: RedisServer, mode: str) -> None:
    plugin = Asking(Guard("counting"), counter(redis_server))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert call(mode, plugin) == "Hi"
    assert plugin.answered == [(1, "")]
    assert redis_server.client.get("count") == b"1"


@pytest.mark.parametrize("mode", MODES)
def test_a_silent_store_is_given_up_and_done_without(redis_server: RedisServer, mode: str) -> None:
    plugin = Asking(Guard("counting", seconds=0.2), counter(redis_server, seconds=60))
    redis_server.hang()
    began = time.monotonic()
    with pytest.warns(PluginWarning, match=r"counting goes on without .* within 0.2 s"):
        assert call(mode, plugin) == "Hi"
    assert time.monotonic() - began < 20
    assert plugin.answered == [(None, "TimeoutError: the store did not answer within 0.2 s")]


@pytest.mark.parametrize("mode", MODES)
def test_a_silent_store_fails_the_call_where_that_is_wanted(
    redis_server: RedisServer, mode: str
) -> None:
    plugin = Asking(Guard("counting", on_error="fail", seconds=0.2), counter(redis_server))
    redis_server.hang()
    with pytest.raises(PluginError) as caught:
        call(mode, plugin)
    assert isinstance(caught.value.__cause__, TimeoutError)


def test_a_store_that_was_away_is_asked_again(redis_server: RedisServer) -> None:
    plugin = Asking(Guard("counting"), counter(redis_server))
    call("sync", plugin)
    redis_server.stop()
    with pytest.warns(PluginWarning, match="ConnectionError"):
        assert call("sync", plugin) == "Hi"
    redis_server.start()
    call("sync", plugin)
    assert [answered.value for answered in plugin.answered] == [1, None, 1]


@pytest.mark.parametrize("mode", MODES)
def test_what_comes_too_late_can_be_given_back(redis_server: RedisServer, mode: str) -> None:
    came, late = threading.Event(), []

    def give_back(value: Any) -> None:
        late.append(value)
        came.set()

    plugin = Asking(Guard("counting", seconds=2.0), counter(redis_server, 60), late=give_back)
    assert call(mode, plugin) == "Hi"
    redis_server.hang()
    with pytest.warns(PluginWarning, match="did not answer"):
        call(mode, plugin)
    assert late == []
    redis_server.go_on()
    assert came.wait(FOR_A_WHILE)
    assert late == [2]


@pytest.mark.parametrize("mode", ["asyncio", "trio"])
def test_what_a_cancelled_call_asked_for_can_be_given_back(
    redis_server: RedisServer, mode: str
) -> None:
    came, late = threading.Event(), []

    def give_back(value: Any) -> None:
        late.append(value)
        came.set()

    plugin = Asking(Guard("counting", seconds=60), counter(redis_server, 60), late=give_back)
    redis_server.hang()

    async def asked() -> None:
        async with Chimeric(plugins=[plugin]) as client:
            await client.agenerate("sim:echo", "Hi")

    async def on_asyncio() -> None:
        async with asyncio.timeout(2):
            await asked()

    async def on_trio() -> None:
        with trio.fail_after(2):
            await asked()

    with pytest.raises((TimeoutError, trio.TooSlowError)):
        trio.run(on_trio) if mode == "trio" else asyncio.run(on_asyncio())
    redis_server.go_on()
    assert came.wait(FOR_A_WHILE)
    assert late == [1]


def test_what_was_answered_when_the_call_ended_is_given_back_too() -> None:
    came: list[int] = []
    there = threading.Event()

    def give_back(value: int) -> None:
        came.append(value)
        there.set()

    steps = Guard("counting").ask(lambda: 7, late=give_back)
    next(steps)
    time.sleep(0.1)  # it has answered, and nobody has taken it
    steps.close()
    assert there.wait(FOR_A_WHILE)
    assert came == [7]


def test_a_full_store_is_done_without(start_redis: StartRedis) -> None:
    server = start_redis("--maxmemory", "1", "--maxmemory-policy", "noeviction")
    plugin = Asking(Guard("counting"), counter(server))
    with pytest.warns(PluginWarning, match="OutOfMemoryError"):
        assert call("sync", plugin) == "Hi"


def test_what_does_not_block_is_called_where_it_stands() -> None:
    plugin = Asking(Guard("counting"), threading.get_ident, blocks=False)
    call("sync", plugin)
    blocking = Asking(Guard("counting"), threading.get_ident)
    call("sync", blocking)
    assert plugin.answered[0].value == threading.get_ident() != blocking.answered[0].value


def test_an_error_of_ours_fails_the_call_whatever_was_chosen() -> None:
    def refuse() -> None:
        raise ConfigurationError("the table is missing")

    with pytest.raises(ConfigurationError, match="the table is missing"):
        call("sync", Asking(Guard("counting"), refuse))


def test_a_store_sees_the_context_variables_of_the_caller() -> None:
    who: ContextVar[str] = ContextVar("who")
    who.set("me")
    plugin = Asking(Guard("counting"), who.get)
    call("sync", plugin)
    assert plugin.answered == [("me", "")]


@pytest.mark.parametrize("wrong", [{"on_error": "ignore"}, {"seconds": 0}, {"seconds": -1}])
def test_a_wrong_setting_is_told_at_once(wrong: Any) -> None:
    with pytest.raises(ValueError, match="must be"):
        Guard("counting", **wrong)
