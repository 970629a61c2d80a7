"""Tokens of Entra ID: of azure-identity and of callables, asked for once by all who need one."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

import pytest
from chimeric_azure import entra
from chimeric_testing import LoopbackServer, Pause, SeenRequest, Step

from chimeric import AuthenticationError, Chimeric, ChimericError, ConfigurationError, Endpoint

from .resource import KEY, Resource

MANY = 50
SCOPE = "https://cognitiveservices.azure.com/.default"


class AccessToken(NamedTuple):
    """As azure-core has it."""

    token: str
    expires_on: int


class Login:
    """A credential that takes its time, counts, and gives tokens that last so many seconds."""

    def __init__(self, *lasts: float, seconds: float = 0.3) -> None:
        self._lasts, self._seconds = list(lasts) or [3600.0], seconds
        self.scopes: list[str] = []

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        self.scopes += scopes
        time.sleep(self._seconds)
        lasts = self._lasts[min(len(self.scopes), len(self._lasts)) - 1]
        return AccessToken(f"token-{len(self.scopes)}-0123456789", int(time.time() + lasts))


class AsyncLogin:
    """The same for event loops."""

    def __init__(self) -> None:
        self.asked = 0

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        self.asked += 1
        await asyncio.sleep(0.1)
        return AccessToken(f"token-{self.asked}-0123456789", int(time.time() + 3600))


def jwt(seconds: float) -> str:
    """A token that says when it ends."""
    claims = json.dumps({"exp": int(time.time() + seconds)}).encode()
    middle = base64.urlsafe_b64encode(claims).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{middle}.c2ln"


def bearers(resource: Resource) -> list[str]:
    return [request.headers.get("authorization", "") for request in resource.server.requests]


def in_threads(client: Chimeric, count: int = MANY) -> list[str]:
    ends: list[str] = []

    def call() -> None:
        try:
            answer: Any = client.generate("azure:gpt-5.4", "Hi")
            ends.append(answer.content)
        except ChimericError as error:
            ends.append(str(error))

    threads = [threading.Thread(target=call) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return ends


async def in_tasks(client: Chimeric, count: int = MANY) -> list[str]:
    answers: list[Any] = await asyncio.gather(
        *(client.agenerate("azure:gpt-5.4", "Hi") for _ in range(count))
    )
    return [answer.content for answer in answers]


def test_fifty_threads_with_an_expiring_token_refresh_it_once() -> None:
    login = Login(36.0, 3600.0)  # the first is not used in its last 30 seconds
    with Resource() as resource:
        with Chimeric(azure_base_url=resource.url, azure_credential=login) as client:
            assert in_threads(client) == ["ok"] * MANY
            assert len(login.scopes) == 1
            time.sleep(6.2)
            assert in_threads(client) == ["ok"] * MANY
        assert login.scopes == [SCOPE, SCOPE]
        sent = bearers(resource)
    assert sent.count("Bearer token-1-0123456789") == MANY
    assert sent.count("Bearer token-2-0123456789") == MANY


def test_fifty_tasks_with_an_expiring_token_refresh_it_once() -> None:
    login = Login(36.0, 3600.0)

    async def main(resource: Resource) -> None:
        async with Chimeric(azure_base_url=resource.url, azure_credential=login) as client:
            assert await in_tasks(client) == ["ok"] * MANY
            await asyncio.sleep(6.2)
            assert await in_tasks(client) == ["ok"] * MANY

    with Resource() as resource:
        asyncio.run(main(resource))
        assert login.scopes == [SCOPE, SCOPE]
        assert len(set(bearers(resource))) == 2


def test_a_token_that_the_service_refuses_is_renewed_once_by_all() -> None:
    login = Login()

    def judge(request: SeenRequest) -> int:
        return 401 if "token-1-" in request.headers["authorization"] else 200

    with Resource(judge=judge) as resource:
        with Chimeric(azure_base_url=resource.url, azure_credential=login) as client:
            assert in_threads(client) == ["ok"] * MANY
        assert len(login.scopes) == 2


def test_a_fresh_token_that_is_refused_is_not_asked_for_again_and_again() -> None:
    login = Login(seconds=0.0)
    with Resource(b"", 401) as resource:
        client = Chimeric(azure_base_url=resource.url, azure_credential=login)
        with client, pytest.raises(AuthenticationError, match="role 'Cognitive Services"):
            client.generate("azure:gpt-5.4", "Hi")
        assert len(resource.server.requests) == 2
    assert len(login.scopes) == 2


def test_an_async_credential_is_awaited_and_in_a_blocking_call_it_is_told() -> None:
    login = AsyncLogin()

    async def main(resource: Resource) -> None:
        async with Chimeric(azure_base_url=resource.url, azure_credential=login) as client:
            assert await in_tasks(client, 5) == ["ok"] * 5

    with Resource() as resource:
        asyncio.run(main(resource))
        assert login.asked == 1
        client = Chimeric(azure_base_url=resource.url, azure_credential=login)
        with client, pytest.raises(ChimericError, match="coroutine function"):
            client.generate("azure:gpt-5.4", "Hi")


@pytest.mark.parametrize("lasts", [3600, None])
def test_any_callable_will_do_and_what_it_returns_is_kept_as_long_as_it_says(
    lasts: float | None,
) -> None:
    asked: list[str] = []

    def provider() -> str:
        asked.append(jwt(lasts) if lasts else f"opaque-token-{len(asked)}")
        return asked[-1]

    with Resource() as resource:
        with Chimeric(azure_base_url=resource.url, azure_credential=provider) as client:
            client.generate("azure:gpt-5.4", "Hi")
            client.generate("azure:gpt-5.4", "Hi")
        assert bearers(resource) == [f"Bearer {token}" for token in (asked[0], asked[-1])]
    assert len(asked) == (1 if lasts else 2)


def test_an_async_callable_will_do_too() -> None:
    async def provider() -> str:
        return jwt(3600)

    async def main(resource: Resource) -> None:
        async with Chimeric(azure_base_url=resource.url, azure_credential=provider) as client:
            assert await in_tasks(client, 3) == ["ok"] * 3

    with Resource() as resource:
        asyncio.run(main(resource))
        assert len(set(bearers(resource))) == 1


def test_each_endpoint_and_call_has_the_token_of_its_own_credential() -> None:
    with Resource() as resource:
        mine, theirs = (lambda: jwt(3600)), (lambda: jwt(7200))
        endpoint = Endpoint("azure", base_url=resource.url, options={"credential": theirs})
        client = Chimeric(
            azure_base_url=resource.url, azure_credential=mine, endpoints={"theirs": endpoint}
        )
        with client:
            client.generate("azure:gpt-5.4", "Hi")
            client.generate("theirs:gpt-5.4", "Hi")
            client.generate("azure:gpt-5.4", "Hi", credential=lambda: "of-this-call-0123")
            client.generate("azure:gpt-5.4", "Hi")
        first, second, third, fourth = bearers(resource)
    assert len({first, second, third}) == 3
    assert third == "Bearer of-this-call-0123"
    assert fourth == first


def test_a_credential_wins_over_a_key_of_the_environment_and_loses_to_a_given_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "key-of-the-environment-0123")
    login = Login(seconds=0.0)
    with Resource() as resource:
        with Chimeric(azure_base_url=resource.url, azure_credential=login) as client:
            client.generate("azure:gpt-5.4", "Hi")
            client.generate("azure:gpt-5.4", "Hi", api_key=KEY)
        first, second = resource.server.requests
    assert first.headers["authorization"] == "Bearer token-1-0123456789"
    assert "api-key" not in first.headers
    assert second.headers["api-key"] == KEY
    assert "authorization" not in second.headers


def test_the_scope_can_be_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    login = Login(seconds=0.0)
    with Resource() as resource, Chimeric(azure_base_url=resource.url) as client:
        asked = {"credential": login}
        client.generate("azure:gpt-5.4", "Hi", scope="https://ai.azure.com/.default", **asked)
        monkeypatch.setenv("AZURE_SCOPE", "https://cognitiveservices.azure.us/.default")
        client.generate("azure:gpt-5.4", "Hi", **asked)
    assert login.scopes == [
        "https://ai.azure.com/.default",
        "https://cognitiveservices.azure.us/.default",
    ]


def test_what_is_no_credential_and_what_is_no_token_are_told() -> None:
    for credential, told in (
        (42, "must be a credential of azure-identity or a callable"),
        (lambda: None, "must return a token, not NoneType"),
        (lambda: "", "must return a token, not str"),
    ):
        client = Chimeric(azure_base_url="https://r.openai.azure.com", azure_credential=credential)
        with client, pytest.raises(ConfigurationError, match=told):
            client.generate("azure:gpt-5.4", "Hi")


def test_a_token_that_has_expired_is_not_sent() -> None:
    with Resource() as resource:
        for credential in (Login(-5.0, seconds=0.0), lambda: jwt(-5)):
            client = Chimeric(azure_base_url=resource.url, azure_credential=credential)
            with client, pytest.raises(AuthenticationError, match="has expired already"):
                client.generate("azure:gpt-5.4", "Hi")
        assert not resource.server.requests


def test_a_login_that_fails_is_an_error_of_authentication_with_the_next_step() -> None:
    def fails() -> str:
        raise RuntimeError("AADSTS7000222: the client secret has expired")

    client = Chimeric(azure_base_url="https://r.openai.azure.com", azure_credential=fails)
    with client, pytest.raises(AuthenticationError, match="AADSTS7000222") as raised:
        client.generate("azure:gpt-5.4", "Hi")
    assert "az login" in str(raised.value)
    assert SCOPE in str(raised.value)


class Identity:
    """The managed identity of an App Service, which azure-identity asks for tokens."""

    def __init__(self, status: int = 200) -> None:
        self._status = status
        self.server = LoopbackServer(self._answer)

    def _answer(self, request: SeenRequest) -> Iterator[Step]:
        yield Pause(0.3)
        told: dict[str, Any] = {"error": "invalid_request", "error_description": "no identity"}
        if self._status == 200:
            ends = str(int(time.time()) + 3600)
            told = {"access_token": jwt(3600), "expires_on": ends, "token_type": "Bearer"}
        body = json.dumps({**told, "resource": "r"}).encode()
        head = f"HTTP/1.1 {self._status} X\r\ncontent-type: application/json\r\n"
        yield f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


@pytest.fixture
def managed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Identity]:
    """The default chain finds a managed identity."""
    pytest.importorskip("azure.identity", reason="the extra is not installed")
    identity = Identity()
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{identity.server.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "header-of-the-identity")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    entra._chain.cache_clear()
    yield identity
    entra._chain.cache_clear()
    identity.server.close()


def test_without_a_key_the_default_credential_is_asked_once_for_fifty_threads(
    managed: Identity,
) -> None:
    with Resource() as resource:
        with Chimeric(azure_base_url=resource.url) as client:
            assert in_threads(client) == ["ok"] * MANY
        assert len(managed.server.requests) == 1
        assert len(set(bearers(resource))) == 1
    asked = unquote(managed.server.requests[0].path)
    assert asked.endswith("resource=https://cognitiveservices.azure.com")


def test_the_default_credential_serves_event_loops_too(managed: Identity) -> None:
    async def main(resource: Resource) -> None:
        async with Chimeric(azure_base_url=resource.url) as client:
            assert await in_tasks(client) == ["ok"] * MANY

    with Resource() as resource:
        asyncio.run(main(resource))
    assert len(managed.server.requests) == 1


def test_the_default_credential_is_for_the_clients_own_resource_alone(managed: Identity) -> None:
    with Resource() as mine, Resource() as other:
        endpoints = {"other": Endpoint("azure", base_url=other.url)}
        with Chimeric(azure_base_url=mine.url, endpoints=endpoints) as client:
            client.generate("azure:gpt-5.4", "Hi")
            with pytest.raises(ConfigurationError, match="needs an API key"):
                client.generate("other:gpt-5.4", "Hi")
        assert not other.server.requests


def test_an_identity_that_is_refused_tells_how_to_sign_in(managed: Identity) -> None:
    managed._status = 400
    client = Chimeric(azure_base_url="https://r.openai.azure.com")
    with client, pytest.raises(ConfigurationError, match="az login"):
        client.generate("azure:gpt-5.4", "Hi")


def test_without_key_and_azure_identity_it_is_said_what_to_set_or_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "azure.identity", None)  # as if it were not installed
    entra._chain.cache_clear()
    client = Chimeric(azure_base_url="https://r.openai.azure.com")
    with client, pytest.raises(ConfigurationError, match="azure found no key and no token") as told:
        client.generate("azure:gpt-5.4", "Hi")
    for step in ("AZURE_OPENAI_API_KEY", "azure_api_key=", 'pip install "chimeric-azure[entra]"'):
        assert step in str(told.value)


def test_other_providers_do_not_ask_for_azures_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPATIBLE_API_KEY", KEY)
    login = Login(seconds=0.0)
    with Resource() as resource:
        said = {"azure_base_url": resource.url, "base_url": resource.url}
        with Chimeric(**said, azure_credential=login) as client:
            client.generate("azure:gpt-5.4", "Hi")
            client.generate("compatible:mine", "Hi")
        assert bearers(resource) == ["Bearer token-1-0123456789", f"Bearer {KEY}"]
    assert len(login.scopes) == 1
