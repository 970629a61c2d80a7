"""``chimeric_credentials``: whose they are, and what is none; no error shows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_testing import SeenRequest

from chimeric import (
    ChimericError,
    ConfigurationError,
    Context,
    Credentials,
    PluginError,
    ProviderConfig,
    hookimpl,
    wait,
)

from .acme import Service, answer
from .modes import MODES, WAYS, Way


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
