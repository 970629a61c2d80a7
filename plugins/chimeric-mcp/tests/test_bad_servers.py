"""Servers that misbehave: the call goes on, others are not harmed, somebody is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from chimeric_mcp import MCPServer, MCPServerError

from chimeric import Chimeric, PluginError

from .conftest import MODES, ask, http_library, odd, outputs, told

Client = Callable[..., Chimeric]

SAID = 'say: {"word": "Oslo"}'


@pytest.mark.parametrize("mode", MODES)
def test_rubbish_on_the_output_is_passed_over(mode: str, client: Client) -> None:
    (response,) = ask(mode, client(), "use only say in Oslo", tools=[odd("rubbish")])
    assert outputs(response) == [SAID]


@pytest.mark.parametrize("mode", MODES)
def test_a_server_that_never_answers_is_left_out_and_the_caller_told(
    mode: str, client: Client
) -> None:
    servers = [odd("silent", connect_timeout=1, name="mute"), odd("plain", name="plain")]
    began = time.monotonic()
    with told() as texts:
        first, second = ask(mode, client(), *["use only say in Oslo"] * 2, tools=servers)
    assert outputs(first) == outputs(second) == [SAID]
    assert "the MCP server 'mute'" in texts[0]
    assert "did not answer within 1 s; the call goes on without its tools" in texts[0]
    assert len(texts) == 4  # two turns of two calls: it is waited for once
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("mode", MODES)
def test_a_tool_that_never_answers_is_cancelled_and_the_model_told(
    mode: str, client: Client
) -> None:
    server = odd("mute", timeout=30, timeouts={"sa*": 0.3})
    (response,) = ask(mode, client(), "use only say in Oslo", tools=[server])
    assert outputs(response) == ["no result in 0.3 s; the call was cancelled"]
    assert response.tool_results[0].is_error
    assert response.finish_reason == "stop"


@pytest.mark.parametrize("mode", MODES)
def test_a_server_that_dies_at_its_start_is_left_out(mode: str, client: Client) -> None:
    servers = [odd("dead", name="dead"), odd("plain", name="plain")]
    with told() as texts:
        (response,) = ask(mode, client(), "use only say in Oslo", tools=servers)
    assert outputs(response) == [SAID]
    assert "the MCP server 'dead'" in texts[0]
    assert "Connection closed" in texts[0]


@pytest.mark.parametrize("mode", MODES)
def test_a_program_that_does_not_exist_is_left_out(mode: str, client: Client) -> None:
    servers = [MCPServer("/no/such/program", name="lost"), odd("plain", name="plain")]
    with told() as texts:
        (response,) = ask(mode, client(), "use only say in Oslo", tools=servers)
    assert outputs(response) == [SAID]
    assert "'lost' (the program '/no/such/program') cannot be used: there is no such" in texts[0]


def test_a_url_where_nobody_listens_is_told_without_its_secrets() -> None:
    server = MCPServer("http://user:secret@127.0.0.1:9/mcp?key=secret", headers={"k": "secret"})
    with pytest.raises(MCPServerError, match=r"http://127\.0\.0\.1:9/mcp\) cannot be") as caught:
        server.tools()
    assert "secret" not in str(caught.value)
    server.close()


def test_a_page_that_is_no_server_is_told_of() -> None:
    with http_library() as url, MCPServer(url.removesuffix("/mcp")) as server:
        with pytest.raises(MCPServerError, match="cannot be used"):
            server.tools()


@pytest.mark.parametrize("mode", MODES)
def test_a_required_server_that_cannot_be_used_fails_the_call(mode: str, client: Client) -> None:
    server = odd("dead", required=True, name="dead")
    with pytest.raises(PluginError, match="the MCP server 'dead'"):
        ask(mode, client(), "hello", tools=[server])


def test_of_two_tools_of_one_name_the_first_is_offered(client: Client) -> None:
    with told() as texts:
        (response,) = ask("asyncio", client(), "use only say in Oslo", tools=[odd("twice")])
    assert outputs(response) == [SAID]
    assert "has two tools named 'say'; the first one is offered" in texts[0]


def test_a_schema_that_no_provider_takes_costs_its_tool_alone(
    client: Client, simulator: Any
) -> None:
    with told() as texts:
        (response,) = ask(
            "asyncio", client(), "use only say in Oslo", model="openai:tools",
            tools=[odd("schemas")],
        )  # fmt: skip
    assert outputs(response) == [SAID]
    sent = {tool["name"]: tool["parameters"] for tool in simulator.requests[-1].body["tools"]}
    assert list(sent) == ["say", "bare", "old"]
    assert sent["bare"] == sent["old"] == {"type": "object", "properties": {}}
    faults = [text.partition("left out: ")[2] for text in texts]
    assert ["list" in faults[0], "lost" in faults[1], "word" in faults[2]] == [True] * 3


@pytest.mark.parametrize("provider", ["openai", "anthropic", "google", "sim"])
def test_names_that_no_provider_takes_are_changed_and_found_again(
    provider: str, client: Client
) -> None:
    server = odd("names")
    with client() as asked:
        names = [tool.name for tool in server.tools()]
        assert names[0] == "say it aloud"
        response = asked.generate(
            f"{provider}:tools", "use some", tools=[server], tool_choice="required"
        )
    assert len(response.tool_results) == 2
    assert outputs(response)[0].startswith(("say it aloud: ", "x" * 200))
    assert all(len(result.name) <= 64 for result in response.tool_results)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("behaviour", ["huge", "huge, id last"])
def test_fifty_megabytes_of_text_are_an_error_for_the_model(
    behaviour: str, mode: str, client: Client
) -> None:
    server = odd(behaviour)
    (response,) = ask(mode, client(), "use only say", tools=[server])
    assert outputs(response)[0].startswith("the result is too large: 500000")
    assert response.finish_reason == "stop"


def test_fifty_megabytes_over_http_are_an_error_for_the_model(
    http_url: str, client: Client
) -> None:
    server = MCPServer(http_url)
    texts = ["use only big with 50000000", "use only add with 3 and 4"]
    big, small = ask("asyncio", client(), *texts, tools=[server])
    assert "the result is too large: 50000000 bytes" in outputs(big)[0]
    assert outputs(small) == ["7"]


def test_a_long_line_that_is_no_answer_is_dropped(client: Client) -> None:
    (response,) = ask("asyncio", client(), "use only say in Oslo", tools=[odd("long rubbish")])
    assert outputs(response) == [SAID]


def test_a_text_that_is_too_long_for_a_model_is_an_error(client: Client) -> None:
    server = odd("long")
    (response,) = ask("asyncio", client(), "use only say", tools=[server])
    assert "2000000 bytes, and at most 1048576 can be given" in outputs(response)[0]


def test_a_picture_that_is_too_large_is_an_error(client: Client) -> None:
    (response,) = ask("asyncio", client(), "use only say", tools=[odd("huge picture")])
    assert "the result is too large: 20000000 bytes" in outputs(response)[0]


@pytest.mark.parametrize(
    ("behaviour", "output", "is_error"),
    [
        ("strange content", "validation error", True),
        ("no content", "validation error", True),
        ("empty", "", False),
        ("structured", '{"word":"Oslo"}', False),
        ("failing", "the shelf is empty", True),
        ("failing silently", "the tool failed, and does not say why", True),
    ],
)
def test_odd_results_are_told_to_the_model(
    behaviour: str, output: str, is_error: bool, client: Client
) -> None:
    (response,) = ask("asyncio", client(), "use only say in Oslo", tools=[odd(behaviour)])
    (result,) = response.tool_results
    assert (output in result.output, result.is_error) == (True, is_error)
    assert response.finish_reason == "stop"


def test_all_pages_of_a_list_are_read(client: Client) -> None:
    with odd("many") as server:
        assert [tool.name for tool in server.tools()] == [f"tool_{n}" for n in range(250)]


@pytest.mark.parametrize(("behaviour", "count"), [("endless", 100), ("circle", 1)])
def test_a_list_without_an_end_is_cut(behaviour: str, count: int) -> None:
    with told() as texts, odd(behaviour) as server:
        assert len(server.tools()) == count if behaviour == "endless" else 2
    assert any("no end" in text for text in texts) == (behaviour == "endless")


@pytest.mark.parametrize("mode", MODES)
def test_a_list_that_changes_in_mid_call_is_read_anew_for_the_next_turn(
    mode: str, client: Client, simulator: Any
) -> None:
    server = odd("changing")
    ask(mode, client(), "use only say", model="openai:tools", tools=[server])
    offered = [
        [tool["name"] for tool in request.body["tools"]] for request in simulator.requests[-2:]
    ]
    assert offered == [["say"], ["say", "new"]]
