"""Where each service is asked, and as whom."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from chimeric_catalog import entry_of, names

from chimeric import ChimericError, ConfigurationError

from .service import KEY, Service, ask, client_of


def test_perplexity_is_asked_without_a_version_in_the_path() -> None:
    assert entry_of("perplexity").base_url == "https://api.perplexity.ai"


def test_huggingface_is_told_who_pays() -> None:
    request, _ = ask("huggingface", "org/Model:together", huggingface_bill_to="acme")
    assert request.headers["x-hf-bill-to"] == "acme"
    request, _ = ask("huggingface", "org/Model:together", bill_to="other")
    assert request.headers["x-hf-bill-to"] == "other"
    assert b'"org/Model:together"' in request.body


def test_snowflake_is_told_what_kind_of_token_it_is() -> None:
    request, _ = ask("snowflake", "claude-sonnet-5-5", snowflake_token_type="KEYPAIR_JWT")
    assert request.headers["x-snowflake-authorization-token-type"] == "KEYPAIR_JWT"


def test_an_account_stands_in_the_base_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWFLAKE_ACCOUNT", "acme-one")
    url = entry_of("snowflake").declare().base_url
    assert url == "https://acme-one.snowflakecomputing.com/api/v2/cortex/v1"
    assert entry_of("cloudflare").declare().base_url == ""


def test_without_an_account_the_error_names_what_to_give() -> None:
    from chimeric import Chimeric

    with Chimeric(snowflake_api_key=KEY) as client, pytest.raises(ConfigurationError) as caught:
        client.generate("snowflake:claude-sonnet-5-5", "Hi")
    assert "snowflake_base_url" in str(caught.value)


def test_an_api_that_is_not_spoken_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match="use one of chat_completions, responses"):
        ask("lmstudio", "m", api="messages")


OF_THEIR_OWN = ("watsonx", "writer")
"""Services with a path of their own, which has a test of its own."""


@pytest.mark.parametrize("name", [name for name in names() if name not in OF_THEIR_OWN])
def test_every_service_is_asked_with_its_key(name: str) -> None:
    request, told = ask(name, entry_of(name).sample)
    assert request.path.endswith("/chat/completions")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert not told


LISTS: dict[str, tuple[str, str, Any]] = {
    "github": ("/inference", "/catalog/models", [{"id": "openai/gpt-5", "publisher": "OpenAI"}]),
    "cloudflare": (
        *("/accounts/a/ai/v1", "/accounts/a/ai/models/search"),
        {"success": True, "result": [{"id": "b975", "name": "@cf/openai/gpt-oss-120b"}]},
    ),
    "watsonx": (
        *("", "/ml/v1/foundation_model_specs?version=2024-03-13"),
        {"resources": [{"model_id": "ibm/granite", "label": "granite"}]},
    ),
    "huggingface": (
        *("/v1", "/v1/models"),
        {"object": "list", "data": [{"id": "org/M", "providers": [{"provider": "together"}]}]},
    ),
    "featherless": ("/v1", "/v1/models", {"data": [{"id": "org/M", "context_length": 9}]}),
    "requesty": ("/v1", "/v1/models", {"data": [{"id": "openai/gpt-5"}]}),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_model_list_that_is_elsewhere_is_found_and_read(name: str) -> None:
    base, path, told = LISTS[name]
    with Service(msgspec.json.encode(told)) as service:
        with client_of(name, service.server.url + base) as client:
            (model,) = client.list_models(name)
        (request,) = service.server.requests
    assert request.path == path
    assert model.id in ("openai/gpt-5", "@cf/openai/gpt-oss-120b", "ibm/granite", "org/M")
    assert model.provider == name


@pytest.mark.parametrize("name", ["minimax", "snowflake", "databricks"])
def test_a_service_without_a_model_list_says_so(name: str) -> None:
    with Service() as service, client_of(name, service.server.url + "/v1") as client:
        with pytest.raises(ChimericError, match="list"):
            client.list_models(name)
        assert not service.server.requests


def test_a_workspace_gets_the_path_of_its_endpoints() -> None:
    with Service() as service, client_of("databricks", service.server.url) as client:
        client.generate("databricks:m", "Hi")
        (request,) = service.server.requests
    assert request.path == "/serving-endpoints/chat/completions"
