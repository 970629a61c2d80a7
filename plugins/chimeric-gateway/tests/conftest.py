"""What the gateway is tested with: itself on a real socket, a simulator, servers of faults."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import chimeric_gateway
import httpx
import pytest
import uvicorn
from chimeric_stores.fixtures import redis_server, start_redis
from chimeric_testing import LoopbackServer
from chimeric_testing.fixtures import serve_fault

if TYPE_CHECKING:
    from chimeric_sim import Simulator
    from chimeric_testing import SeenRequest

__all__ = ["redis_server", "serve_fault", "start_redis"]

Serving: TypeAlias = Callable[..., AbstractContextManager[str]]
Upstream: TypeAlias = Callable[..., LoopbackServer]


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """A simulator of a test's own."""
    from chimeric_sim import Simulator  # where it is not installed, the modules are skipped

    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Waits until something is true."""
    return _eventually


@pytest.fixture
def serving() -> Serving:
    """Serves a gateway; gives its URL, and at the end waits until the last answer is over."""
    return _serving


@pytest.fixture(scope="module")
def module_serving() -> Serving:
    """The same, for a gateway that the tests of a module share."""
    return _serving


@pytest.fixture
def ask() -> Iterator[Callable[..., httpx.Response]]:
    """Asks a gateway: ``ask(url, "/v1/messages", body)``."""
    with httpx.Client(timeout=30, trust_env=False) as client:

        def asked(url: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
            if body is not None:
                more["json"] = body
            return client.request(more.pop("method", "POST"), url + path, **more)

        yield asked


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """Starts servers that answer as a function says, and closes them."""
    with ExitStack() as servers:

        def start(handler: Callable[[SeenRequest], Any]) -> LoopbackServer:
            return servers.enter_context(LoopbackServer(handler))

        yield start


class Place:
    """A gateway whose one model, ``fast``, is a server that answers as it was told last.

    Attributes:
        url: of the gateway.
        server: the upstream; ``requests`` are those since it was told.
    """

    def __init__(self, url: str, server: LoopbackServer, told: list[Any]) -> None:
        self.url = url
        self.server = server
        self._told = told

    def answers(self, handler: Callable[[SeenRequest], Any]) -> None:
        """Let the upstream answer so from now on."""
        self._told[:] = [handler]
        self.server.requests.clear()


@contextmanager
def _place(key: str) -> Iterator[Place]:
    told: list[Any] = []
    with LoopbackServer(lambda request: told[0](request)) as server:
        endpoint = {"provider": "compatible", "base_url": f"{server.url}/v1", "api_key": key}
        settings = {"endpoints": {"up": endpoint}, "models": {"fast": {"model": "up:m"}}}
        with _serving(settings) as url:
            yield Place(url, server, told)


@pytest.fixture(scope="module")
def new_place() -> Callable[[str], AbstractContextManager[Place]]:
    """Makes a gateway that the tests of a module share, whose upstream has a key."""
    return _place


def _eventually(check: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.01)


class _Server(uvicorn.Server):
    """A server that leaves signals to the process that it is a thread of."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextmanager
def _serving(settings: Mapping[str, Any] | None = None, **options: Any) -> Iterator[str]:
    config = uvicorn.Config(
        chimeric_gateway.app(settings), port=0, log_level="error", lifespan="on", **options
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        _eventually(lambda: server.started or not thread.is_alive(), 30)
        assert server.started, "the gateway did not start"
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)
    assert not thread.is_alive(), "an answer was still open"
