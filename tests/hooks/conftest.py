"""The service that the tests of hooks share; those that need more of it have their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .acme import Service


@pytest.fixture
def service() -> Iterator[Service]:
    """A service that tells stories."""
    with Service() as service:
        yield service
