"""Where requests go, with which credential, and what of them fits the model behind a name."""

from __future__ import annotations

import sys
from typing import Any

import chimeric_azure
import pytest
from chimeric_azure import entra

from chimeric import (
    Chimeric,
    ConfigurationError,
    FilePart,
    HTTPRequest,
    Message,
    ModelNotSupportedError,
    ProviderConfig,
    RateLimitError,
    Request,
    Secret,
    TranslationWarning,
)

from .resource import KEY, Resource, ask, sse

BEARER = {"authorization": f"Bearer {KEY}"}
HEADERS = ("api-key", "authorization", "x-api-key")
TOKEN = "eyJhbGciOiJub25lIn0.eyJleHAiOjk5OTk5OTk5OTl9.c2ln"


def built(base_url: str, model: str = "gpt-5.4", query: str = "", **options: Any) -> str:
    """The URL that a request goes to."""
    provider = ProviderConfig(
        name="azure",
        base_url=base_url,
        declaration=chimeric_azure.chimeric_provider(),
        query=query,
        options=options,
    )
    request = Request(model=model, messages=(Message("user", "Hi"),), options=options)
    return chimeric_azure.chimeric_build_request(request, provider).url


R = "https://r.openai.azure.com"
S = "https://r.services.ai.azure.com"
DATED = {"api_version": "2024-10-21"}
PREVIEW = {"api_version": "2025-04-01-preview"}
RESPONSES = {"api": "responses"}

PLACES: dict[str, tuple[str, dict[str, Any]]] = {
    f"{R}/openai/v1/chat/completions": (R, {}),
    f"{R}/openai/v1/chat/completions?api-version=preview": (R, {"api_version": "preview"}),
    f"{R}/openai/v1/responses": (R, RESPONSES),
    f"{S}/openai/v1/chat/completions": (f"{S}/openai/v1", {}),
    f"{S}/gateway/openai/v1/chat/completions": (f"{S}/gateway", {}),
    f"{R}/openai/deployments/gpt-5.4/chat/completions?api-version=2024-10-21": (R, DATED),
    f"{S}/openai/deployments/gpt-5.4/chat/completions?api-version=2024-10-21": (
        f"{S}/openai",
        DATED,
    ),
    f"{R}/openai/responses?api-version=2025-04-01-preview": (R, {**PREVIEW, **RESPONSES}),
    f"{R}/openai/deployments/mine/chat/completions?api-version=2024-10-21": (
        f"{R}/openai/deployments/mine",
        {**DATED, "model": "mine"},
    ),
    f"{S}/openai/responses?api-version=2025-04-01-preview": (
        f"{S}/openai/deployments/mine",
        {**PREVIEW, **RESPONSES},
    ),
    f"{S}/models/chat/completions?api-version=2024-05-01-preview": (f"{S}/models", {}),
    "https://n.eastus.models.ai.azure.com/v1/chat/completions": (
        "https://n.eastus.models.ai.azure.com",
        {},
    ),
    f"{S}/anthropic/v1/messages": (S, {"model": "claude-sonnet-4-5"}),
    f"{S}/x/anthropic/v1/messages": (f"{S}/x/openai/v1", {"api": "messages", "model": "mine"}),
    f"{S}/y/anthropic/v1/messages": (f"{S}/y/anthropic", {"model": "mine", "family": "claude-x"}),
    f"{S}/z/anthropic/v1/messages": (f"{S}/z/anthropic/v1", {"api": "messages"}),
}


@pytest.mark.parametrize("url", PLACES)
def test_the_base_url_and_the_version_tell_which_surface_it_is(url: str) -> None:
    base_url, options = PLACES[url]
    assert built(base_url, **options) == url


def test_a_version_in_the_query_of_the_base_url_is_not_sent_twice() -> None:
    url = built(R, query="api-version=2024-10-21")
    assert url == f"{R}/openai/deployments/gpt-5.4/chat/completions"
    seen = ask("?api-version=2024-10-21")
    assert seen.path == "/openai/deployments/gpt-5.4/chat/completions?api-version=2024-10-21"


def test_a_deployments_name_stays_in_its_place_in_the_path() -> None:
    assert "/deployments/a%2Fb%3Fc/chat" in built(R, model="a/b?c", **DATED)
    with pytest.raises(ConfigurationError, match="would change"):
        built(R, model="../keys", **DATED)


def test_the_version_of_the_environment_counts_but_not_on_a_url_of_v1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_VERSION", "2024-10-21")
    assert built(R).endswith("/openai/deployments/gpt-5.4/chat/completions?api-version=2024-10-21")
    assert built(f"{R}/openai/v1") == f"{R}/openai/v1/chat/completions"
    assert built(R, api_version="v1") == f"{R}/openai/v1/chat/completions?api-version=v1"


FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "takes no dated api_version": (f"{R}/openai/v1", DATED),
    "no api_version 'soon'": (R, {"api_version": "soon"}),
    "needs an API version: pass azure_api_version": (f"{R}/openai/deployments/d", {}),
    "use 2025-03-01-preview or later, or the v1 API": (R, {**DATED, **RESPONSES}),
    "no Responses API: give the base URL without /models": (f"{S}/models", RESPONSES),
    "speaks Messages: pass api='messages'": (f"{S}/anthropic", {"model": "mine"}),
    "the same resource at https://r.services.ai.azure.com": (R, {"model": "claude-opus-4-5"}),
    "no api 'completions'; use one of": (R, {"api": "completions"}),
}


@pytest.mark.parametrize("told", FAULTS)
def test_what_does_not_go_together_is_told_before_anything_is_sent(told: str) -> None:
    base_url, options = FAULTS[told]
    with pytest.raises(ConfigurationError, match=told):
        built(base_url, **options)


@pytest.mark.parametrize(
    ("model", "key", "header", "value"),
    [
        ("gpt-5.4", KEY, "api-key", KEY),
        ("gpt-5.4", TOKEN, "authorization", f"Bearer {TOKEN}"),
        ("claude-sonnet-4-5", KEY, "x-api-key", KEY),
        ("claude-sonnet-4-5", TOKEN, "authorization", f"Bearer {TOKEN}"),
    ],
)
def test_one_header_carries_the_key_or_the_token(
    model: str, key: str, header: str, value: str
) -> None:
    sent = ask(model=model, azure_api_key=key).headers
    assert {name: sent[name] for name in HEADERS if name in sent} == {header: value}


@pytest.mark.parametrize("name", ["AZURE_OPENAI_API_KEY", "AZURE_API_KEY", "AZURE_OPENAI_AD_TOKEN"])
def test_the_environment_tells_resource_and_credential(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Resource() as resource:
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", f"{resource.url}/")
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", "the weaker one")
        monkeypatch.setenv(name, KEY)
        with Chimeric() as client:
            client.generate("azure:gpt-5.4", "Hi")
        sent = resource.server.requests[-1]
    header = ("authorization", f"Bearer {KEY}") if "TOKEN" in name else ("api-key", KEY)
    if name == "AZURE_API_KEY":
        header = ("api-key", "the weaker one")
    assert {n: sent.headers[n] for n in HEADERS if n in sent.headers} == dict([header])
    assert sent.path == "/openai/v1/chat/completions"


OPENAI, FOUNDRY = "key-of-openai-0123456789", "key-of-foundry-0123456789"


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("AZURE_OPENAI", "AZURE_AI"),
        ("AZURE_AI", "AZURE_OPENAI"),
        ("AZURE", "AZURE_OPENAI"),
        ("ANTHROPIC_FOUNDRY", "AZURE_OPENAI"),
    ],
)
@pytest.mark.parametrize("told", [True, False])
def test_of_two_keys_of_the_environment_a_resource_gets_its_own(
    mine: str, theirs: str, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoints = {
        "AZURE_OPENAI": "AZURE_OPENAI_ENDPOINT",
        "ANTHROPIC_FOUNDRY": "ANTHROPIC_FOUNDRY_BASE_URL",
    }
    with Resource() as resource, Resource() as other:
        monkeypatch.setenv(f"{mine}_API_KEY", OPENAI)
        monkeypatch.setenv(f"{theirs}_API_KEY", FOUNDRY)
        monkeypatch.setenv(endpoints.get(mine, f"{mine}_API_BASE"), resource.url)
        given = {}
        if told:  # both resources are in the environment, and one is asked
            monkeypatch.setenv(endpoints.get(theirs, f"{theirs}_API_BASE"), other.url)
            given = {"azure_base_url": resource.url}
        with Chimeric(**given, max_retries=0) as client:
            client.generate("azure:gpt-5.4", "Hi")
        (sent,) = resource.server.requests
    assert sent.headers["api-key"] == OPENAI
    assert not other.server.requests


def test_a_key_of_another_resource_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "azure.identity", None)  # as if it were not installed
    entra._chain.cache_clear()
    with Resource() as resource:
        monkeypatch.setenv("AZURE_AI_API_BASE", "https://other.services.ai.azure.com/")
        monkeypatch.setenv("AZURE_AI_API_KEY", FOUNDRY)
        client = Chimeric(azure_base_url=resource.url)
        with client, pytest.raises(ConfigurationError, match=r"AZURE_AI_API_KEY is of other\.serv"):
            client.generate("azure:gpt-5.4", "Hi")
        with Chimeric(azure_base_url=resource.url, azure_api_key=KEY) as client:
            client.generate("azure:gpt-5.4", "Hi")
        (sent,) = resource.server.requests
    assert sent.headers["api-key"] == KEY


def test_empty_variables_are_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    with Resource() as resource:
        for name in ("AZURE_OPENAI_AD_TOKEN", "AZURE_OPENAI_ENDPOINT", "OPENAI_API_VERSION"):
            monkeypatch.setenv(name, "")
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", " ")
        monkeypatch.setenv("AZURE_API_KEY", KEY)
        monkeypatch.setenv("AZURE_API_BASE", resource.url)
        with Chimeric() as client:
            client.generate("azure:gpt-5.4", "Hi")
        (sent,) = resource.server.requests
    assert sent.headers["api-key"] == KEY
    assert sent.path == "/openai/v1/chat/completions"


def test_a_token_is_given_as_the_providers_auth_token() -> None:
    sent = ask(azure_api_key=None, azure_auth_token=lambda: "opaque-token-0123").headers
    assert sent["authorization"] == "Bearer opaque-token-0123"
    assert "api-key" not in sent


def test_a_header_of_the_callers_stays_as_it_is() -> None:
    sent = ask(extra_headers={"authorization": "Bearer mine"}).headers
    assert sent["authorization"] == "Bearer mine"
    assert "api-key" not in sent


@pytest.mark.parametrize(
    ("model", "options", "field"),
    [
        ("my-gpt", {}, "max_completion_tokens"),
        ("Mistral-Large-3", {}, "max_tokens"),
        ("mine", {"family": "mistral-large"}, "max_tokens"),
        ("mine", {"api": "responses"}, "max_output_tokens"),
    ],
)
def test_the_token_limit_is_in_the_field_that_the_model_reads(
    model: str, options: dict[str, Any], field: str
) -> None:
    body = ask(model=model, max_tokens=7, **options).json()
    assert body[field] == 7
    assert body["model"] == model


def test_the_family_tells_what_a_deployment_of_any_name_takes() -> None:
    messages = [{"role": "system", "content": "Be brief"}, {"role": "user", "content": "Hi"}]
    assert ask(model="mine", messages=messages).json()["messages"][0]["role"] == "system"
    known = ask(model="mine", messages=messages, family="gpt-5").json()
    assert known["messages"][0]["role"] == "developer"
    with Resource() as resource, Chimeric(azure_base_url=resource.url, azure_api_key=KEY) as client:
        with pytest.warns(TranslationWarning, match="temperature: .* does not take it"):
            client.generate("azure:mine", "Hi", family="gpt-5", temperature=0.3)
        sent = resource.server.requests[-1].json()
    assert "temperature" not in sent
    assert sent["model"] == "mine"
    assert "family" not in sent


def test_grok_that_reasons_takes_no_stop_sequences() -> None:
    with Resource() as resource, Chimeric(azure_base_url=resource.url, azure_api_key=KEY) as client:
        with pytest.warns(TranslationWarning, match="stop: .* does not take it"):
            client.generate("azure:grok-4", "Hi", stop=["x"])
        assert "stop" not in resource.server.requests[-1].json()


@pytest.mark.parametrize("api", ["chat_completions", "responses"])
def test_grok_gets_schemas_without_references(api: str) -> None:
    tree = {"type": "object", "properties": {"next": {"$ref": "#"}, "name": {"$ref": "#/$defs/N"}}}
    schema = {**tree, "$defs": {"N": {"type": "string"}}}
    tool = {"type": "function", "function": {"name": "grow", "parameters": schema}}
    params: dict[str, Any] = {"tools": [tool], "auto_tool": False, "api": api}
    with Resource() as resource, Chimeric(azure_base_url=resource.url, azure_api_key=KEY) as client:
        with pytest.warns(TranslationWarning, match="grow: .* follows no reference, and # holds"):
            client.generate("azure:grok-4", "Hi", **params)
        client.generate("azure:gpt-5.4", "Hi", **params)
        grok, gpt = resource.server.requests
    (sent,) = grok.json()["tools"]
    assert b"$ref" not in grok.body
    assert sent.get("function", sent)["parameters"]["properties"]["name"] == {"type": "string"}
    assert b"$ref" in gpt.body


def test_the_older_inference_api_gets_text_as_strings() -> None:
    parts: list[Any] = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    asked: Any = [{"role": "user", "content": parts}]
    assert ask("/models", messages=asked).json()["messages"][0]["content"] == "a\nb"
    assert ask(messages=asked).json()["messages"][0]["content"] == parts


def test_files_go_to_the_responses_api_alone() -> None:
    part = FilePart(data="JVBERi0xLjQ=", media_type="application/pdf", filename="a.pdf")
    with pytest.raises(ModelNotSupportedError, match="use api='responses'"):
        ask(messages=[Message("user", (part,))])
    body = ask(messages=[Message("user", (part,))], api="responses").json()
    assert body["input"][0]["content"][0]["type"] == "input_file"


def test_items_go_back_without_the_status_that_azure_refuses() -> None:
    with Resource() as resource, Chimeric(azure_base_url=resource.url, azure_api_key=KEY) as client:
        first: Any = client.generate("azure:mine", "Hi", api="responses")
        client.generate("azure:mine", [*first.messages, "Go on"], api="responses")
        sent = resource.server.requests[-1].json()["input"]
    assert sent[1]["id"] == "msg_1"
    assert all("status" not in item for item in sent)


def test_a_deployment_in_the_base_url_that_is_not_the_one_asked_for_is_told() -> None:
    with Resource() as resource:
        url = f"{resource.url}/openai/deployments/mine"
        client = Chimeric(azure_base_url=url, azure_api_key=KEY, azure_api_version="2024-10-21")
        with client, pytest.warns(TranslationWarning, match="names the deployment mine"):
            client.generate("azure:other", "Hi")


def test_endpoints_are_resources_of_their_own() -> None:
    from chimeric import Endpoint

    with Resource() as east, Resource() as west:
        endpoints = {
            "east": Endpoint("azure", base_url=east.url, api_key="key-of-the-east-0123"),
            "west": Endpoint(
                "azure",
                base_url=west.url,
                api_key="key-of-the-west-0123",
                options={"api_version": "2024-10-21"},
            ),
        }
        with Chimeric(endpoints=endpoints) as client:
            client.generate("east:gpt-5.4", "Hi")
            client.generate("west:gpt-5.4", "Hi")
        (there,), (here,) = east.server.requests, west.server.requests
    assert there.headers["api-key"] == "key-of-the-east-0123"
    assert there.path == "/openai/v1/chat/completions"
    assert here.headers["api-key"] == "key-of-the-west-0123"
    assert here.path.endswith("/gpt-5.4/chat/completions?api-version=2024-10-21")


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        (f"{R}/openai/v1/chat/completions", {"api-key": KEY}),
        ("https://n.eastus.models.ai.azure.com/v1/chat/completions", BEARER),
        (f"{S}/anthropic/v1/messages", {"x-api-key": KEY}),
    ],
)
def test_a_serverless_deployment_takes_its_key_as_a_token(
    url: str, headers: dict[str, str]
) -> None:
    provider = ProviderConfig(
        name="azure", base_url=url, declaration=chimeric_azure.chimeric_provider()
    )
    http = HTTPRequest(url=url)
    assert chimeric_azure.chimeric_sign_request(http, Secret(KEY), provider, {}) == headers


@pytest.mark.parametrize("api", ["chat_completions", "responses"])
def test_a_stream_that_breaks_for_want_of_capacity_is_a_rate_limit(api: str) -> None:
    told = {"type": "too_many_requests", "code": "too_many_requests", "message": "High demand"}
    event = {"error": told} if api == "chat_completions" else {"type": "error", "error": told}
    with Resource(sse(event)) as resource:
        client = Chimeric(azure_base_url=resource.url, azure_api_key=KEY, max_retries=0)
        with client, pytest.raises(RateLimitError, match="High demand"):
            list(client.generate("azure:mine", "Hi", api=api, stream=True))


def test_deepseek_thinks_in_a_field_of_its_own() -> None:
    keys = {"role": None, "tool_calls": None}
    events = [
        {"id": "a" * 32, "model": "deepseek-v4-pro", "choices": [{"index": 0, "delta": delta}]}
        for delta in (
            {**keys, "content": None, "reasoning_content": "Let me think."},
            {**keys, "content": "Yes", "reasoning_content": None},
        )
    ]
    for event in events:
        event["prompt_filter_results"] = None  # type: ignore[assignment]
        event["choices"][0]["content_filter_results"] = {}  # type: ignore[index]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    with Resource(sse(*events, end, "[DONE]")) as resource:
        client = Chimeric(azure_base_url=resource.url, azure_api_key=KEY)
        with client, client.generate("azure:DeepSeek-V4", "Hi", stream=True) as stream:
            response = stream.collect()
    assert (response.reasoning, response.content) == ("Let me think.", "Yes")
