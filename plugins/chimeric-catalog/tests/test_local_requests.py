"""What is said to servers that run on one's own machine."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from chimeric import (
    ChimericError,
)

from .service import Service, ask, client_of, sent, sse

TWO = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
    for name in ("weather", "add")
]
RECIPE = {"type": "object", "properties": {"title": {"type": "string"}}}


def test_llamacpp_gets_any_object_as_a_schema_and_nothing_is_lost() -> None:
    body, told = sent("llamacpp", "m", "Hi", response_format="json_object")
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert [message["content"] for message in body["messages"]] == ["Hi"]
    assert not told


@pytest.mark.parametrize("name", ["vllm", "llamacpp", "sglang", "tgi"])
@pytest.mark.parametrize("api", ["chat_completions", "responses"])
def test_local_servers_need_nobody_to_say_json(name: str, api: str) -> None:
    if name == "tgi" and api == "responses":
        return
    asked = {} if name == "tgi" else {"api": api}
    request, told = ask(name, "m", "Hi", response_format="json_object", **asked)
    assert b"Answer with nothing but" not in request.body
    assert not told


@pytest.mark.parametrize("wanted", [RECIPE, "json_object"])
def test_llamacpp_reads_a_schema_of_responses_where_chat_completions_have_it(wanted: Any) -> None:
    body, told = sent("llamacpp", "m", api="responses", response_format=wanted)
    assert "text" not in body
    told_of = body["response_format"]["json_schema"]
    assert told_of["schema"]["type"] == "object"
    assert told_of["name"]
    assert not told


def test_llamacpp_gets_what_else_stands_in_the_text_field() -> None:
    body, _ = sent("llamacpp", "m", api="responses", text={"verbosity": "low"})
    assert body["text"] == {"verbosity": "low"}
    assert "response_format" not in body


@pytest.mark.parametrize("api", ["chat_completions", "responses"])
def test_llamacpp_is_offered_only_the_tool_that_it_must_call(api: str) -> None:
    body, told = sent("llamacpp", "m", api=api, tools=TWO, tool_choice="add")
    assert body["tool_choice"] == "required"
    assert [tool.get("function", tool)["name"] for tool in body["tools"]] == ["add"]
    assert "only add is offered" in told


@pytest.mark.parametrize("choice", ["auto", "none", "required"])
def test_llamacpp_gets_the_words_of_a_choice_as_they_are(choice: str) -> None:
    body, told = sent("llamacpp", "m", tools=TWO, tool_choice=choice)
    assert (body["tool_choice"], len(body["tools"])) == (choice, 2)
    assert not told


def test_llamacpp_takes_stop_and_seed_over_responses() -> None:
    body, told = sent("llamacpp", "m", api="responses", stop=["."], seed=7)
    assert (body["stop"], body["seed"]) == (["."], 7)
    assert not told


@pytest.mark.parametrize("api", ["chat_completions", "responses"])
def test_llamacpp_is_told_that_nobody_takes_up_the_connection_of_a_stream(api: str) -> None:
    settings = {"api": api, "max_tokens": 5}
    with (
        Service(sse({"choices": []})) as service,
        client_of("llamacpp", service.server.url + "/v1") as client,
    ):
        with contextlib.suppress(ChimericError):
            client.generate("llamacpp:m", "Hi", stream=True, **settings).collect()
        with contextlib.suppress(ChimericError):
            client.generate("llamacpp:m", "Hi", **settings)
        streamed, whole = service.server.requests
    assert streamed.headers["connection"] == "close"
    assert whole.headers["connection"] == "keep-alive"
