"""A simulator, a directory of llm's own, and the command in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import llm
import pytest
from chimeric_llm import noted
from chimeric_llm.client import shared_client
from chimeric_sim import Simulator
from chimeric_testing import LoopbackServer, SeenRequest

NAMES = ("openai", "anthropic")
MODELS = (
    *("openai:gpt-4o", "openai:echo", "openai:tools", "openai:gpt-sim-story", "openai:gpt-5-think"),
    *("anthropic:claude-sonnet-4-5", "anthropic:claude-think", "openai:structured"),
)

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def user_path(sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """llm's directory, with some models noted whose providers are the simulator."""
    for name in list(os.environ):
        if name.endswith("_API_KEY") or name.startswith(("CHIMERIC_", "LLM_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path))
    for name in NAMES:
        monkeypatch.setenv(f"{name.upper()}_BASE_URL", sim.base_url(name))
        monkeypatch.setenv(f"{name.upper()}_API_KEY", "any")
    variables = {name: (f"{name.upper()}_API_KEY",) for name in NAMES}
    noted.write(
        noted.Noted(
            id=model,
            provider=(provider := model.partition(":")[0]),
            needs_key=True,
            variables=variables[provider],
        )
        for model in MODELS
    )
    shared_client.cache_clear()
    yield tmp_path
    shared_client().close()
    shared_client.cache_clear()


@pytest.fixture
def model(user_path: Path) -> Callable[[str], llm.Model]:
    """The registered model of a name."""
    return llm.get_model


@pytest.fixture
def command(user_path: Path) -> Command:
    """Runs ``llm`` as a process of its own."""

    def run(*arguments: str, status: int = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "llm", *arguments],
            capture_output=True,
            text=True,
            input=stdin,
            timeout=120,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def half_a_call() -> Iterator[Callable[[], str]]:
    """A server whose answer ends, for its length, in the middle of a call; gives its address."""

    def chunk(delta: dict[str, object], reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return f"data: {json.dumps({'id': 'c1', 'choices': [choice]})}\n\n"

    def serve(request: SeenRequest) -> Iterator[bytes]:
        function = {"name": "wipe", "arguments": '{"what": "everything'}
        call = {"tool_calls": [{"index": 0, "id": "c1", "function": function}]}
        body = (chunk(call) + chunk({}, "length") + "data: [DONE]\n\n").encode()
        yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
        yield b"content-length: %d\r\n\r\n%b" % (len(body), body)

    with LoopbackServer(serve) as server:
        yield lambda: f"{server.url}/v1"
