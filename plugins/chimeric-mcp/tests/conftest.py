"""Servers to ask, a simulated model that calls their tools, and the ways to call it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import random
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio
from chimeric_mcp import MCPServer
from chimeric_sim import Simulator

from chimeric import Chimeric, CompletionResponse

SERVERS = Path(__file__).parent / "servers"
LIBRARY = str(SERVERS / "library.py")
GUARDED = str(SERVERS / "guarded.py")
ODD = str(SERVERS / "odd.py")
MODES = ("sync", "asyncio", "trio")
PROVIDERS = ("sim", "openai", "anthropic", "google")


def library(**options: Any) -> MCPServer:
    """A server that is written with the SDK, as a program."""
    return MCPServer(sys.executable, LIBRARY, **options)


def odd(behaviour: str, **options: Any) -> MCPServer:
    """A server that does something odd, as a program."""
    return MCPServer(sys.executable, ODD, behaviour, **options)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On trio, the SDK leaves the streams of answers that it closes to the garbage collector."""
    for item in items:
        if Path(item.path).parent == Path(__file__).parent:
            for library in ("httpx2", "httpcore2"):
                text = f"ignore:Async generator '{library}:ResourceWarning"
                item.add_marker(pytest.mark.filterwarnings(text))


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def client(simulator: Simulator) -> Callable[..., Chimeric]:
    """Makes clients whose providers are the simulator."""
    urls = {name: simulator.base_url(name) for name in PROVIDERS[1:]}
    keys = dict.fromkeys(urls, "sk-any-key-will-do")

    def make(**options: Any) -> Chimeric:
        return Chimeric(base_urls=urls, api_keys=keys, max_retries=0, **options)

    return make


@contextlib.contextmanager
def http_library(program: str = LIBRARY) -> Iterator[str]:
    """A server over streamable HTTP, in a process of its own; its URL."""
    port = _free_port()
    process = subprocess.Popen([sys.executable, program, "http", str(port)])
    try:
        for _ in range(1200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    """A port below those that systems give to connections: none takes it meanwhile."""
    ports = range(20_000, 32_000)
    for port in random.sample(ports, len(ports)):
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


@pytest.fixture(scope="session")
def http_url() -> Iterator[str]:
    with http_library() as url:
        yield url


def run(mode: str, main: Callable[[], Awaitable[Any]]) -> Any:
    """Run a coroutine function on a loop of its own."""
    return trio.run(main) if mode == "trio" else asyncio.run(main())  # type: ignore[arg-type]


def ask(
    mode: str, client: Chimeric, *texts: str, model: str = "sim:tools", **params: Any
) -> list[CompletionResponse]:
    """Ask one thing after another, and close the client."""
    if mode == "sync":
        with client:
            return [client.generate(model, text, **params) for text in texts]

    async def main() -> list[CompletionResponse]:
        async with client:
            return [await client.agenerate(model, text, **params) for text in texts]

    found: list[CompletionResponse] = run(mode, main)
    return found


def outputs(response: CompletionResponse) -> list[str]:
    return [result.output for result in response.tool_results]


def programs() -> list[int]:
    """The processes that this one has started and that have not ended, the HTTP server aside."""
    mine = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            command = (path / "cmdline").read_bytes().split(b"\0")
            is_server = any(
                name in part
                for part in command
                for name in (b"library.py", b"odd.py", b"guarded.py")
            )
            if int(fields[1]) == os.getpid() and b"http" not in command and is_server:
                mine.append(int(path.name))
    return mine


def threads() -> list[str]:
    """Threads that this distribution, or its tools, have started."""
    names = (thread.name for thread in threading.enumerate())
    return [name for name in names if name.startswith(("chimeric-mcp", "chimeric-tool"))]


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def nothing_is_left() -> None:
    """Fail if a process or a thread of a server is still there after a moment."""
    gc.collect()
    for _ in range(600):
        if not programs() and not threads():
            return
        time.sleep(0.05)
    raise AssertionError(f"left: processes {programs()}, threads {threads()}")


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    yield
    if Path("/proc/self").exists():
        nothing_is_left()


@contextlib.contextmanager
def told() -> Iterator[list[str]]:
    """What is warned of, as texts."""
    texts: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield texts
    texts += [str(warning.message) for warning in caught]
