"""What servers answer is read as it is meant, and as the official SDKs read it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chimeric import (
    AuthenticationError,
    BadRequestError,
    Chimeric,
    CompletionResponse,
    ServerError,
)
from tests.real.environments import require
from tests.real.served import WAYS

from .calls import call, settings
from .sdks import read
from .served import SPOKEN, Spoken

require("REAL_SERVERS")

TEXT = "The tide comes twice a day."
SCHEMA: dict[str, Any] = {
    "title": "Recipe",
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "minutes": {"type": "integer"},
        "kind": {"type": "string", "enum": ["soup", "salad"]},
    },
    "required": ["title", "minutes", "kind"],
    "additionalProperties": False,
}


def weather(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


def add(x: int, y: int) -> int:
    """Add two numbers."""
    return x + y


FUNCTIONS: list[dict[str, Any]] = [
    {
        "name": name,
        "description": description,
        "parameters": {
            "type": "object",
            "properties": {key: {"type": kind} for key in keys},
            "required": list(keys),
        },
    }
    for name, description, keys, kind in (
        ("weather", "The weather in a city.", ("city",), "string"),
        ("add", "Add two numbers.", ("x", "y"), "integer"),
    )
]
TOLD = [{"type": "function", "function": function} for function in FUNCTIONS]
"""Tools that nobody runs."""

FAILS_ON_HALF_CALLS = {
    ("llama-server", "responses"): WAYS,
    ("transformers", "chat"): ("whole", "awhole"),
}
"""Servers that try to read the arguments themselves, and answer 500."""

spoken_by_all = pytest.mark.parametrize("spoken", SPOKEN, ids=str)
each_way = pytest.mark.parametrize("way", WAYS)
streamed_or_not = pytest.mark.parametrize("way", ["whole", "stream"])


def calls_of(response: CompletionResponse) -> list[tuple[str, Any]]:
    return [(call.name, json.loads(call.arguments)) for call in response.tool_calls]


def limit_of(spoken: Spoken) -> str:
    """What a cut answer ends with: as Responses these servers call it completed."""
    return "stop" if spoken.api == "responses" else "length"


def tokens_of(response: CompletionResponse) -> tuple[int, int]:
    return response.usage.prompt_tokens, response.usage.completion_tokens


@each_way
@spoken_by_all
def test_a_text_and_its_tokens_are_those_of_the_official_sdk(server, spoken, way):
    url = server(spoken.server).url
    response = call(url, spoken, way, "When is high water?")
    assert (response.content, response.reasoning) == (TEXT, None)
    assert response.finish_reason == "stop"
    theirs = read(url, spoken, "When is high water?", [], stream="stream" in way)
    assert (response.content, tokens_of(response)) == (theirs.text, theirs.tokens)


@streamed_or_not
@spoken_by_all
def test_thoughts_stand_apart(server, spoken, way):
    url = server(spoken.server).url
    response = call(url, spoken, way, "ponder on it")
    assert (response.reasoning, response.content) == ("Two and two", "It is four.")
    theirs = read(url, spoken, "ponder on it", [], stream=way == "stream")
    assert (response.content, response.reasoning) == (theirs.text, theirs.thoughts)


@each_way
@spoken_by_all
def test_a_tool_runs_and_its_result_goes_back(server, spoken, way):
    response = call(
        server(spoken.server).url, spoken, way, "Weather in Rome?", tools=[weather, add]
    )
    (result,) = response.tool_results
    assert (result.output, response.content) == ("sunny in Rome", TEXT)


@streamed_or_not
@spoken_by_all
def test_two_calls_of_one_turn_are_those_of_the_official_sdk(server, spoken, way):
    url = server(spoken.server).url
    response = call(url, spoken, way, "both", tools=TOLD)
    assert response.finish_reason == "tool_calls"
    assert calls_of(response) == [("weather", {"city": "Oslo"}), ("add", {"x": 2, "y": 3})]
    assert len({made.id for made in response.tool_calls}) == 2
    theirs = read(url, spoken, "both", FUNCTIONS, stream=way == "stream")
    assert calls_of(response) == theirs.calls


@each_way
@spoken_by_all
def test_a_call_that_is_cut_off_is_none(server, spoken, way):
    ran: list[str] = []

    def note(city: str) -> str:
        """The weather in a city."""
        ran.append(city)
        return city

    note.__name__ = "weather"
    url = server(spoken.server).url
    if way in FAILS_ON_HALF_CALLS.get(spoken[:2], ()):
        with pytest.raises(ServerError):
            call(url, spoken, way, "Weather far away?", tools=[note], max_tokens=16)
    else:
        response = call(url, spoken, way, "Weather far away?", tools=[note], max_tokens=16)
        assert response.finish_reason == limit_of(spoken)
        assert response.tool_calls == ()
    assert ran == []


@streamed_or_not
@spoken_by_all
def test_a_tool_that_must_be_called_is(server, spoken, way):
    asked = {"tools": TOLD, "tool_choice": "required"}
    response = call(server(spoken.server).url, spoken, way, "Weather in Rome?", **asked)
    assert calls_of(response) == [("weather", {"city": "Rome"})]


@streamed_or_not
@spoken_by_all
def test_only_the_tool_that_is_named_is_called(server, spoken, way):
    asked = {"tools": TOLD, "tool_choice": "add"}
    response = call(server(spoken.server).url, spoken, way, "Weather in Rome?", **asked)
    assert {name for name, _ in calls_of(response)} == {"add"}


@each_way
@spoken_by_all
def test_structured_output_fits_its_schema(server, spoken, way):
    url = server(spoken.server).url
    parsed = call(url, spoken, way, "A recipe", response_format=SCHEMA).parsed
    assert set(parsed) == {"title", "minutes", "kind"}
    assert isinstance(parsed["minutes"], int)
    assert parsed["kind"] in ("soup", "salad")


@streamed_or_not
@spoken_by_all
def test_an_object_of_any_form_is_one(server, spoken, way):
    if spoken.api == "messages":
        return  # has no such mode
    url = server(spoken.server).url
    parsed = call(url, spoken, way, "Anything", response_format="json_object").parsed
    assert isinstance(parsed, dict)


@spoken_by_all
def test_an_answer_is_cut_at_its_limit(server, spoken):
    response = call(server(spoken.server).url, spoken, "stream", "on and on", max_tokens=16)
    assert response.content == "One wave after another" * 4
    assert response.finish_reason == limit_of(spoken)


@each_way
@spoken_by_all
def test_a_wrong_key_is_refused(server, spoken, way):
    with pytest.raises(AuthenticationError) as caught:
        call(server(spoken.server).url, spoken, way, "Hi", api_key="another")
    assert caught.value.status == 401


TOO_LONG = {"llama-server": 50_000, "transformers": 9_000}
"""Tokens, of which the servers take 32,768 and 8,192. One that refuses none works on all of them,
for a time that grows with their square, and on nothing else meanwhile."""


@streamed_or_not
@spoken_by_all
def test_a_prompt_that_is_too_long_is_a_bad_request(server, spoken, way):
    with pytest.raises(BadRequestError, match=r"\d+ tokens"):
        call(server(spoken.server).url, spoken, way, "x" * TOO_LONG[spoken.server])


@streamed_or_not
@spoken_by_all
def test_a_value_of_the_wrong_kind_is_a_bad_request(server, spoken, way):
    with pytest.raises(BadRequestError, match="temperature"):
        call(server(spoken.server).url, spoken, way, "Hi", extra_body={"temperature": "hot"})


@pytest.mark.parametrize("spoken", [s for s in SPOKEN if s.api != "messages"], ids=str)
def test_streams_one_after_the_other_need_no_second_try(server, spoken):
    url = server(spoken.server).url
    with Chimeric(**settings(url, spoken), max_retries=0) as client:
        for _ in range(30):
            stream = client.generate(
                spoken.model, "Hi", stream=True, max_tokens=50, **spoken.options
            )
            assert stream.collect().content == TEXT


@pytest.mark.parametrize("spoken", [s for s in SPOKEN if s.api == "chat"], ids=str)
def test_the_model_is_listed(server, spoken):
    url = server(spoken.server).url
    with Chimeric(**settings(url, spoken)) as client:
        provider = spoken.model.partition(":")[0]
        assert "tiny" in [model.id for model in client.list_models(provider)]
