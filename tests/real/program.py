"""A program in an environment of its own that is asked by lines of JSON."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .environments import place, python_of

__all__ = ["ON_NODE", "Program", "command_of", "settings"]

PROGRAMS = Path(__file__).parent / "programs"
ON_NODE = {
    "ag-ui": "ag_ui.mjs",
    "ai-sdk": "ai_sdk.mjs",
    "aimock": "aimock.mjs",
    "openai-node": "openai_node.mjs",
    "ui-stream": "ui_stream.mjs",
}
WITHIN = 60
"""Seconds that one task may take; the first one has the imports in it."""


def command_of(client: str) -> list[str]:
    """How the program of a client is started."""
    if client in ON_NODE:
        return ["node", str(place() / "node" / ON_NODE[client])]
    return [python_of(client), str(PROGRAMS / f"{client.replace('-', '_')}_program.py")]


def settings() -> dict[str, str]:
    """The environment of a program: no keys, no proxies, nothing that is asked of the network."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().endswith(("_API_KEY", "_BASE_URL", "_PROXY"))
    }
    offline = {
        "HF_HUB_OFFLINE": "1", "LANGSMITH_TRACING": "false", "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }  # fmt: skip
    return {**kept, **offline}


class Program:
    """A running program. ``ask`` gives it a task and waits for what came of it."""

    def __init__(self, command: list[str], environ: Mapping[str, str] | None = None) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=dict(environ or settings()),
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def ask(self, task: dict[str, Any]) -> dict[str, Any]:
        """What came of one task.

        Raises:
            RuntimeError: when the program is gone, with the end of its standard error.
            queue.Empty: when it says nothing for a minute.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        return self.read()

    def read(self) -> dict[str, Any]:
        """The next line of the program; raises as ``ask`` does."""
        line = self._lines.get(timeout=WITHIN)
        if not line:
            raise RuntimeError(self.errors())
        outcome: dict[str, Any] = json.loads(line)
        return outcome

    def errors(self) -> str:
        """The end of what it wrote to standard error."""
        self._errors.seek(0)
        return self._errors.read()[-4000:].decode(errors="replace")

    def close(self) -> None:
        """Let it end, and end it where it does not."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._reader.join(10)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.close()
