"""What the tests with recordings share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .replay import Replay


@pytest.fixture(scope="module")
def replay() -> Iterator[Replay]:
    """The recordings' server."""
    with Replay() as replay:
        yield replay
