"""A real Redis server of a test's own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import redis

__all__ = ["PROGRAM", "RedisServer"]

PROGRAM = shutil.which("redis-server") or shutil.which("valkey-server")


class RedisServer:
    """A server on loopback, whose data are gone with it."""

    def __init__(self, folder: Path, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        assert PROGRAM is not None
        here = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._command = [PROGRAM, *here, *options]
        self._folder = folder
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client: Any = redis.Redis(port=self.port)
        self._begin()

    def _begin(self) -> None:
        self._process = subprocess.Popen(self._command, cwd=self._folder, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            try:
                self.client.ping()
                break
            except redis.RedisError:
                assert time.monotonic() < deadline
                time.sleep(0.02)

    def restart(self) -> None:
        """End it, and begin again with what it has on disk."""
        self._process.kill()
        self._process.wait(timeout=20)
        self._begin()

    def stop(self) -> None:
        """End it."""
        self.client.close()
        self._process.kill()
        self._process.wait(timeout=20)
