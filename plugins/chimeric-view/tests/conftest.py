"""Recordings to look at: made by the simulator, in several protocols."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from chimeric_record import Asked, Record, load

from chimeric import Chimeric

pytest.importorskip("chimeric_sim", reason="the simulator is not installed")
from chimeric_sim import Simulator

MODELS = {
    "openai": "gpt-4o",
    "anthropic": "claude-sonnet-4-5",
    "google": "gemini-2.5-flash",
    "cohere": "command-a-03-2025",
    "ollama": "llama3.2",
    "bedrock": "anthropic.claude-sonnet-4-5-20250929-v1:0",
}
CALLERS = {
    **dict.fromkeys(("openai", "ollama"), "sim-tools"),
    "anthropic": "claude-tools",
    "google": "gemini-tools",
    "cohere": "command-tools",
    "bedrock": "anthropic.claude-tools",
}
"""Models that call the tools they are given."""

NOBODY = Asked(provider="")

KEY = "a-key-for-the-simulator"

Make = Callable[..., Path]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def make(sim: Simulator, tmp_path: Path) -> Make:
    """Records a call of a provider, and gives the file."""

    def make(provider: str = "openai", prompt: str = "A story in 12 words", **params: Any) -> Path:
        folder = tmp_path / f"{provider}-{len(list(tmp_path.iterdir()))}"
        with Chimeric(
            api_keys={provider: KEY},
            base_urls={provider: sim.url},
            plugins=[Record(folder, "record")],
            only_plugins=[provider],
        ) as client:
            model = (CALLERS if "tools" in params else MODELS)[provider]
            client.generate(model, prompt, True, provider=provider, **params).collect()
        return min(folder.iterdir(), key=lambda path: (load(path).asked or NOBODY).date)

    return make


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the command as a process, with no browser to open."""
    kept = ("PATH", "LANG", "TMPDIR", "VIRTUAL_ENV", "SYSTEMROOT")
    env = {name: os.environ[name] for name in kept if name in os.environ}

    def run(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "chimeric_cli", "view", *map(str, arguments)],
            env={**env, "HOME": str(tmp_path), "BROWSER": "true", "PYTHONUTF8": "1", **more},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def changed(path: Path, **changes: Any) -> Path:
    """The same recording with other fields."""
    told = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode({**told, **changes}))
    return path
