"""The oracles are told each time when there is something in a request that nobody knows."""

from __future__ import annotations

from typing import Any

import pytest

from chimeric import ChimericError

from .cases import CASES
from .chat import CHAT
from .lags import LAGS, without
from .planted import KEY, Place, changed, places
from .posted import MODELS, Post
from .services import ORACLES, oracle_of
from .specials import OWN

SCHEMA = ("tools.*.function.parameters", "response_format.json_schema.schema")
FREE: dict[str, tuple[str, ...]] = {
    "anthropic": (
        "messages.*.content.*.input",
        "output_config.format.schema",
        "tools.*.input_schema",
        "tools.*.input_examples.*",
    ),
    "bedrock": (
        "additionalModelRequestFields",
        "messages.*.content.*.toolResult.content.*.json",
        "messages.*.content.*.toolUse.input",
        "toolConfig.tools.*.toolSpec.inputSchema.json",
        "requestMetadata",
    ),
    "cerebras": (*SCHEMA, "logit_bias"),
    "chat": (
        *SCHEMA,
        *("functions.*.parameters", "logit_bias", "metadata"),
        "tool_choice.allowed_tools.tools.*",
    ),
    "fireworks": (
        *("tools.*.function.parameters", "response_format.json_schema", "functions.*.parameters"),
        *("logit_bias", "metadata", "stream_options", "messages.*.tool_calls.*.function.arguments"),
    ),
    "openrouter": (
        *(*SCHEMA, "logit_bias", "metadata", "audio", "n", "verbosity", "web_search_options"),
        *("image_config", "trace", "plugins.*", "prediction"),
    ),
    "perplexity": (
        *(*SCHEMA, "max_completion_tokens", "messages.*.content.*.image_url.detail"),
        "response_metadata",
    ),
    "cohere": (
        "documents.*.data",
        "messages.*.content.*.document.data",
        "response_format.json_schema",
        "tools.*.function.parameters",
    ),
    "google": (
        "contents.*.parts.*.functionCall.args",
        "contents.*.parts.*.functionResponse.response",
        "generationConfig.responseJsonSchema",
        "labels",
        "tools.*.functionDeclarations.*.parametersJsonSchema",
    ),
    "interactions": (
        "generation_config.top_k",  # a lag of the SDK's
        "input.*.arguments",
        "labels",
        "response_format.schema",
        "tools.*.parameters",
    ),
    "groq": (*SCHEMA, "documents.*.source.json", "functions.*.parameters", "stream_options"),
    # Arguments may be an object, too.
    "mistral": (*SCHEMA, "messages.*.tool_calls.*.function.arguments", "metadata"),
    "ollama": (
        "format",
        "messages.*.tool_calls.*.function.arguments",
        "options",
        "tools.*.function.parameters",
    ),
    "openai": (
        "metadata",
        "text.format.schema",
        "tool_choice.tools.*",
        "tools.*.parameters",
    ),
}
"""Places where anything may stand: schemas, arguments, results, labels, a model's own fields."""


OF_OTHERS = {
    *("azure", "azure-claude", "azure-responses", "dashscope", "deepseek", "grok", "grok-chat"),
    *("huggingface", "moonshot", "nvidia", "together", "vertex", "vertex-chat", "vertex-claude"),
    "zai",
}
"""Services whose oracle is made of one of those above."""


def is_free(service: str, place: Place) -> bool:
    return any(f"{place.name}.".startswith(f"{free}.") for free in FREE[service])


def bodies(service: str) -> list[tuple[str, Any]]:
    """What is sent to a service, a body of each kind."""
    found: list[tuple[str, Any]] = []
    with Post(service) as post:
        for messages, params in {**CASES, **OWN.get(service, CHAT)}.values():
            try:
                found += [(one.service, one.body) for one in post(messages, **params)]
            except ChimericError:
                continue
    return found


@pytest.mark.parametrize("service", FREE)
def test_a_planted_key_is_told_at_every_depth_of_a_request(service: str) -> None:
    seen: set[tuple[str, str]] = set()
    taken: set[str] = set()
    for name, body in bodies(service):
        for place in places(body):
            form = place.name, place.kind
            if not isinstance(place.value, dict) or form in seen or is_free(service, place):
                continue
            seen.add(form)
            if not oracle_of(name)(changed(body, place.path, {**place.value, KEY: 1})):
                taken.add(place.name)
    assert taken == set()
    assert len(seen) > 5


@pytest.mark.parametrize("service", FREE)
def test_an_object_in_the_place_of_a_word_is_told(service: str) -> None:
    seen = {"temperature", "top_p", "top_k"} if service == "anthropic" else set[str]()
    taken: set[str] = set()
    for name, body in bodies(service):
        for place in places(body):
            plain = place.value is not None and not isinstance(place.value, (dict, list))
            if not plain or place.name in seen or is_free(service, place):
                continue
            seen.add(place.name)
            if not oracle_of(name)(changed(body, place.path, {KEY: 1})):
                taken.add(place.name)
    assert taken == set()
    assert len(seen) > 10


@pytest.mark.parametrize(("service", "lag"), [(s, lag) for s, lags in LAGS.items() for lag in lags])
def test_what_an_sdk_lacks_is_listed_only_as_long_as_it_does(service: str, lag: Any) -> None:
    oracle = ORACLES[service]()
    assert oracle(lag.example) != []
    assert oracle(without(lag.example, lag.path)) == []
    assert oracle_of(service)(lag.example) == []


def test_every_model_that_is_asked_has_an_oracle() -> None:
    asked = {name.partition(" ")[0] for name in MODELS}
    assert asked >= FREE.keys()
    assert asked - FREE.keys() == OF_OTHERS
    assert asked - {"azure-claude"} <= ORACLES.keys()
