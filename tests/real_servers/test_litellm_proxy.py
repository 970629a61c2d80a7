"""The litellm proxy stands between the library and the simulator, over every protocol."""

from __future__ import annotations

from typing import Any

import pytest

from chimeric import (
    AuthenticationError,
    BadRequestError,
    Chimeric,
    CompletionResponse,
    NotFoundError,
    RateLimitError,
    ServerError,
)
from tests.real.environments import require
from tests.real.served import WAYS

from .calls import call
from .served import LITELLM, Spoken

require("REAL_SERVERS")

PROMPT = "Tell me about tides in 40 words"


def weather(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


def of(api: str, alias: str) -> Spoken:
    """A protocol of the proxy, with a model that it was told of."""
    spoken = next(each for each in LITELLM if each.api == api)
    provider = spoken.model.partition(":")[0]
    return spoken._replace(model=f"{provider}:{alias}")


def through(
    server: Any, spoken: Spoken, way: str, prompt: str, **params: Any
) -> CompletionResponse:
    return call(server("litellm-proxy").url, spoken, way, prompt, temperature=None, **params)


each_way = pytest.mark.parametrize("way", WAYS)
each_api = pytest.mark.parametrize("spoken", LITELLM, ids=str)
each_model = pytest.mark.parametrize("alias", ["gpt", "claude"])


@each_way
@each_model
@each_api
def test_a_text_is_the_one_behind_the_proxy(server, upstream, spoken, alias, way):
    response = through(server, of(spoken.api, alias), way, PROMPT)
    provider, model = {
        "gpt": ("openai", "openai:gpt-5.4"),
        "claude": ("anthropic", "anthropic:claude-sonnet-4-5"),
    }[alias]
    direct = {f"{provider}_base_url": upstream.base_url(provider), f"{provider}_api_key": "a-key"}
    with Chimeric(**direct) as client:
        expected = client.generate(model, PROMPT, max_tokens=200)
    assert response.content == expected.content
    assert response.finish_reason == "stop"
    assert response.usage.completion_tokens > 0


@each_way
@each_model
@each_api
def test_a_tool_runs_and_its_result_goes_back(server, spoken, alias, way):
    asked = of(spoken.api, alias)
    response = through(server, asked, way, "Weather in Rome", tools=[weather])
    (result,) = response.tool_results
    assert result.output == "sunny in Rome"
    assert "sunny in Rome" in response.content
    assert response.finish_reason == "stop"


@pytest.mark.parametrize("way", ["whole", "stream"])
@each_api
def test_thoughts_go_back_with_their_signatures(server, upstream, spoken, way):
    asked = of(spoken.api, "claude")
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4000}
    if spoken.api == "responses":
        thinking = {"reasoning_effort": "low", "max_tokens": 4000}
    response = through(server, asked, way, "Weather in Rome", tools=[weather], **thinking)
    assert response.reasoning
    assert [result.output for result in response.tool_results] == ["sunny in Rome"]


@each_way
@each_api
def test_structured_output_fits_its_schema(server, spoken, way):
    schema = {
        "title": "Recipe",
        "type": "object",
        "properties": {"title": {"type": "string"}, "minutes": {"type": "integer"}},
        "required": ["title", "minutes"],
        "additionalProperties": False,
    }
    alias = "claude" if spoken.api == "messages" else "gpt"
    parsed = through(server, of(spoken.api, alias), way, "a soup", response_format=schema).parsed
    assert isinstance(parsed["minutes"], int)


@each_way
@each_api
def test_a_key_that_is_not_the_master_key_is_refused(server, spoken, way):
    # The proxy asks its database for other keys, and has none here.
    with pytest.raises(BadRequestError, match="No connected db"):
        call(server("litellm-proxy").url, of(spoken.api, "gpt"), way, PROMPT, api_key="sk-another")


@pytest.mark.parametrize("way", ["whole", "stream"])
@each_api
def test_a_key_that_the_provider_refuses_is_no_key_either(server, spoken, way):
    with pytest.raises(AuthenticationError):
        through(server, of(spoken.api, "locked"), way, PROMPT)


@pytest.mark.parametrize("way", ["whole", "stream"])
@each_api
def test_an_alias_that_it_does_not_have_is_a_bad_request(server, spoken, way):
    with pytest.raises((BadRequestError, NotFoundError), match="nobody"):
        through(server, of(spoken.api, "nobody"), way, PROMPT)


@pytest.mark.parametrize("way", ["whole", "stream"])
@each_api
def test_a_limit_behind_the_proxy_is_one(server, spoken, way):
    with pytest.raises(RateLimitError):
        through(server, of(spoken.api, "limited"), way, PROMPT, max_retries=0)


@each_api
def test_an_error_in_mid_stream_is_one_with_what_came(server, spoken):
    with pytest.raises(ServerError, match="asked to fail in mid-stream") as caught:
        through(server, of(spoken.api, "broken"), "stream", PROMPT)
    assert caught.value.partial is not None
    assert caught.value.partial.content


def test_the_models_are_listed(server):
    url = server("litellm-proxy").url
    with Chimeric(litellm_base_url=url + "/v1", litellm_api_key="a-key-of-a-test") as client:
        assert {"gpt", "claude"} <= {model.id for model in client.list_models("litellm")}
