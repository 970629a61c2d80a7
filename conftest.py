"""Settings of every test run: core's, the plugins', together or alone."""

from __future__ import annotations

import gc
from collections import Counter
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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let modules begin first that take longest, so that no process ends long after the others."""
    if hasattr(config, "workerinput"):  # one process of several
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        tests = Counter(item.path for item in items)
        items.sort(key=lambda item: (item.path not in slow, -tests[item.path]))


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
    if nextitem is None:
        gc.unfreeze()  # the last collection looks at everything again
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
        gc.freeze()  # with all SDKs imported, a collection that looks at them takes half a second
