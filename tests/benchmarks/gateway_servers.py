"""What stands between clients and the upstream in the gateway's benchmark, each a process."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.gateway.running import toml
from tests.server import Server, Starting

__all__ = ["CHAT", "MESSAGES", "PATHS", "RESPONSES", "Case", "Pair", "Subject", "running"]

CHAT, MESSAGES, RESPONSES = "chat completions", "Messages", "Responses"
PATHS = {
    CHAT: "/v1/chat/completions",
    MESSAGES: "/v1/messages",
    RESPONSES: "/v1/responses",
}


class Pair(NamedTuple):
    """What the client and the upstream speak."""

    client: str
    upstream: str

    @property
    def same(self) -> bool:
        return self.client == self.upstream

    def __str__(self) -> str:
        return self.client if self.same else f"{self.client} in front of {self.upstream}"


class Case(NamedTuple):
    """How many streams of how many chunks, and how the upstream sends them."""

    name: str
    mode: str
    many: int
    chunks: int

    @property
    def model(self) -> str:
        return f"bench-{self.mode}-{self.chunks}"


class Subject:
    """Something that stands between a client and the upstream."""

    def __init__(self, name: str, port: int, pid: int, models: dict[str, str]) -> None:
        self.name = name
        self.port = port
        self.pid = pid
        self._models = models

    def model(self, pair: Pair, case: Case) -> str:
        """How it calls the model of a case."""
        return self._models.get(pair.upstream, "") + case.model

    def cpu(self) -> float:
        """Processor seconds of its process until now, ended threads included."""
        return time.clock_gettime((~self.pid << 3) | 2)  # Linux: the clock of another process

    def memory(self) -> int:
        """Bytes of its process."""
        told = Path(f"/proc/{self.pid}/statm").read_text()
        return int(told.split()[1]) * os.sysconf("SC_PAGE_SIZE")


UVICORN = ("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning")


@contextmanager
def running(
    upstream: str, cases: Iterable[Case], litellm: str | None
) -> Iterator[dict[str, dict[str, Subject]]]:
    """The subjects by name, and by what the upstream speaks.

    Args:
        upstream: its URL.
        cases: whose models the proxy is told of.
        litellm: folder of the proxy's environment; without it, it is left out.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))

        def start(name: str, starting: Starting, models: dict[str, str]) -> Subject:
            server = stack.enter_context(Server(name, starting, folder)).ready()
            return Subject(name, server.port, server.pid, models)

        upstreams = (CHAT, MESSAGES)
        relays = {spoken: start("relay", _relay(upstream, spoken), {}) for spoken in upstreams}
        told = {CHAT: "to-chat:", MESSAGES: "to-messages:"}
        ours = start("gateway", _gateway(upstream, folder), told)
        found = {"relay": relays, "gateway": dict.fromkeys(upstreams, ours)}
        if litellm:
            told = {CHAT: "chat/", MESSAGES: "messages/"}
            proxy = start("litellm", _litellm(upstream, folder, litellm, cases), told)
            found["litellm"] = dict.fromkeys(upstreams, proxy)
        yield found


def _relay(upstream: str, spoken: str) -> Starting:
    environ = {**os.environ, "RELAY_UPSTREAM": upstream, "RELAY_PATH": PATHS[spoken]}
    command = [sys.executable, "-m", "uvicorn", "tests.benchmarks.relay:app", "--port", "{port}"]
    return Starting([*command, *UVICORN], "/healthz", environ, cwd=Path.cwd())


def _gateway(upstream: str, folder: Path) -> Starting:
    place = {"api_key": "env:BENCH_KEY"}
    settings: dict[str, Any] = {
        "log": False,
        "endpoints": {
            "to-chat": {
                "provider": "openai",
                "base_url": f"{upstream}/v1",
                "options": {"api": "chat_completions"},
                **place,
            },
            "to-messages": {"provider": "anthropic", "base_url": upstream, **place},
        },
    }
    file = folder / "gateway.toml"
    file.write_text(toml(settings))
    command = [sys.executable, "-m", "chimeric_cli", "serve", "--config", str(file)]
    environ = {**os.environ, "BENCH_KEY": "sk-bench"}
    return Starting([*command, "--port", "{port}"], "/healthz", environ)


def _litellm(upstream: str, folder: Path, place: str, cases: Iterable[Case]) -> Starting:
    models = []
    for model in sorted({case.model for case in cases}):
        chat = {
            "model": f"hosted_vllm/{model}",
            "api_base": f"{upstream}/v1",
            "api_key": "sk-bench",
        }
        messages = {"model": f"anthropic/{model}", "api_base": upstream, "api_key": "sk-bench"}
        models += [
            {"model_name": f"chat/{model}", "litellm_params": chat},
            {"model_name": f"messages/{model}", "litellm_params": messages},
        ]
    file = folder / "litellm.yaml"
    settings = {"telemetry": False, "num_retries": 0}
    file.write_text(json.dumps({"model_list": models, "litellm_settings": settings}))
    kept = {name: v for name, v in os.environ.items() if not name.endswith(("_API_KEY", "_PROXY"))}
    environ = {**kept, "LITELLM_MASTER_KEY": "sk-bench"}
    environ |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
    command = [f"{place}/bin/litellm", "--config", str(file), "--host", "127.0.0.1"]
    return Starting(
        [*command, "--port", "{port}", "--num_workers", "1"], "/health/liveliness", environ
    )
