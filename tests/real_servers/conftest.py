"""The servers that the chosen tests need, started together and once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from chimeric_sim import Simulator

from tests.server import Server

from .served import CANNOT, Spoken, starting


@pytest.fixture(scope="session")
def upstream() -> Iterator[Simulator]:
    """What the proxy asks."""
    with Simulator() as sim:
        yield sim


@pytest.fixture(scope="session")
def server(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    upstream: Simulator,
) -> Iterator[Callable[[str], Server]]:
    """Gives a server by its name, once it answers."""
    folder = tmp_path_factory.mktemp("servers")
    wanted = {spoken.server for item in request.session.items if (spoken := _spoken(item))}
    running = {
        name: Server(name, starting(name, folder, upstream.url), folder) for name in sorted(wanted)
    }
    try:
        with ThreadPoolExecutor() as pool:  # the slow ones start while others are asked
            for started in [pool.submit(each.start) for each in running.values()]:
                started.result()
        yield lambda name: running[name].ready()
    finally:
        for each in running.values():
            each.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what a server cannot do."""
    for item in items:
        spoken = _spoken(item)
        for (server, api, word), reason in CANNOT.items():
            if spoken is not None and spoken[:2] == (server, api) and f"_{word}_" in item.name:
                item.add_marker(pytest.mark.xfail(reason=f"{server}: {reason}", strict=True))


def _spoken(item: pytest.Item) -> Spoken | None:
    """What a test is about, where it is about a server."""
    found = getattr(item, "callspec", None)
    spoken: Spoken | None = found.params.get("spoken") if found else None
    return spoken
