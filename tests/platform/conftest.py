"""The clean environment that the platform's tests share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from environments import ROOT, Environment, build_wheel


@pytest.fixture(scope="session")
def core_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The core as users install it."""
    return build_wheel(ROOT, tmp_path_factory.mktemp("core"))


@pytest.fixture
def environment(core_wheel: Path, tmp_path: Path) -> Environment:
    """A clean environment with only the core."""
    environment = Environment(tmp_path / "environment")
    environment.install(core_wheel)
    return environment
