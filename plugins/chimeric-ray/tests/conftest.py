"""A Ray cluster of three nodes on this machine, and a provider in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

# Without Ray, only what needs none is tested.
try:
    import ray
except ImportError:
    ray = None  # type: ignore[assignment]

SENTINEL = "sk-sentinel-5f0c1e7a9b3d4c28"
"""The key: only the nodes have it, in their environment."""


class Provider:
    """The provider's process."""

    def __init__(self) -> None:
        command = [sys.executable, str(Path(__file__).with_name("provider.py"))]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().decode().strip()

    def asked(self) -> dict[int, int]:
        """How often each row was asked."""
        told = httpx.get(f"{self.url}/asked", timeout=60).json()
        return {int(row): count for row, count in told.items()}

    def most(self) -> int:
        """How many answers were under way at most."""
        return int(httpx.get(f"{self.url}/most", timeout=60).text)

    def release(self) -> None:
        """Let the answers go that are held."""
        httpx.get(f"{self.url}/release", timeout=60)

    def forget(self) -> None:
        """Begin to count anew."""
        httpx.get(f"{self.url}/forget", timeout=60)

    def close(self) -> None:
        """End it."""
        self.process.communicate()


@pytest.fixture(scope="session")
def service() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture(scope="session")
def cluster(service: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if ray is None:
        pytest.skip("Ray is not installed")
    from ray.cluster_utils import Cluster

    # Workers are niced by default: on a machine that is busy otherwise they would starve.
    for name, value in (
        *(("RAY_DATA_DISABLE_PROGRESS_BARS", "1"), ("RAY_USAGE_STATS_ENABLED", "0")),
        ("RAY_worker_niceness", "0"),
    ):
        os.environ.setdefault(name, value)
    assert "OPENAI_API_KEY" not in os.environ
    environ = {"OPENAI_API_KEY": SENTINEL, "OPENAI_BASE_URL": f"{service.url}/v1"}
    store = 300 * 2**20
    cluster = Cluster()
    cluster.add_node(
        num_cpus=1, object_store_memory=store, env_vars=environ, include_dashboard=False
    )
    for _ in range(2):
        cluster.add_node(num_cpus=2, object_store_memory=store, env_vars=environ)
    ray.init(address=cluster.address, log_to_driver=False)
    yield cluster
    ray.shutdown()
    cluster.shutdown()


@pytest.fixture(scope="session")
def key() -> str:
    """What only the nodes know."""
    return SENTINEL


@pytest.fixture
def provider(cluster: Any, service: Provider) -> Provider:
    """The provider; the cluster's nodes know where it is."""
    service.forget()
    return service
