"""What the tests of the services share."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No service is known to the environment."""
    for name in os.environ:
        if name.endswith(("_API_KEY", "_TOKEN", "_URL", "_API_BASE", "_ACCOUNT_ID", "_ACCOUNT")):
            monkeypatch.delenv(name)
