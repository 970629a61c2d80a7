"""A real Redis server of a test's own."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import redis

__all__ = ["RedisServer"]

LONGEST = 20.0
"""Seconds for the server to be there, or to be gone."""


PORTS = range(20_000, 32_000)
"""Below those that systems give to connections: none takes it before the server has it."""


class RedisServer:
    """A server on loopback, whose data are gone with it. Close it, or use it in ``with``.

    Args:
        folder: its working directory.
        *options: more words of its command line: ``"--maxmemory", "1mb"``.

    Attributes:
        port: its port, the same again after ``start``.
        url: for a store.
        client: a client, to look at what a store has written.

    Raises:
        FileNotFoundError: where neither ``redis-server`` nor ``valkey-server`` is installed.
        TimeoutError: when it does not answer in 20 seconds.

    Example:
        .. code-block:: python

            with RedisServer(tmp_path) as server:
                store = RedisStore(server.url)
    """

    def __init__(self, folder: Path, *options: str) -> None:
        import redis

        program = self.program()
        if program is None:
            raise FileNotFoundError("no redis-server (or valkey-server) is installed here")
        self.port = _free_port()
        listening = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "")
        self._command = [program, *listening, *options]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self.port}/0"
        make: Any = redis.Redis
        self.client: redis.Redis = make(port=self.port)
        self.start()

    @staticmethod
    def program() -> str | None:
        """The program that is installed here, if there is one."""
        return shutil.which("redis-server") or shutil.which("valkey-server")

    def start(self) -> None:
        """Start it, again where it was stopped; it is there when this returns."""
        import redis

        if self._process is not None:
            return
        command = self._command  # the test's own words
        self._process = subprocess.Popen(command, cwd=self._folder, stdout=subprocess.DEVNULL)  # noqa: S603
        asked: Any = self.client
        deadline = time.monotonic() + LONGEST
        while True:
            try:
                if asked.info("server")["process_id"] == self._process.pid:
                    return  # and not one that somebody else has there
            except redis.ConnectionError:
                pass
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise TimeoutError("the Redis server did not start")
            time.sleep(0.02)

    def hang(self) -> None:
        """Let it answer nobody, with its sockets open, until ``go_on``."""
        self._send(signal.SIGSTOP)
        # It has stopped when this returns; macOS can tell from Python 3.13 on.
        if self._process is not None and hasattr(os, "waitid"):
            os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def go_on(self) -> None:
        """Let it answer again what was asked meanwhile, too."""
        self._send(signal.SIGCONT)

    def _send(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def stop(self) -> None:
        """End it at once, as a crash would."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(timeout=LONGEST)

    def close(self) -> None:
        """End it, and the client."""
        self.stop()
        self.client.close()

    def __enter__(self) -> RedisServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _free_port() -> int:
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")
