"""What a client tells of a model: out of one request, and what plugins know besides."""

from __future__ import annotations

import asyncio
import datetime
from typing import Any

import msgspec
import pytest
from chimeric_testing import LoopbackServer

from chimeric import (
    AuthenticationError,
    Chimeric,
    ConfigurationError,
    Endpoint,
    ModelInfo,
    NotFoundError,
    PluginError,
    Prices,
    ProviderConfig,
    ProviderNotFoundError,
    hookimpl,
)

from .listings import asked, listing

MODEL = {"id": "gpt-5.4", "object": "model", "created": 1_780_000_000, "owned_by": "openai"}
LIST = {"object": "list", "data": [MODEL, {**MODEL, "id": "gpt-5.4-mini"}]}


class Knows:
    """A plugin that knows what one model costs."""

    def __init__(self) -> None:
        self.given: list[tuple[ModelInfo, ProviderConfig]] = []

    @hookimpl
    def chimeric_model_info(self, info: ModelInfo, provider: ProviderConfig) -> ModelInfo | None:
        self.given.append((info, provider))
        if info.id != "gpt-5.4":
            return None
        return msgspec.structs.replace(info, prices=Prices(input=1.0, output=4.0))


def client(server: LoopbackServer, *plugins: Any, **options: Any) -> Chimeric:
    given: dict[str, Any] = {"openai_api_key": "sk-12345678", "disable_plugins": ["cost"]}
    return Chimeric(
        openai_base_url=server.url, plugins=plugins, max_retries=0, **{**given, **options}
    )


def test_the_provider_is_asked_for_one_model_in_one_request() -> None:
    with listing({"/v1/models/gpt-5.4": {**MODEL, "shutdown_date": "2027-03-01"}}) as server:
        with client(server) as ours:
            info = ours.model_info("gpt-5.4")
    assert asked(server) == ["GET /v1/models/gpt-5.4"]
    assert server.requests[0].headers["authorization"] == "Bearer sk-12345678"
    assert (info.id, info.provider, info.created) == ("gpt-5.4", "openai", 1_780_000_000)
    assert info.retires == datetime.date(2027, 3, 1)
    assert info.sources == {"created": "openai", "retires": "openai"}
    assert info.native["owned_by"] == "openai"


def test_what_nobody_tells_is_none() -> None:
    with listing({"/v1/models/gpt-5.4": MODEL}) as server, client(server) as ours:
        info = ours.model_info("openai:gpt-5.4")
    unknown = {name for name in ModelInfo.__struct_fields__ if getattr(info, name) is None}
    assert unknown == {
        *("name", "context_window", "max_output_tokens", "input_modalities", "output_modalities"),
        *("capabilities", "lacks", "prices", "deprecated", "retires"),
    }


def test_the_asynchronous_client_tells_the_same() -> None:
    async def told(server: LoopbackServer) -> ModelInfo:
        async with client(server) as ours:
            return await ours.amodel_info("gpt-5.4")

    with listing({"/v1/models/gpt-5.4": MODEL}) as server:
        with client(server) as ours:
            assert asyncio.run(told(server)) == ours.model_info("gpt-5.4")


@pytest.mark.parametrize("status", [400, 404, 405])
def test_where_one_model_cannot_be_asked_for_the_list_is_searched(status: int) -> None:
    with listing({"/v1/models": LIST}, status) as server, client(server) as ours:
        assert ours.model_info("gpt-5.4-mini").created == 1_780_000_000
    assert asked(server) == ["GET /v1/models/gpt-5.4-mini", "GET /v1/models"]


def test_a_model_that_is_not_there_is_an_error_with_near_names() -> None:
    with listing({"/v1/models": LIST}) as server, client(server, Knows()) as ours:
        with pytest.raises(
            NotFoundError, match=r"lists no model 'gpt-5\.5'; it has gpt-5\.4, gpt"
        ) as told:
            ours.model_info("gpt-5.5")
    assert (told.value.provider, told.value.model, told.value.partial) == (
        "openai",
        "gpt-5.5",
        None,
    )


def test_a_model_like_none_of_the_list_is_an_error_with_the_first_of_it() -> None:
    with listing({"/v1/models": LIST}) as server, client(server) as ours:
        with pytest.raises(NotFoundError, match=r"'zzz'; it has gpt-5\.4"):
            ours.model_info("openai:zzz")


def test_plugins_add_what_they_know_and_are_named() -> None:
    knows = Knows()
    with listing({"/v1/models/gpt-5.4": MODEL}) as server, client(server, knows) as ours:
        info = ours.model_info("gpt-5.4")
        assert ours.hook_order()["chimeric_model_info"] == (info.sources["prices"],)
    assert info.prices == Prices(input=1.0, output=4.0)
    assert info.sources["created"] == "openai"
    (given, config), *_ = knows.given
    assert (given.prices, given.created, config.base_url) == (
        None,
        info.created,
        f"{server.url}/v1",
    )


def test_without_a_key_it_is_told_what_plugins_know() -> None:
    with listing({}) as server, client(server, Knows(), openai_api_key=None) as ours:
        info = ours.model_info("gpt-5.4")
        assert set(info.sources) == {"prices"}
        with pytest.raises(ConfigurationError, match="openai needs an API key"):
            ours.model_info("gpt-5.4-mini")
    assert asked(server) == []


def test_a_model_that_only_a_plugin_knows_is_told() -> None:
    with listing({"/v1/models": {"data": [{"id": "other"}]}}) as server:
        with client(server, Knows()) as ours:
            assert ours.model_info("gpt-5.4").prices is not None


def test_a_refused_key_is_an_error_whatever_plugins_know() -> None:
    with listing({}, 401) as server, client(server, Knows()) as ours:
        with pytest.raises(AuthenticationError) as told:
            ours.model_info("gpt-5.4")
    assert told.value.model == "gpt-5.4"
    assert "sk-12345678" not in f"{told.value}{told.value.body}"


def test_a_provider_without_a_list_tells_nothing_and_that_is_no_error() -> None:
    with listing({}) as server:
        with Chimeric(
            minimax_base_url=server.url, minimax_api_key="k", disable_plugins=["cost"]
        ) as ours:
            info = ours.model_info("minimax:MiniMax-M3")
    assert info == ModelInfo(id="MiniMax-M3", provider="minimax")
    assert asked(server) == []


def test_a_deployment_of_azure_is_not_looked_for_in_the_list() -> None:
    with listing({}) as server:
        with Chimeric(
            azure_base_url=server.url, azure_api_key="k", disable_plugins=["cost"]
        ) as ours:
            assert ours.model_info("azure:ours") == ModelInfo(id="ours", provider="azure")
    assert asked(server) == []


def test_an_endpoints_model_is_asked_for_there() -> None:
    with listing({"/v1/models": {"data": [{"id": "m", "max_model_len": 4096}]}}) as server:
        with Chimeric(endpoints={"local": Endpoint("compatible", base_url=server.url)}) as ours:
            assert ours.model_info("local:m").context_window == 4096
            assert ours.model_info("m", provider="local").context_window == 4096


def test_a_model_that_no_provider_serves_is_told_as_for_a_call() -> None:
    with Chimeric() as ours, pytest.raises(ProviderNotFoundError):
        ours.model_info("no-such-model-anywhere")


def test_a_plugin_that_tells_something_else_is_named() -> None:
    class Wrong:
        @hookimpl
        def chimeric_model_info(self) -> Any:
            return {"prices": 3}

    with listing({"/v1/models/gpt-5.4": MODEL}) as server, client(server, Wrong()) as ours:
        with pytest.raises(PluginError, match="returned dict from chimeric_model_info; return a"):
            ours.model_info("gpt-5.4")


def test_a_body_that_is_no_model_is_an_error() -> None:
    with listing({"/v1/models/gpt-5.4": ["?"]}) as server, client(server) as ours:
        with pytest.raises(Exception, match="openai") as told:
            ours.model_info("gpt-5.4")
    assert type(told.value).__name__ == "ProtocolError"
