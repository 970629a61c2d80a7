"""The pytest plugin: the fixture ``sim``, a fresh simulator for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from .simulator import Simulator

__all__ = ["sim"]


@pytest.fixture
def sim(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A ``chimeric_sim.Simulator`` that is closed after the test; no proxy stands before it."""
    from .simulator import Simulator

    with Simulator() as simulator:
        host = urlsplit(simulator.url).hostname or ""
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.setenv(name, host, prepend=",")
        yield simulator
