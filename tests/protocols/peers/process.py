"""A client's process, started when first needed and again after it had to be ended."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
from dataclasses import asdict

from .environments import ROOT, Environment
from .outcome import Order, Outcome, Told

__all__ = ["Process"]

FIRST = 20.0
"""Seconds more for the first answer: some libraries import most of themselves for it."""
STARTING = 120.0
"""Seconds in which a library must be imported; several start at once."""


class Process:
    """Plays orders with one client."""

    def __init__(self, client: str, environment: Environment) -> None:
        self._client = client
        self._python = environment.python
        self._process: subprocess.Popen[str] | None = None

    def play(self, order: Order, limit: float) -> Outcome | None:
        """What the client saw; None if there was no end in so many seconds.

        A process that does not survive an answer ended with something that no one can catch.
        """
        if self._process is None:
            limit += FIRST
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asdict(order)) + "\n")
        process.stdin.flush()
        line = self._line(process, limit)
        if line:
            return Outcome.of_json(line)
        died = line is not None
        self.end()
        return Outcome(error=Told("the end of the process", [], "")) if died else None

    def end(self) -> None:
        """End the process with all that it started; the next order starts a new one."""
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def _line(self, process: subprocess.Popen[str], limit: float) -> str | None:
        """A line, nothing of a process that has ended, None of one that says nothing."""
        assert process.stdout is not None
        ready = select.select([process.stdout], [], [], limit)[0]
        return process.stdout.readline() if ready else None

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [self._python, "-W", "ignore", "-m", "tests.protocols.peers.worker", self._client],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            start_new_session=True,
            env={"PATH": "/usr/bin:/bin", "HOME": "/tmp", "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        )
        self._process = process
        if self._line(process, STARTING) != "ready\n":
            self.end()
            raise RuntimeError(f"the process of {self._client} did not start")
        return process
