"""The clean environment, the servers and the ways of calling that the platform's tests share."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop
from chimeric_testing import LoopbackServer

sys.path.insert(0, str(Path(__file__).parent))

from environments import ROOT, Environment, build_wheel
from provider import lines
from transports import WAYS, Way, named


@pytest.fixture(scope="session")
def core_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The core as users install it."""
    return build_wheel(ROOT, tmp_path_factory.mktemp("core"))


@pytest.fixture
def environment(core_wheel: Path, tmp_path: Path) -> Environment:
    """A clean environment with only the core."""
    environment = Environment(tmp_path / "environment")
    environment.install(core_wheel)
    return environment


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """A server of the provider whose plugin is spoilt."""
    with LoopbackServer(lines) as server:
        yield server


@pytest.fixture(params=WAYS, ids=named)
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    """A transport, on the loop that it asks for."""
    before = asyncio.get_event_loop_policy()
    if request.param.uvloop:
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    yield request.param
    asyncio.set_event_loop_policy(before)
