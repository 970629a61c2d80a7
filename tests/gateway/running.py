"""The gateway, served: in this process on a thread of its own, or as a process of its own."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from chimeric_gateway import app

from tests.server import Server, Starting

__all__ = ["UPSTREAM_KEY", "at_work", "in_process", "own_process", "toml"]

UPSTREAM_KEY = "sk-upstream-0123456789abcdef"
"""The key that every provider is asked with; no client may ever see it."""

_VARIABLE = "GATEWAY_TEST_UPSTREAM_KEY"
KEY = f"env:{_VARIABLE}"


class _Quiet(uvicorn.Server):
    """A server that leaves signals to the process that it is a thread of."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextmanager
def in_process(settings: Mapping[str, Any]) -> Iterator[str]:
    """Serve in this process; gives the base URL, without a path."""
    os.environ[_VARIABLE] = UPSTREAM_KEY
    config = uvicorn.Config(
        app(settings), host="127.0.0.1", port=0, log_level="error", lifespan="on", access_log=False
    )
    server = _Quiet(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and thread.is_alive() and time.monotonic() < until:
        time.sleep(0.01)
    if not server.started:
        raise RuntimeError("the gateway did not start")
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        os.environ.pop(_VARIABLE, None)


def own_process(settings: Mapping[str, Any], folder: Path, *more: str) -> Server:
    """``chimeric serve`` with these settings, to be started; ``more`` are further arguments."""
    file = folder / "gateway.toml"
    file.write_text(toml(settings))
    environ = {
        name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")
    } | {_VARIABLE: UPSTREAM_KEY}
    command = [sys.executable, "-m", "chimeric_cli", "serve", "--config", str(file)]
    starting = Starting([*command, "--port", "{port}", *more], "/healthz", environ)
    return Server("gateway", starting, folder)


def toml(settings: Mapping[str, Any]) -> str:
    """Settings as a TOML file says them."""
    lines = [f"{name} = {_value(v)}" for name, v in settings.items() if not isinstance(v, Mapping)]
    for name, tables in settings.items():
        if isinstance(tables, Mapping):
            for key, table in tables.items():
                lines.append(f"[{name}.{_value(key)}]")
                lines += [f"{_value(field)} = {_value(value)}" for field, value in table.items()]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_value(k)} = {_value(v)}" for k, v in value.items()) + " }"
    return json.dumps(value)


@contextmanager
def at_work(settings: Mapping[str, Any], folder: Path, *more: str) -> Iterator[Server]:
    """A process of its own that takes requests."""
    with own_process(settings, folder, *more) as server:
        yield server.ready()
