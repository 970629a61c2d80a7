"""What applications are tested with: a simulator, a Redis, a server in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from chimeric_stores.fixtures import RedisServer, start_redis

if TYPE_CHECKING:
    from chimeric_sim import Simulator

__all__ = ["start_redis"]


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


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis that all tests of a run share: their streams have ids of their own."""
    if RedisServer.program() is None:
        pytest.skip("neither redis-server nor valkey-server is installed")
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> str:
    """The event loop to run on."""
    return str(request.param)


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest) -> Any:
    """A store of each kind."""
    from chimeric_serving import MemoryStore, RedisStore

    if request.param == "memory":
        return MemoryStore()
    return RedisStore(request.getfixturevalue("redis_server").url)


@pytest.fixture
def serving() -> Callable[[Any], AbstractContextManager[str]]:
    """Serves an application; gives its URL, and at the end waits until the last answer is over."""
    return _serving


def _eventually(check: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.01)


@contextmanager
def _serving(app: Any) -> Iterator[str]:
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="on"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        _eventually(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
    assert not thread.is_alive(), "a response was still open"
