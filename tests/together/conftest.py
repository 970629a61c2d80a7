"""A world of middleware, and services that it is asked through."""

from __future__ import annotations

from pathlib import Path

import pytest
from chimeric_sim import Simulator

from .middleware import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def urls(sim: Simulator) -> dict[str, str]:
    names = ("openai", "anthropic", "google", "cohere", "ollama", "mistral", "groq", "bedrock")
    return {name: sim.base_url(name) for name in names}
