"""The world that the samples run in: simulated services, and keys that mean nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("chimeric_sim", reason="the samples talk to the simulator")

from chimeric_sim import Simulator

PROVIDERS = (
    "openai",
    "anthropic",
    "azure",
    "google",
    "cohere",
    "groq",
    "cerebras",
    "grok",
    "mistral",
    "deepseek",
    "openrouter",
    "ollama",
    "bedrock",
    "vertex",
    "compatible",
    "llamacpp",
    "perplexity",
)


@pytest.fixture(scope="session")
def services() -> Iterator[Simulator]:
    """One simulator for all samples."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def world(services: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Simulator:
    """Every provider's service is the simulator; the working directory is empty."""
    for name in PROVIDERS:
        monkeypatch.setenv(f"{name.upper()}_BASE_URL", services.url)
        monkeypatch.setenv(f"{name.upper()}_API_KEY", "a-key-for-the-simulator")
    monkeypatch.setenv("AZURE_BASE_URL", services.base_url("azure"))
    monkeypatch.setenv("XAI_API_KEY", "a-key-for-the-simulator")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "a-key-for-the-simulator")
    for name in ("CHIMERIC_PLUGINS", "OLLAMA_HOST", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return services
