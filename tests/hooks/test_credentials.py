"""``chimeric_credentials``: one asks for all, and what goes wrong is everybody's."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest
from chimeric_testing import Pause, SeenRequest, Step

from chimeric import (
    AuthenticationError,
    Chimeric,
    ChimericError,
    ConfigurationError,
    Context,
    Credentials,
    HTTPRequest,
    PluginError,
    ProviderConfig,
    RequestTimeoutError,
    Timeout,
    fetch,
    hookimpl,
    run,
    wait,
)

from .acme import Service, answer
from .modes import LOOPS, MODES, WAYS, Way, run_on

MANY = 50
SOON = 20.0


class Tokens:
    """The token endpoint: it takes its time, and counts.

    Attributes:
        seconds: how long it takes.
        given: the tokens that it gave.
    """

    def __init__(self, seconds: float = 0.5) -> None:
        self.seconds = seconds
        self.asked = 0
        self.given: list[str] = []

    def __call__(self, request: SeenRequest) -> Iterator[Step]:
        self.asked += 1
        yield Pause(self.seconds)
        self.given.append(f"token-{len(self.given)}-0123456789")
        yield from answer({"token": self.given[-1]})


class Exchange:
    """Brings tokens."""

    def __init__(self, service: Service, lasts: float = 3600.0) -> None:
        self._url, self.lasts = f"{service.url}/token", lasts

    @hookimpl
    def chimeric_credentials(self, provider: ProviderConfig) -> Iterator[Any]:
        response = yield from fetch(HTTPRequest(url=self._url, body={"grant": "mine"}))
        return Credentials(response.json()["token"], expires_at=time.time() + self.lasts)


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def service(tokens: Tokens) -> Iterator[Service]:
    with Service(token=tokens) as service:
        yield service


def in_threads(client: Chimeric, count: int, **params: Any) -> list[str | ChimericError]:
    """So many calls at the same time, each in a thread; how each ended."""
    ends: list[str | ChimericError] = []

    def ask() -> None:
        try:
            ends.append(client.generate("acme-story", "Hi", **params).content)  # type: ignore[union-attr]
        except ChimericError as error:
            ends.append(error)

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert not any(thread.is_alive() for thread in threads)
    return ends


async def in_tasks(client: Chimeric, count: int, **params: Any) -> list[str | ChimericError]:
    """So many calls at the same time, each in a task; how each ended."""
    ends: list[str | ChimericError] = []

    async def ask() -> None:
        try:
            ends.append((await client.agenerate("acme-story", "Hi", **params)).content)  # type: ignore[union-attr]
        except ChimericError as error:
            ends.append(error)

    with anyio.fail_after(SOON):
        async with anyio.create_task_group() as group:
            for _ in range(count):
                group.start_soon(ask)
    return ends


def many(client: Chimeric, mode: str, count: int = MANY, **params: Any) -> list[Any]:
    """So many calls of one client at the same time, which is closed then."""
    if mode == "sync":
        with client:
            return in_threads(client, count, **params)

    async def main() -> list[Any]:
        async with client:
            return await in_tasks(client, count, **params)

    return run_on(mode, main)


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
    client = service.client(Exchange(service), key=None)
    ends: list[Any] = []

    async def lead(scope: anyio.CancelScope) -> None:
        timeout = Timeout(total=0.2) if how == "out of time" else Timeout()
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
    ends: list[Any] = []
    with service.client(Exchange(service), key=None) as client:
        leader = threading.Thread(
            target=lambda: ends.extend(in_threads(client, 1, timeout=Timeout(total=0.25)))
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


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (Credentials("token-secret-12345", expires_at=1000.0), "have expired already"),
        ("token-secret-12345", "returned str"),
        ({"token": "token-secret-12345"}, "returned dict"),
    ],
)
def test_what_is_no_credential_is_a_clear_error_that_shows_no_key(
    service: Service, way: Way, returned: Any, words: str
) -> None:
    class Bad:
        @hookimpl
        def chimeric_credentials(self) -> Iterator[Any]:
            yield from wait(0)
            return returned

    with pytest.raises(PluginError, match=words) as caught:
        way.ask(service.client(Bad(), key=None), "Hi")
    error = caught.value
    assert (error.plugin, error.hook) == ("Bad", "chimeric_credentials")
    assert "token-secret" not in f"{error} {error!r} {error.__cause__!r}"
    assert service.chats == []


@pytest.mark.parametrize("mode", MODES)
def test_no_part_of_credentials_is_in_the_error_of_the_provider(
    service: Service, mode: str
) -> None:
    secrets = {"token-secret-12345", "session-secret-678", "header-secret-90"}

    class Brings:
        @hookimpl
        def chimeric_credentials(self) -> Credentials:
            return Credentials(
                "token-secret-12345",
                fields={"session_token": "session-secret-678"},
                headers={"x-tenant": "header-secret-90"},
            )

    def echoes(request: SeenRequest) -> list[bytes]:
        told = {**request.headers, "fields": "session-secret-678"}
        return answer({"error": {"message": str(told)}}, 400)

    service.paths["/chat"] = echoes
    with pytest.raises(ChimericError) as caught:
        Way(mode, stream=True).ask(service.client(Brings(), key=None), "Hi")
    error: Any = caught.value
    shown = f"{error} {error!r} {error.body} {error.args}"
    assert not [secret for secret in secrets if secret in shown]
    assert service.requests[-1].headers["x-tenant"] == "header-secret-90"


@pytest.mark.parametrize("mode", MODES)
def test_where_no_plugin_brings_any_the_environment_is_asked(
    service: Service, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Elsewhere:
        @hookimpl
        def chimeric_credentials(self, provider: ProviderConfig) -> Iterator[Any]:
            yield from wait(0)

    with pytest.raises(ConfigurationError, match="ACME_API_KEY"):
        Way(mode, stream=True).ask(service.client(Elsewhere(), key=None), "Hi")
    monkeypatch.setenv("ACME_API_KEY", "key-of-environment")
    Way(mode, stream=True).ask(service.client(Elsewhere(), key=None), "Hi")
    assert service.keys == ["key-of-environment"]


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
def test_a_hook_that_reads_the_user_says_whose_credentials_it_brings(
    service: Service, mode: str
) -> None:
    class Unscoped:
        @hookimpl
        def chimeric_credentials(self, context: Context) -> Iterator[Any]:
            yield from wait(0)
            return Credentials(f"token-of-{context.user}-0123")

    with pytest.raises(PluginError, match="chimeric_credentials_scope") as caught:
        Way(mode, stream=True).ask(service.client(Unscoped(), key=None), "Hi", user_context="anna")
    assert caught.value.plugin == "Unscoped"


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


@pytest.mark.parametrize("mode", MODES)
def test_scopes_keep_credentials_apart_and_one_that_is_wrong_is_named(
    service: Service, mode: str
) -> None:
    class Scoped:
        scopes: list[Any] = ["a", "b", "a", None, ("a",)]

        def __init__(self) -> None:
            self.left = list(self.scopes)
            self.asked = 0

        @hookimpl
        def chimeric_credentials_scope(self) -> Any:
            return self.left.pop(0)

        @hookimpl
        def chimeric_credentials(self) -> Iterator[Any]:
            self.asked += 1
            yield from wait(0)
            return Credentials(f"token-{self.asked}-0123456789")

    scoped = Scoped()
    with pytest.raises(PluginError, match="returned tuple from chimeric_credentials_scope"):
        Way(mode, stream=True).ask(service.client(scoped, key=None), *["Hi"] * 5)
    assert [key[:7] for key in service.keys] == ["token-1", "token-2", "token-1", "token-3"]


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


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_plugins_of_one_call_bring_no_credentials_to_another(service: Service, way: Way) -> None:
    class Brings:
        def __init__(self, token: str) -> None:
            self.token = token

        @hookimpl
        def chimeric_credentials(self, provider: ProviderConfig) -> Credentials:
            return Credentials(self.token)

    first, second = Brings("token-of-the-first-01"), Brings("token-of-the-second-2")
    calls: list[dict[str, Any]] = [{"use": [first]}, {"use": [second]}, {"use": [first]}]
    way.ask_all(service.client(key=None), calls)
    assert service.keys == [first.token, second.token, first.token]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_credentials_do_not_follow_a_base_url_of_one_call(service: Service, way: Way) -> None:
    class Brings:
        @hookimpl
        def chimeric_credentials(self, provider: ProviderConfig) -> Credentials:
            return Credentials(f"token-for-{provider.base_url.rpartition('/')[2]}-0123456789")

    calls: list[dict[str, Any]] = [{}, {"base_url": f"{service.url}/other"}, {}]
    way.ask_all(service.client(Brings(), key=None), calls)
    assert ["other" in key for key in service.keys] == [False, True, False]
