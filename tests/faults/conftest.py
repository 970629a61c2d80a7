"""Fixtures of all tests of ends and faults."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import uvloop
from chimeric_testing import LoopbackServer

from .calls import Ask, Collect, collect_async, collect_sync
from .loops import under_uvloop
from .streams import ASK, client_of, endless


@pytest.fixture(params=["asyncio", "uvloop"])
def each_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Once with asyncio's own loop, once with uvloop's."""
    before = asyncio.get_event_loop_policy()
    if request.param == "uvloop":
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    yield
    asyncio.set_event_loop_policy(before)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """A server whose answers do not end."""
    with LoopbackServer(endless) as server:
        yield server


@pytest.fixture(
    params=[collect_sync, collect_async, under_uvloop(collect_async)],
    ids=["sync", "async", "uvloop"],
)
def collect(request: pytest.FixtureRequest) -> Collect:
    """Makes one call, to its end, and closes the client."""
    way: Collect = request.param
    return way


@pytest.fixture
def ask(collect: Collect) -> Ask:
    """Makes one call of a client of its own, to its end."""
    return lambda server, call, **settings: collect(client_of(server, **settings), {**ASK, **call})
