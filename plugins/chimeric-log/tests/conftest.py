"""A client whose provider is the simulator, and what was logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from chimeric import Chimeric

pytest.importorskip("chimeric_sim", reason="the simulator is not installed")


@pytest.fixture
def client() -> Iterator[Chimeric]:
    with Chimeric(max_retries=2) as client:
        yield client


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Everything that is logged."""
    caplog.set_level(logging.DEBUG, "chimeric")
    return caplog
