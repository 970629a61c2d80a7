"""What else a server has, and what it asks of us."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from chimeric_mcp import MCPServer, MCPServerError
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider

from chimeric import Chimeric, Message

from .conftest import GUARDED, MODES, ask, http_library, library, odd, outputs, run

pytestmark = pytest.mark.slow

Client = Callable[..., Chimeric]


def guarded(**options: Any) -> MCPServer:
    """A server that asks, by the protocol of 2026."""
    return MCPServer(sys.executable, GUARDED, **options)


# --- prompts and resources ------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_a_prompt_of_a_server_is_messages(mode: str, client: Client) -> None:
    async def main() -> Any:
        async with library() as server, client() as asked:
            prompt = await server.aprompt("review", {"title": "Emma"})
            page = await server.aresource("book://7")
            response = await asked.agenerate("sim:echo", [page, *prompt])
            return prompt, page, response.text

    if mode == "sync":
        with library() as server, client() as asked:
            prompt, page = server.prompt("review", {"title": "Emma"}), server.resource("book://7")
            text = asked.generate("sim:echo", [page, *prompt]).text
    else:
        prompt, page, text = run(mode, main)
    assert prompt == [Message("user", "Review the book Emma.")]
    assert page == Message("user", "The text of book 7.")
    assert "Emma" in text


def test_a_prompt_or_resource_that_is_not_there_is_an_error_that_names_it() -> None:
    with library() as server:
        with pytest.raises(MCPServerError, match="the prompt 'none'"):
            server.prompt("none")
        with pytest.raises(MCPServerError, match="the resource 'shelf://1'"):
            server.resource("shelf://1")
        assert server.resource("book://1").text == "The text of book 1."


# --- what a server asks --------------------------------------------------------------------------


def seat(params: Any) -> dict[str, str]:
    assert params.message == "Which seat?"
    return {"seat": "12A"}


async def later(params: Any) -> dict[str, str]:
    return seat(params)


@pytest.mark.parametrize("function", [seat, later])
@pytest.mark.parametrize("mode", MODES)
def test_a_function_answers_for_the_user(mode: str, function: Any, client: Client) -> None:
    server = guarded(elicitation=function)
    (response,) = ask(mode, client(), "use only book", tools=[server])
    assert outputs(response) == ["booked 12A"]


def test_a_function_answers_for_a_model(client: Client) -> None:
    server = guarded(sampling=lambda params: f"{params.max_tokens} tokens of nothing")
    (response,) = ask("asyncio", client(), "use only summary", tools=[server])
    assert outputs(response) == ["in short: 100 tokens of nothing"]


def test_a_model_of_the_client_answers_what_a_server_asks_a_model(client: Client) -> None:
    asked = client()

    async def sample(params: Any) -> str:
        text = params.messages[0].content.text
        return (await asked.agenerate("sim:echo", text, auto_tool=False)).text

    (response,) = ask("asyncio", asked, "use only summary", tools=[guarded(sampling=sample)])
    assert outputs(response) == ["in short: Sum it up."]


def test_folders_are_told_to_a_server_that_asks(client: Client, tmp_path: Path) -> None:
    server = guarded(roots=[tmp_path, "file:///wiki"])
    (response,) = ask("asyncio", client(), "use only folders", tools=[server])
    assert outputs(response) == [f"{tmp_path.as_uri()}, file:///wiki"]


@pytest.mark.parametrize("tool", ["book", "summary", "folders"])
def test_without_a_function_a_server_is_told_that_nobody_answers(tool: str, client: Client) -> None:
    (response,) = ask("asyncio", client(), f"use only {tool}", tools=[guarded()])
    assert response.tool_results[0].is_error
    assert response.finish_reason == "stop"


def test_none_declines_for_the_user(client: Client) -> None:
    server = guarded(elicitation=lambda params: None)
    (response,) = ask("asyncio", client(), "use only book", tools=[server])
    assert response.tool_results[0].is_error


@pytest.mark.parametrize("server", [guarded, lambda **o: odd("asking", **o)])
def test_a_function_that_raises_fails_the_call_alone(server: Any, client: Client) -> None:
    def seats(params: Any) -> Any:
        raise LookupError("no seats")

    texts = ["use only book and say"] * 2
    made = server(elicitation=seats)
    first, second = ask("asyncio", client(), *texts, tools=[made])
    assert first.finish_reason == second.finish_reason == "stop"
    assert "no seats" in outputs(first)[0]
    assert "no seats" in outputs(second)[0]


@pytest.mark.parametrize("mode", MODES)
def test_servers_of_older_protocols_ask_in_mid_call(mode: str, client: Client) -> None:
    server = odd("asking", elicitation=seat, sampling=lambda params: "short")
    (response,) = ask(mode, client(), "use only say", tools=[server])
    elicited, sampled = json.loads(outputs(response)[0])
    assert elicited == {"action": "accept", "content": {"seat": "12A"}}
    assert sampled["content"] == {"type": "text", "text": "short"}


def test_servers_of_older_protocols_are_declined_too(client: Client) -> None:
    (response,) = ask("asyncio", client(), "use only say", tools=[odd("asking")])
    assert json.loads(outputs(response)[0]) == [
        "Elicitation not supported",
        "Sampling not supported",
    ]


def test_what_a_server_logs_is_given_to_a_function(client: Client) -> None:
    told: list[str] = []
    server = odd("logging", log=lambda params: told.append(params.data))
    ask("sync", client(), "use only say", tools=[server])
    assert told == ["at the shelf"]


# --- who we are -----------------------------------------------------------------------------------


class Storage:
    """Keeps tokens for one test."""

    def __init__(self) -> None:
        self.tokens: Any = None
        self.info: Any = None

    async def get_tokens(self) -> Any:
        return self.tokens

    async def set_tokens(self, tokens: Any) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> Any:
        return self.info

    async def set_client_info(self, info: Any) -> None:
        self.info = info


@pytest.fixture(scope="module")
def guarded_url() -> Any:
    with http_library(GUARDED) as url:
        yield url


def test_headers_are_sent_with_every_request(guarded_url: str, client: Client) -> None:
    headers = {"authorization": "Bearer token-of-the-test", "Wing": "B 12"}
    server = MCPServer(guarded_url, headers=headers)
    (response,) = ask("asyncio", client(), "use only header: Wing", tools=[server])
    assert outputs(response) == ["B 12"]


def test_a_client_of_ones_own_is_used_and_closed(guarded_url: str, client: Client) -> None:
    made: list[httpx2.AsyncClient] = []

    def make() -> httpx2.AsyncClient:
        made.append(httpx2.AsyncClient(headers={"authorization": "Bearer token-of-the-test"}))
        return made[-1]

    server = MCPServer(guarded_url, http_client=make, headers={"Wing": "C 3"})
    (response,) = ask("asyncio", client(), "use only header: Wing", tools=[server])
    assert outputs(response) == ["C 3"]
    assert [each.is_closed for each in made] == [True]


@pytest.mark.parametrize("mode", MODES)
def test_the_login_of_the_sdk_gets_a_token(mode: str, guarded_url: str, client: Client) -> None:
    storage = Storage()
    login = ClientCredentialsOAuthProvider(
        guarded_url,
        storage,
        "us",
        "secret-of-the-test",
        token_endpoint_auth_method="client_secret_post",
        issuer=guarded_url.removesuffix("mcp"),
    )
    server = MCPServer(guarded_url, auth=login)
    (response,) = ask(mode, client(), "use only header: Authorization", tools=[server])
    assert outputs(response) == ["Bearer token-of-the-test"]
    assert storage.tokens.access_token == "token-of-the-test"


def test_a_server_that_refuses_us_is_told_of_without_the_token(guarded_url: str) -> None:
    server = MCPServer(guarded_url, headers={"authorization": "Bearer wrong-and-secret"})
    with server, pytest.raises(MCPServerError, match="cannot be used") as caught:
        server.tools()
    assert "wrong-and-secret" not in str(caught.value)
