"""Tools of servers: both transports, all ways to call, several providers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from chimeric_mcp import MCPServer, Progress

from chimeric import Chimeric, ConfigurationError, ImagePart, TextPart

from .conftest import MODES, PROVIDERS, ask, library, odd, outputs, run

pytestmark = pytest.mark.slow

Client = Callable[..., Chimeric]


@pytest.fixture(params=["stdio", "http"])
def server(request: pytest.FixtureRequest) -> MCPServer:
    """A server that is reached in either way."""
    if request.param == "stdio":
        return library()
    return MCPServer(request.getfixturevalue("http_url"))


@pytest.mark.parametrize("mode", MODES)
def test_a_model_calls_a_tool_of_a_server(mode: str, server: MCPServer, client: Client) -> None:
    (response,) = ask(mode, client(), "use only add with 3 and 4", tools=[server])
    assert outputs(response) == ["7"]
    assert response.tool_results[0].value == {"result": 7}
    assert "7" in response.text


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("mode", MODES)
def test_every_provider_takes_the_tools(mode: str, provider: str, client: Client) -> None:
    (response,) = ask(
        mode, client(), 'use only echo with Berlin', model=f"{provider}:tools",
        tools=[library()],
    )  # fmt: skip
    assert outputs(response) == ["Berlin"]
    assert "Berlin" in response.text


@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_a_picture_reaches_the_model_as_a_picture(
    provider: str, client: Client, simulator: Any
) -> None:
    (response,) = ask("asyncio", client(), "use only picture", model=f"{provider}:tools",
                      tools=[library()])  # fmt: skip
    before, picture, after = response.tool_results[0].parts
    assert (before, after) == (TextPart("before"), TextPart("after"))
    assert isinstance(picture, ImagePart)
    assert picture.media_type == "image/png"
    assert picture.data is not None
    assert picture.data in str(simulator.requests[-1].body)


@pytest.mark.parametrize("mode", MODES)
def test_progress_of_a_tool_is_a_chunk_at_once(
    mode: str, server: MCPServer, client: Client
) -> None:
    told: list[tuple[str, Any]] = []

    def keep(chunk: Any) -> None:
        told.extend((result.status, result.value) for result in chunk.tool_results)

    async def main() -> None:
        async with client() as asked:
            stream: Any = await asked.agenerate(
                "sim:tools", "use only read with 3", tools=[server], stream=True
            )
            async for chunk in stream:
                keep(chunk)

    if mode == "sync":
        with client() as asked:
            for chunk in asked.generate(
                "sim:tools", "use only read with 3", tools=[server], stream=True
            ):
                keep(chunk)
    else:
        run(mode, main)
    assert told == [
        *(("progress", Progress(n, 3, f"page {n}")) for n in (1, 2, 3)),
        ("completed", {"result": "read 3 pages"}),
    ]


@pytest.mark.parametrize("mode", MODES)
def test_several_calls_of_a_turn_run_at_the_same_time(mode: str, client: Client) -> None:
    server = library()
    texts = ["use only add with 1 and 2", "use only sleep twice with 0.5 and 0.5"]
    _, response = ask(mode, client(), *texts, tools=[server])
    assert outputs(response) == ["awake", "awake"]
    began = [result.duration for result in response.tool_results]
    assert sum(began) > 0.9


def test_a_server_of_a_client_is_offered_in_each_call_that_takes_registered_tools(
    client: Client,
) -> None:
    with client(plugins=[odd("plain")]) as asked:
        assert outputs(asked.generate("sim:tools", "use only say in Oslo")) == [
            'say: {"word": "Oslo"}'
        ]
        assert outputs(asked.generate("sim:tools", "use only say", auto_tool=False)) == []


def test_a_call_may_take_some_of_the_tools_alone(client: Client, simulator: Any) -> None:
    server = library()
    with client(plugins=[server]) as asked:
        for view, names in [
            (server.only("e*", "add"), ["add", "echo", "environment"]),
            (server.only("e*").without("echo"), ["environment"]),
            (server.filtered(lambda tool: "book" in tool.description), ["delete_book", "read"]),
        ]:
            asked.generate("openai:tools", "hello", tools=[view], tool_choice="none")
            assert [tool["name"] for tool in simulator.requests[-1].body["tools"]] == names


def test_tools_of_servers_and_functions_stand_together(client: Client) -> None:
    def echo(text: str) -> str:
        """The caller's own."""
        return f"own: {text}"

    first, second = odd("plain", name="first"), odd("plain", name="second")
    with client() as asked:
        response = asked.generate(
            "sim:tools",
            "use only echo, first__say and second__say in Oslo",
            tools=[first, echo, second],
        )
    assert sorted(outputs(response)) == ["own: Oslo", *['say: {"word": "Oslo"}'] * 2]


def test_a_forced_tool_is_called(client: Client) -> None:
    (response,) = ask("asyncio", client(), "anything", tools=[odd("plain")], tool_choice="other")
    assert [result.name for result in response.tool_results] == ["other"]


def test_nulls_that_a_schema_forbids_are_not_sent(client: Client) -> None:
    with client() as asked:
        tool = odd("plain")
        response = asked.generate("sim:tools", "use only say", tools=[tool])
        assert "null" not in outputs(response)[0]


def test_a_client_without_the_plugin_says_so(client: Client) -> None:
    asked = client(disable_plugins=["mcp"])
    with asked, pytest.raises(ConfigurationError, match="type MCPServer is unsupported"):
        asked.generate("sim:tools", "hello", tools=[odd("plain")])


def test_a_server_is_no_tool_of_a_program_that_has_a_url() -> None:
    with pytest.raises(ConfigurationError, match="args, env, cwd and stderr are a program's"):
        MCPServer("https://wiki.example/mcp", "--flag")
    with pytest.raises(ConfigurationError, match="are for a URL"):
        MCPServer("python", "server.py", headers={"a": "b"})
    with pytest.raises(ConfigurationError, match="limits of time"):
        MCPServer("python", timeout=0)


def test_a_secret_of_a_server_is_in_no_repr() -> None:
    server = MCPServer("https://u:secret@wiki.example/mcp?key=secret", headers={"x": "secret"})
    assert repr(server) == "<MCPServer 'wiki.example'>"
    assert "secret" not in server.pool.setup.where()
