"""Endpoints: one provider at several places, by names of the caller's."""

from __future__ import annotations

from typing import Any

import pytest

from chimeric import (
    Chimeric,
    ChimericError,
    ConfigurationError,
    Context,
    Endpoint,
    NotFoundError,
    ProviderNotFoundError,
    Request,
    ServerError,
    hookimpl,
)

from .servers import answering, failing, keys_of, refusing


class Watch:
    """Notes where calls go, and goes on with another model."""

    def __init__(self, other: str | None = None) -> None:
        self.seen: list[tuple[str, str]] = []
        self._other = other

    @hookimpl
    def chimeric_stream_started(self, context: Context) -> None:
        self.seen.append((context.provider, context.endpoint))

    @hookimpl
    def chimeric_recover(self, error: ChimericError, context: Context) -> Request | None:
        if self._other is None or context.endpoint != "one":
            return None
        return context.request.replace(model=self._other, provider=None)


def test_two_endpoints_of_one_provider_have_their_own_key_url_headers_and_options() -> None:
    watch = Watch()
    with answering() as one, answering() as two:
        chat = {"api": "chat_completions"}
        endpoints = {
            "one": Endpoint("openai", base_url=one.url, api_key="sk-1", options=chat),
            "two": Endpoint(
                "openai",
                base_url=f"{two.url}/gw",
                api_key="sk-2",
                headers={"x-team": "blue"},
                options={**chat, "organization": "org-2"},
            ),
        }
        with Chimeric(endpoints=endpoints, plugins=[watch]) as client:
            client.generate("one:gpt-4o", "Hi")
            client.generate("two:ft:gpt-4o", "Hi")
            client.generate("gpt-4o", "Hi", provider="two")
    assert keys_of(one.requests[0]) == ["Bearer sk-1"]
    assert "x-team" not in one.requests[0].headers
    first, second = two.requests
    assert keys_of(first) == ["Bearer sk-2"]
    assert (first.path, first.headers["x-team"]) == ("/gw/chat/completions", "blue")
    assert first.headers["openai-organization"] == "org-2"
    assert first.json()["model"] == "ft:gpt-4o"
    assert second.json()["model"] == "gpt-4o"
    assert watch.seen == [("openai", "one"), ("openai", "two"), ("openai", "two")]


def test_errors_know_the_endpoint() -> None:
    with refusing() as server:
        endpoint = Endpoint("compatible", base_url=server.url)
        with Chimeric(endpoints={"local": endpoint}) as client:
            with pytest.raises(NotFoundError) as caught:
                client.generate("local:m", "Hi")
            with pytest.raises(NotFoundError) as listed:
                client.list_models("local")
    error = caught.value
    assert (error.endpoint, error.provider, error.model) == ("local", "compatible", "m")
    assert "endpoint=local" in str(error)
    assert listed.value.endpoint == "local"


def test_retries_and_recovery_know_the_endpoint() -> None:
    watch = Watch("two:m")
    with failing() as one, answering() as two:
        endpoints = {
            "one": Endpoint("compatible", base_url=one.url, api_key="sk-1"),
            "two": Endpoint("compatible", base_url=two.url),
        }
        with Chimeric(endpoints=endpoints, plugins=[watch]) as client:
            client.generate("one:m", "Hi", max_retries=1)
    assert [keys_of(seen) for seen in one.requests] == [["Bearer sk-1"]] * 2
    assert [keys_of(seen) for seen in two.requests] == [[]]
    assert watch.seen == [("compatible", "two")]


def test_a_request_that_a_plugin_offers_again_goes_to_the_same_endpoint() -> None:
    class Once:
        @hookimpl
        def chimeric_recover(self, error: ChimericError, context: Context) -> Request | None:
            first = context.state.setdefault("again", error) is error
            return context.request if first else None

    with failing() as one:
        endpoint = Endpoint("compatible", base_url=one.url)
        with Chimeric(endpoints={"one": endpoint}, plugins=[Once()], max_retries=0) as client:
            with pytest.raises(ServerError) as caught:
                client.generate("one:m", "Hi")
    assert len(one.requests) == 2
    assert caught.value.endpoint == "one"


def test_the_key_of_the_environment_goes_to_an_endpoint_of_its_origin_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "sk-environment")
    with answering() as server, answering() as other:
        monkeypatch.setenv("GROQ_BASE_URL", server.url)
        endpoints = {
            "same": Endpoint("groq", base_url=f"{server.url}/gw"),
            "other": Endpoint("groq", base_url=other.url),
        }
        with Chimeric(endpoints=endpoints) as client:
            client.generate("same:m", "Hi")
            with pytest.raises(
                ConfigurationError, match=r"GROQ_API_KEY.*a key of its own"
            ) as caught:
                client.generate("other:m", "Hi")
    assert server.requests[0].path == "/gw/openai/v1/chat/completions"
    assert keys_of(server.requests[0]) == ["Bearer sk-environment"]
    assert caught.value.endpoint == "other"
    assert not other.requests


@pytest.mark.parametrize("name", ["openai", "gemini", "xai", "sim"])
def test_the_name_of_an_installed_provider_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="an endpoint cannot be named"):
        Chimeric(endpoints={name: Endpoint("compatible", base_url="http://127.0.0.1:9")})


@pytest.mark.parametrize(
    ("endpoints", "text"),
    [
        ({"eu": Endpoint("opnai")}, "did you mean 'openai'"),
        ({"e:u": Endpoint("openai")}, "cannot name an endpoint"),
        ({"": Endpoint("openai")}, "cannot name an endpoint"),
        ({"eu": "openai"}, "must be an Endpoint"),
        (["eu"], "must be a dict"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused(endpoints: Any, text: str) -> None:
    with pytest.raises(ConfigurationError, match=text):
        Chimeric(endpoints=endpoints)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"provider": ""}, "a provider's name"),
        ({"provider": "openai", "api_key": 3}, "api_key of an endpoint"),
        ({"provider": "openai", "base_url": b"http://h"}, "base_url of an endpoint"),
        ({"provider": "openai", "headers": "x: y"}, "headers of an endpoint"),
    ],
)
def test_an_argument_of_a_wrong_type_is_refused(arguments: Any, text: str) -> None:
    with pytest.raises(ConfigurationError, match=text):
        Endpoint(**arguments)


def test_an_option_that_the_provider_does_not_have_is_told() -> None:
    endpoint = Endpoint("groq", api_key="sk", options={"region": "eu"})
    with Chimeric(endpoints={"eu": endpoint}) as client:
        with pytest.raises(ConfigurationError, match="groq has no option 'region'"):
            client.generate("eu:m", "Hi")


def test_a_misspelt_endpoint_is_told_the_nearest_one() -> None:
    with Chimeric(endpoints={"frankfurt": Endpoint("sim")}) as client:
        with pytest.raises(ProviderNotFoundError, match="did you mean 'frankfurt'"):
            client.generate("frankfrt:m", "Hi")


def test_an_endpoint_shows_no_key() -> None:
    endpoint = Endpoint("openai", base_url="https://eu.example/v1", api_key="sk-secret-0123456789")
    assert "sk-secret" not in f"{endpoint!r} {endpoint.api_key!r}"
