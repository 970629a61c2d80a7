"""A simulated service and clients of it, and a crew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("chimeric_sim", reason="the tool loop is tested against the simulator")

from chimeric_sim import Simulator

from chimeric import Chimeric

from .crew import Crew
from .speakers import RUNNER, client_for_all_ways


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    """One simulator for all tests."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="session")
def client(simulator: Simulator) -> Iterator[Chimeric]:
    """A client whose providers are all the simulator. Nothing is registered with it."""
    with RUNNER, client_for_all_ways(simulator.url) as client:
        yield client


@pytest.fixture(scope="session")
def url(simulator: Simulator) -> str:
    """Where the simulator is."""
    return simulator.url


@pytest.fixture
def crew() -> Iterator[Crew]:
    """A service whose model calls what the user says."""
    with Crew() as crew:
        yield crew
