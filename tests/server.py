"""Programs that the tests start as servers, and end for certain."""

from __future__ import annotations

import contextlib
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

__all__ = ["Server", "Starting", "free_port"]

WITHIN = 240
"""Seconds until a server answers; one that imports torch on a busy machine takes its time."""


class Starting(NamedTuple):
    """How a server is started.

    Attributes:
        command: with ``{port}`` where the port goes.
        health: the path that answers 200 once requests are taken.
        environ: all its variables.
        prepare: a command that is run before.
        then: done with the base URL once it answers.
        cwd: its working directory; without it, the folder of its log.
    """

    command: list[str]
    health: str
    environ: Mapping[str, str]
    prepare: list[str] = []
    then: Callable[[str], None] | None = None
    cwd: Path | None = None


PORTS = range(20_000, 32_000)
"""Below those that systems give to connections: none takes it before the server has it."""


def free_port() -> int:
    """A port for a server that cannot choose one itself."""
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


ILLEGAL_INSTRUCTION = (-signal.SIGILL, 128 + signal.SIGILL)
"""How a process ends for which this processor lacks an instruction, also below a shell."""


class Server:
    """A server on a port of its own; it is told to end when the context is left.

    Args:
        name: how it is called where it does not answer.
        starting: how it is started.
        folder: where its log is written.
    """

    def __init__(self, name: str, starting: Starting, folder: Path) -> None:
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._starting = starting
        self._log = folder / f"{name}-{self.port}.log"
        self._ready = False
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; ``ready`` waits until it answers."""
        if self._starting.prepare:
            subprocess.run(self._starting.prepare, env=dict(self._starting.environ), check=True)
        command = [word.replace("{port}", str(self.port)) for word in self._starting.command]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self._starting.environ),
                cwd=self._starting.cwd or self._log.parent,
            )

    def ready(self) -> Server:
        """Wait until requests are taken. Programs are built for one kind of processor: a test is
        skipped, saying so, where this is another.

        Raises:
            RuntimeError: when it ends, or does not answer in time, with the end of its log.
        """
        until = time.monotonic() + WITHIN
        while not self._ready:
            assert self._process is not None
            if self._process.poll() in ILLEGAL_INSTRUCTION:
                pytest.skip(f"{self.name} was built for a processor that has more than this one")
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{self.name} does not answer: {self.log()[-3000:]}")
            self._ready = self._answers()
            if not self._ready:
                time.sleep(0.2)
            elif self._starting.then is not None:
                self._starting.then(self.url)
        return self

    def _answers(self) -> bool:
        try:
            url = self.url + self._starting.health
            return httpx.get(url, timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._process is not None
        return self._process.pid

    def log(self) -> str:
        """What it wrote until now."""
        return self._log.read_text(errors="replace")

    def kill(self) -> None:
        """End the process at once, as a crash would."""
        assert self._process is not None
        self._process.kill()

    def stop(self) -> None:
        """End the process."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
