"""The world that the samples run in: simulated services, and keys that mean nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("chimeric_sim", reason="the samples talk to the simulator")

from chimeric_sim import Simulator

from .fresh import wheels
from .site import site

__all__ = ["site", "wheels"]

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
    monkeypatch.setenv("RAY_ADDRESS", "local")  # not the cluster of another test
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return services


@pytest.fixture
def start_gateway() -> Iterator[Callable[[Mapping[str, Any]], str]]:
    """Serves gateways of a configuration, and gives their URLs."""
    with ExitStack() as running:
        yield lambda config: running.enter_context(_gateway(config))


@contextmanager
def _gateway(config: Mapping[str, Any]) -> Iterator[str]:
    gateway = pytest.importorskip("chimeric_gateway", reason="the sample asks the gateway")
    uvicorn = pytest.importorskip("uvicorn")
    server = uvicorn.Server(uvicorn.Config(gateway.app(config), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        end = time.monotonic() + 60
        while not server.started:
            assert thread.is_alive(), "the gateway does not start"
            assert time.monotonic() < end, "the gateway does not start in time"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)
