"""``chimeric_credentials``: one asks for all, and what goes wrong is everybody's."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest

from chimeric import (
    AuthenticationError,
    Credentials,
    PluginError,
    RequestTimeoutError,
    Timeout,
    hookimpl,
    run,
    wait,
)

from .acme import Service
from .modes import LOOPS, MODES, Way, run_on
from .tokens import MANY, SOON, Exchange, Tokens, in_tasks, in_threads, many


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def service(tokens: Tokens) -> Iterator[Service]:
    with Service(token=tokens) as service:
        yield service


@pytest.mark.parametrize("mode", MODES)
def test_fifty_callers_ask_for_one_token(service: Service, tokens: Tokens, mode: str) -> None:
    ends = many(service.client(Exchange(service), key=None), mode)
    assert [type(end) for end in ends] == [str] * MANY, ends[0]
    assert tokens.asked == 1
    assert service.keys == tokens.given * MANY


@pytest.mark.parametrize("loop", LOOPS)
def test_threads_and_loops_share_one_token(service: Service, tokens: Tokens, loop: str) -> None:
    client = service.client(Exchange(service), key=None)
    ends: list[Any] = []
    threads = [threading.Thread(target=lambda: ends.extend(in_threads(client, MANY // 2)))]
    for thread in threads:
        thread.start()

    async def main() -> None:
        async with client:
            ends.extend(await in_tasks(client, MANY // 2))
            while any(thread.is_alive() for thread in threads):
                await anyio.sleep(0.01)

    run_on(loop, main)
    assert [type(end) for end in ends] == [str] * MANY, ends[0]
    assert tokens.asked == 1


@pytest.mark.parametrize("mode", MODES)
def test_a_token_that_has_ended_is_asked_for_once_by_all(
    service: Service, tokens: Tokens, mode: str
) -> None:
    exchange = Exchange(service, lasts=30.8)  # less thirty seconds
    client = service.client(exchange, key=None)
    if mode == "sync":
        with client:
            in_threads(client, 1)
            exchange.lasts = 3600.0
            time.sleep(1)
            ends = in_threads(client, MANY)
    else:

        async def main() -> list[Any]:
            async with client:
                await in_tasks(client, 1)
                exchange.lasts = 3600.0
                await anyio.sleep(1)
                return await in_tasks(client, MANY)

        ends = run_on(mode, main)
    assert [type(end) for end in ends] == [str] * MANY, ends[0]
    first, second = tokens.given
    assert service.keys == [first, *[second] * MANY]


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("how", ["cancelled", "out of time"])
def test_the_next_asks_when_the_one_who_asked_is_gone(
    service: Service, tokens: Tokens, loop: str, how: str
) -> None:
    tokens.seconds = 2.0
    client = service.client(Exchange(service), key=None)
    ends: list[Any] = []

    async def lead(scope: anyio.CancelScope) -> None:
        timeout = Timeout(total=1) if how == "out of time" else Timeout()
        with scope:
            with contextlib.suppress(RequestTimeoutError):
                await client.agenerate("acme-story", "Hi", timeout=timeout)

    async def main() -> None:
        async with client, anyio.create_task_group() as group:
            scope = anyio.CancelScope()
            group.start_soon(lead, scope)
            while tokens.asked == 0:
                await anyio.sleep(0.01)
            if how == "cancelled":
                group.start_soon(cancel_soon, scope)
            ends.extend(await in_tasks(client, 10))

    async def cancel_soon(scope: anyio.CancelScope) -> None:
        await anyio.sleep(0.1)
        scope.cancel()

    run_on(loop, main)
    assert [type(end) for end in ends] == [str] * 10, ends[0]
    assert tokens.asked == 2
    assert len(tokens.given) == 1


def test_the_next_thread_asks_when_the_time_of_the_one_who_asked_has_passed(
    service: Service, tokens: Tokens
) -> None:
    tokens.seconds = 2.0
    ends: list[Any] = []
    with service.client(Exchange(service), key=None) as client:
        leader = threading.Thread(
            target=lambda: ends.extend(in_threads(client, 1, timeout=Timeout(total=1)))
        )
        leader.start()
        while not tokens.asked:
            time.sleep(0.01)
        followers = in_threads(client, 10)
        leader.join(SOON)
    assert [type(end) for end in ends] == [RequestTimeoutError]
    assert [type(end) for end in followers] == [str] * 10, followers[0]
    assert tokens.asked == 2


@pytest.mark.parametrize("mode", MODES)
def test_what_a_hook_raises_is_told_to_all_who_wait(service: Service, mode: str) -> None:
    count: list[int] = []

    class Fails:
        @hookimpl
        def chimeric_credentials(self) -> Iterator[Any]:
            count.append(1)
            yield from wait(0.5)
            raise RuntimeError("the vault is sealed")

    ends = many(service.client(Fails(), key=None), mode)
    assert {type(end) for end in ends} == {PluginError}
    assert all("the vault is sealed" in end.message for end in ends)
    assert len({id(end) for end in ends}) == MANY  # each has its own, with its own traceback
    assert len(count) == 1
    assert service.chats == []


@pytest.mark.parametrize("mode", MODES)
def test_a_hook_that_takes_a_minute_takes_nobody_longer_than_his_own_time(
    service: Service, mode: str
) -> None:
    class Slow:
        @hookimpl
        def chimeric_credentials(self) -> Iterator[Any]:
            yield from wait(55)

    began = time.monotonic()
    ends = many(service.client(Slow(), key=None), mode, timeout=Timeout(total=0.5))
    assert time.monotonic() - began < SOON
    assert {type(end) for end in ends} == {RequestTimeoutError}
    assert {end.phase for end in ends} == {"total"}


@pytest.mark.parametrize("mode", MODES)
def test_a_plugin_is_asked_before_the_environment_and_after_the_client(
    service: Service, tokens: Tokens, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_API_KEY", "key-of-environment")
    tokens.seconds = 0
    way = Way(mode, stream=True)
    way.ask(service.client(Exchange(service), key=None), "Hi")
    way.ask(service.client(Exchange(service), key="key-of-the-client"), "Hi")
    assert service.keys == [*tokens.given, "key-of-the-client"]


@pytest.mark.parametrize("mode", MODES)
def test_a_refused_token_is_asked_for_once_more_and_no_further(
    service: Service, tokens: Tokens, mode: str
) -> None:
    tokens.seconds = 0
    service.refused = {"token-0-0123456789"}
    way = Way(mode, stream=True)
    way.ask(service.client(Exchange(service), key=None), "Hi", "Hi")
    assert service.keys == [tokens.given[0], tokens.given[1], tokens.given[1]]
    service.refused = {f"token-{number}-0123456789" for number in range(10)}
    with pytest.raises(AuthenticationError):
        way.ask(service.client(Exchange(service), key=None, max_retries=3), "Hi")
    assert len(tokens.given) == 4


def blocks(seconds: float, value: Any) -> Callable[[], Any]:
    """A function that blocks."""

    def function() -> Any:
        time.sleep(seconds)
        return value

    return function


@pytest.mark.parametrize("mode", MODES)
def test_a_vault_that_blocks_is_asked_once_in_a_thread(service: Service, mode: str) -> None:
    count: list[int] = []

    class Vault:
        @hookimpl
        def chimeric_credentials(self) -> Iterator[Any]:
            count.append(1)
            secret = yield from run(blocks(0.3, "token-0123456789"))
            return Credentials(secret)

    ends = many(service.client(Vault(), key=None), mode)
    assert {type(end) for end in ends} == {str}
    assert len(count) == 1
