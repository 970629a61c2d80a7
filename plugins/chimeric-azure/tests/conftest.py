"""A resource on loopback, and an environment without anything of Azure's."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from chimeric_sim import Simulator

VARIABLES = ("OPENAI_API_VERSION", "IDENTITY_ENDPOINT", "IDENTITY_HEADER")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("AZURE_") or name in VARIABLES:
            monkeypatch.delenv(name)


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as sim:
        yield sim
