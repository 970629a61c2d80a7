"""The pytest plugin: the fixture ``sim``, a fresh simulator for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .simulator import Simulator

__all__ = ["sim"]


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """A ``chimeric_sim.Simulator`` that is closed after the test."""
    from .simulator import Simulator

    with Simulator() as simulator:
        yield simulator
