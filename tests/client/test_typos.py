"""Parameters that nobody can have meant, and those that only look like it."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from chimeric import (
    Chimeric,
    ConfigurationError,
    ProviderNotFoundError,
    TranslationWarning,
    UnknownParameterError,
)

from .servers import answering


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("temprature", "temperature"),
        ("temperture", "temperature"),
        ("max_token", "max_tokens"),
        ("tpo_p", "top_p"),
        ("sotp", "stop"),
        ("seeed", "seed"),
        ("tool", "tools"),
        ("massages", "messages"),
        ("extra_header", "extra_headers"),
        ("apikey", "api_key"),
        ("headers", "extra_headers"),
        ("api_base", "base_url"),
        ("openai_api_key", "api_key"),
        ("http_client", "Chimeric()"),
        ("plugins", "Chimeric()"),
        ("default_headers", "extra_headers"),
        ("strict", "Chimeric()"),
        ("top_k", "top_p"),
    ],
)
def test_a_misspelt_parameter_is_an_error_that_names_it(name: str, meant: str) -> None:
    with answering() as server, Chimeric(openai_base_url=server.url, openai_api_key="k") as client:
        with pytest.raises(UnknownParameterError) as caught:
            client.generate("openai:gpt-4o", "Hi", **{name: 1})
    assert repr(name) in str(caught.value)
    assert meant in str(caught.value)
    assert isinstance(caught.value, ConfigurationError)
    assert isinstance(caught.value, TypeError)
    assert not server.requests


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("openai", "user"),
        ("openai", "prompt"),
        ("openai", "max_completion_tokens"),
        ("anthropic", "stop_sequences"),
        ("anthropic", "top_k"),
        ("openrouter", "models"),
        ("openrouter", "top_a"),
        ("openrouter", "plugins"),
        ("compatible", "top_k"),
        ("compatible", "min_p"),
        ("compatible", "repetition_penalty"),
        ("mistral", "top_k"),
        ("ollama", "top_k"),
        ("google", "stopSequences"),
        ("cohere", "stop_sequences"),
    ],
)
def test_a_name_of_the_providers_protocol_passes(provider: str, name: str) -> None:
    with Chimeric() as client:
        plugin = client._engine.find(provider)
        assert name in plugin.declaration.params
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            client._engine.call("m", "Hi", False, None, True, False, provider, {name: 1})


def test_every_provider_of_ours_declares_the_user() -> None:
    with Chimeric() as client:
        for plugin in client._engine.registry.load_providers():
            assert "user" in plugin.declaration.params, plugin.name


@pytest.mark.parametrize("name", ["n", "metadata", "frobnicate", "x_own", "top_logprobs"])
def test_what_is_like_nothing_travels(name: str) -> None:
    with answering() as server, Chimeric(base_url=server.url) as client:
        client.generate("compatible:m", "Hi", **{name: 1})
    assert server.requests[0].json()[name] == 1


def test_where_nothing_routes_it_is_a_warning() -> None:
    with Chimeric() as client:
        with pytest.warns(TranslationWarning, match="did you mean 'temperature'"):
            with pytest.raises(ProviderNotFoundError):
                client.generate("nobodys-model", "Hi", temprature=1)


def test_a_provider_of_the_first_api_gets_a_warning(old_provider: Any) -> None:
    with Chimeric(plugins=[old_provider]) as client:
        with pytest.warns(TranslationWarning, match="did you mean 'temperature'"):
            client._engine.call("old:m", "Hi", False, None, True, False, None, {"temprature": 1})


@pytest.fixture
def old_provider() -> Any:
    from chimeric import HTTPRequest, Provider, hookimpl

    class Old:
        name = "old"
        chimeric_api = 1

        @hookimpl
        def chimeric_provider(self) -> Provider:
            return Provider(name="old", base_url="http://127.0.0.1:9", key_required=False)

        @hookimpl
        def chimeric_build_request(self, request: Any, provider: Any) -> HTTPRequest:
            return HTTPRequest(url=provider.base_url)

        @hookimpl
        def chimeric_parse_event(self, event: Any) -> None: ...

        @hookimpl
        def chimeric_parse_response(self, response: Any) -> None: ...

    return Old()


def test_a_text_that_cannot_be_sent_is_named_as_such(sim):
    with (
        Chimeric(base_url=sim.base_url("openai"), api_key="any") as client,
        pytest.raises(ConfigurationError, match=r"lone surrogate \('\\udc80' at character 1\)"),
    ):
        client.generate("compatible:echo", "a\udc80b")
