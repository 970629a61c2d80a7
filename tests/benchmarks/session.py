"""Worker processes, and measurements taken from them in turn."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import time
from types import TracebackType
from typing import Any

from .environments import ROOT, Environment

__all__ = ["Cell", "Session", "start_server"]

PATIENCE = 240.0
"""Seconds that one order may take before its worker is given up."""


class Cell:
    """What was measured of one subject in one case."""

    def __init__(self) -> None:
        self.values: list[dict[str, float]] = []
        self.error: str | None = None
        self.spent = 0.0

    def data(self) -> dict[str, Any]:
        """Plain data."""
        return {"values": self.values, "error": self.error}


def start_server() -> tuple[subprocess.Popen[str], str]:
    """Start the server's process; returns it and the base URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.server"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    return process, f"http://127.0.0.1:{process.stdout.readline().strip()}"


class Session:
    """A server and a worker for each subject, started when first needed."""

    def __init__(self, environments: dict[str, Environment]) -> None:
        self._environments = environments
        self._workers: dict[str, subprocess.Popen[str]] = {}
        self.server, self.base = start_server()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for subject in list(self._workers):
            self.end(subject)
        self.server.kill()
        self.server.communicate()

    def order(self, subject: str, order: dict[str, Any]) -> dict[str, Any]:
        """Have a subject's worker do something; failures come back as ``{"error": text}``."""
        environment = self._environments.get(subject) or self._environments["chimeric"]
        if environment.error is not None:
            return {"error": f"not installed: {environment.error}"}
        worker = self._workers.get(subject) or self._start(subject, environment)
        assert worker.stdin is not None
        assert worker.stdout is not None
        try:
            worker.stdin.write(json.dumps(order) + "\n")
            worker.stdin.flush()
        except OSError:
            self.end(subject)
            return {"error": "the process had ended"}
        if not select.select([worker.stdout], [], [], PATIENCE)[0]:
            self.end(subject)
            return {"error": f"no result within {PATIENCE:g} s"}
        line = worker.stdout.readline()
        if not line:
            self.end(subject)
            return {"error": "the process ended"}
        reply: dict[str, Any] = json.loads(line)
        return reply

    def end(self, subject: str) -> None:
        """End a subject's worker; the next order starts a new one."""
        worker = self._workers.pop(subject, None)
        if worker is not None:
            worker.kill()
            worker.communicate()

    def interleave(
        self,
        subjects: list[str],
        orders: dict[str, dict[str, Any]],
        rounds: int,
        budget: float,
        *,
        fresh: bool,
    ) -> dict[str, Cell]:
        """Each subject once a round; one that has used up its seconds sits the next rounds out.

        ``fresh``: each time in a new process, which no earlier work has left memory.
        """
        cells = {subject: Cell() for subject in subjects}
        for _ in range(rounds):
            for subject, cell in cells.items():
                if cell.error or cell.spent > budget:
                    continue
                if fresh:
                    self.end(subject)
                    self.order(subject, {"do": "ready"})
                began = time.monotonic()
                reply = self.order(subject, orders[subject])
                cell.spent += time.monotonic() - began
                if fresh:
                    self.end(subject)
                if "error" in reply:
                    cell.error = reply["error"]
                else:
                    cell.values.append(reply)
        return cells

    def _start(self, subject: str, environment: Environment) -> subprocess.Popen[str]:
        name = environment.subject or subject
        worker = subprocess.Popen(
            [environment.python, "-m", "tests.benchmarks.worker", name, self.base],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "HOME": "/tmp"},
        )
        self._workers[subject] = worker
        return worker
