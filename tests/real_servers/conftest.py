"""The servers that the chosen tests need, started together and once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from .served import starting
from .server import Server


@pytest.fixture(scope="session")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Server]]:
    """Gives a server by its name, once it answers."""
    folder = tmp_path_factory.mktemp("servers")
    wanted = {name for item in request.session.items if (name := _server_of(item))}
    running = {name: Server(name, starting(name, folder), folder) for name in sorted(wanted)}
    try:
        with ThreadPoolExecutor() as pool:  # the slow ones start while others are asked
            for started in [pool.submit(each.start) for each in running.values()]:
                started.result()
        yield lambda name: running[name].ready()
    finally:
        for each in running.values():
            each.stop()


def _server_of(item: pytest.Item) -> str | None:
    spoken = item.callspec.params.get("spoken") if isinstance(item, pytest.Function) and hasattr(item, "callspec") else None
    if spoken is not None:
        return str(spoken.server)
    mark = item.get_closest_marker("server")
    return None if mark is None else str(mark.args[0])
