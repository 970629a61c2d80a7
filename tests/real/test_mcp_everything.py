"""The protocol's own test server, in TypeScript, has its tools called over both transports."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from chimeric_mcp import MCPServer, Progress
from chimeric_sim import Simulator

from chimeric import Chimeric, CompletionResponse, ImagePart
from tests.server import free_port

from .environments import node_missing, place, require

require()

# On trio, the SDK leaves the streams of answers that it closes to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings(f"ignore:Async generator '{library}:ResourceWarning")
    for library in ("httpx2", "httpcore2")
]

MODES = ("sync", "asyncio", "trio")
PROVIDERS = ("sim", "openai", "anthropic", "google")
PACKAGE = "node/node_modules/@modelcontextprotocol/server-everything/dist/index.js"


@pytest.fixture(scope="module")
def program() -> str:
    if why := node_missing():
        pytest.skip(why)
    return str(place() / PACKAGE)


@pytest.fixture(scope="module")
def url(program: str) -> Iterator[str]:
    with over_http(program) as (url, _):
        yield url


@contextlib.contextmanager
def over_http(program: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = free_port()
    process = subprocess.Popen(
        ["node", program, "streamableHttp"],
        env={**os.environ, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(1200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/mcp", process
    finally:
        process.kill()
        process.wait()


@pytest.fixture(params=["stdio", "http"])
def server(request: pytest.FixtureRequest, program: str) -> Callable[..., MCPServer]:
    """Makes the server, reached in either way."""
    if request.param == "http":
        url = request.getfixturevalue("url")
        return lambda **options: MCPServer(url, **options)
    return lambda **options: MCPServer("node", program, "stdio", **options)


@pytest.fixture(scope="module")
def client() -> Iterator[Callable[[], Chimeric]]:
    with Simulator() as simulator:
        urls = {name: simulator.base_url(name) for name in PROVIDERS[1:]}
        keys = dict.fromkeys(urls, "sk-any-key-will-do")
        yield lambda: Chimeric(base_urls=urls, api_keys=keys, max_retries=0)


def ask(
    mode: str, client: Chimeric, *texts: str, model: str = "sim:tools", **params: Any
) -> list[CompletionResponse]:
    if mode == "sync":
        with client:
            return [client.generate(model, text, **params) for text in texts]

    async def main() -> list[CompletionResponse]:
        async with client:
            return [await client.agenerate(model, text, **params) for text in texts]

    return anyio.run(main, backend=mode)


Make = Callable[..., MCPServer]
Client = Callable[[], Chimeric]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.filterwarnings("ignore:.*takes only text in tool results")
def test_its_tools_are_called(provider: str, mode: str, server: Make, client: Client) -> None:
    texts = ["use only get-sum with 3 and 4", "use only echo with Berlin",
             "use only get-tiny-image", "use only get-structured-content"]  # fmt: skip
    found = ask(mode, client(), *texts, model=f"{provider}:tools", tools=[server()])
    total, echo, picture, weather = (response.tool_results[0] for response in found)
    assert total.output == "The sum of 3 and 4 is 7."
    assert echo.output == "Echo: Berlin"
    assert [part.media_type for part in picture.parts if isinstance(part, ImagePart)] == [
        "image/png"
    ]
    assert set(weather.value) == {"temperature", "conditions", "humidity"}
    assert all(response.finish_reason == "stop" for response in found)


@pytest.mark.parametrize("mode", MODES)
def test_its_progress_is_shown(mode: str, server: Make, client: Client) -> None:
    asked = {"model": "sim:tools", "messages": "use only trigger-long-running-operation 0.5 and 5"}
    shown: list[Any] = []

    async def main() -> None:
        async with client() as asking:
            stream: Any = await asking.agenerate(**asked, tools=[server()], stream=True)
            async for chunk in stream:
                shown.extend(result.value for result in chunk.tool_results)

    if mode == "sync":
        with client() as asking:
            for chunk in asking.generate(**asked, tools=[server()], stream=True):
                shown.extend(result.value for result in chunk.tool_results)
    else:
        anyio.run(main, backend=mode)
    progress = [value for value in shown if isinstance(value, Progress)]
    assert [(value.progress, value.total) for value in progress] == [(n, 5) for n in range(1, 6)]


@pytest.mark.parametrize("mode", MODES)
def test_a_call_that_is_left_is_cancelled_and_the_server_stays(
    mode: str, server: Make, client: Client
) -> None:
    made = server(timeouts={"trigger-*": 0.5})
    texts = ["use only trigger-long-running-operation 60 and 3", "use only get-sum with 1 and 2"]
    slow, quick = ask(mode, client(), *texts, tools=[made])
    assert slow.tool_results[0].output == "no result in 0.5 s; the call was cancelled"
    assert quick.tool_results[0].output == "The sum of 1 and 2 is 3."


@pytest.mark.parametrize("mode", MODES)
def test_it_asks_a_model_and_the_user(mode: str, server: Make, client: Client) -> None:
    made = server(sampling=lambda params: "a sample", elicitation=lambda params: None)
    texts = ["use only trigger-sampling-request", "use only trigger-elicitation-request"]
    sampled, elicited = ask(mode, client(), *texts, tools=[made])
    assert "a sample" in sampled.tool_results[0].output
    assert "declined" in elicited.tool_results[0].output


def test_its_prompts_and_resources_are_messages(server: Make) -> None:
    with server() as made:
        (prompt,) = made.prompt("args-prompt", {"city": "Oslo", "state": "Norway"})
        assert "Oslo" in prompt.text
        page = made.resource("demo://resource/static/document/architecture.md")
        assert "Everything Server" in page.text


def test_a_hundred_calls_at_a_time_share_it(server: Make, client: Client) -> None:
    made = server()
    found: list[str] = []

    async def one(asking: Chimeric, number: int) -> None:
        text = f"use only get-sum with {number} and 1"
        response = await asking.agenerate("sim:tools", text, tools=[made])
        found.append(response.tool_results[0].output)

    async def main() -> None:
        async with client() as asking:
            await asyncio.gather(*(one(asking, number) for number in range(100)))

    asyncio.run(main())
    assert sorted(found) == sorted(f"The sum of {n} and 1 is {n + 1}." for n in range(100))


def test_a_crash_over_stdio_is_a_result_and_it_is_started_anew(
    program: str, client: Client
) -> None:
    made = MCPServer("node", program, "stdio")
    text = "use only trigger-long-running-operation 30 and 3"
    with client() as asking:
        made.tools()
        threading.Timer(3.0, kill_children).start()
        response = asking.generate("sim:tools", text, tools=[made])
        assert "ended in mid-call" in response.tool_results[0].output
        again = asking.generate("sim:tools", "use only get-sum with 1 and 2", tools=[made])
        assert again.tool_results[0].output == "The sum of 1 and 2 is 3."


def kill_children() -> None:
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == os.getpid() and b"stdio" in (path / "cmdline").read_bytes():
                os.kill(int(path.name), signal.SIGKILL)


def test_a_crash_over_http_is_a_result(program: str, client: Client) -> None:
    text = "use only trigger-long-running-operation 30 and 3"
    with over_http(program) as (url, process), client() as asking:
        made = MCPServer(url)
        made.tools()
        threading.Timer(3.0, process.kill).start()
        with pytest.warns(match="cannot be used"):
            response = asking.generate("sim:tools", text, tools=[made])
    assert "ended in mid-call" in response.tool_results[0].output
