"""Programs and services that the tests of this folder share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from .environments import node_missing
from .program import ON_NODE, Program, command_of

if TYPE_CHECKING:
    from .front_ends import FrontEnds


@pytest.fixture(scope="session")
def program() -> Iterator[Callable[[str], Program]]:
    """The program of a client, started when it is first asked for."""
    running: dict[str, Program] = {}

    def of(client: str) -> Program:
        if client in ON_NODE and (why := node_missing()):
            pytest.skip(why)
        if client not in running:
            running[client] = Program(command_of(client))
        return running[client]

    yield of
    for each in running.values():
        each.close()


@pytest.fixture(scope="module")
def front_ends() -> Iterator[tuple[FrontEnds, str]]:
    """The application that sends to front ends, and its URL."""
    from .front_ends import running  # what it needs is only installed for these tests

    with running() as found:
        yield found


@pytest.fixture
def app(front_ends: tuple[FrontEnds, str]) -> FrontEnds:
    return front_ends[0]
