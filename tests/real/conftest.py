"""Programs and services that the tests of this folder share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from .environments import node_missing
from .program import ON_NODE, Program, command_of


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
