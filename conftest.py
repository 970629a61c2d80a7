"""Settings of every test run: core's, the plugins', together or alone."""

from __future__ import annotations

import gc
from collections.abc import Generator

import pytest

try:
    from hypothesis import settings
except ImportError:  # the core's own environment has pytest and nothing else
    pass
else:
    # Timings never fail a test.
    settings.register_profile("chimeric", deadline=None)
    settings.load_profile("chimeric")


def pytest_collection_finish() -> None:
    """Take what was imported out of the collections below: it stays."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, None, None]:
    """Find what a module left open while that module is the one to name."""
    yield
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
