"""No key and no base URL of whoever runs the tests."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if (
            name.endswith(("_API_KEY", "_AUTH_TOKEN", "_BASE_URL"))
            or name == "CHIMERIC_REQUIRE_TLS"
        ):
            monkeypatch.delenv(name)
