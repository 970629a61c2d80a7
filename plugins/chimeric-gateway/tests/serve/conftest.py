"""The gateway as a process of its own, as its users run it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

__all__ = ["Running"]

SECONDS = 120
"""That a process may take to start or to end; many run on one machine."""


class Running:
    """A gateway that runs."""

    def __init__(self, folder: Path, *options: str, **environment: str) -> None:
        self._out = open(folder / "out.txt", "w+", encoding="utf-8")  # noqa: SIM115
        self._err = open(folder / "err.txt", "w+", encoding="utf-8")  # noqa: SIM115
        kept = {n: v for n, v in os.environ.items() if not n.startswith("CHIMERIC_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chimeric_gateway", *options],
            cwd=folder,
            env={**kept, **environment},
            stdout=self._out,
            stderr=self._err,
            start_new_session=True,
        )
        self.url = ""

    @property
    def out(self) -> str:
        """What it wrote to standard output."""
        return _text(self._out)

    @property
    def err(self) -> str:
        """What it wrote to standard error."""
        return _text(self._err)

    def wait_until_ready(self) -> None:
        """Until it answers that it is ready."""
        end = time.monotonic() + SECONDS
        while True:
            assert self.process.poll() is None, self.err
            assert time.monotonic() < end, self.err
            found = re.search(r"at (http://\S+)", self.err)
            if found:
                self.url = found[1].replace("0.0.0.0", "127.0.0.1")
                with suppress(httpx.HTTPError):
                    if httpx.get(f"{self.url}/healthz", trust_env=False).status_code == 200:
                        return
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, and wait for the end; gives the exit code."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """Wait for its end; gives the exit code."""
        return self.process.wait(SECONDS)

    def close(self) -> None:
        """End it, and all workers, whatever they do."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(SECONDS)
        self._out.close()
        self._err.close()


def _text(file: Any) -> str:
    file.flush()
    return Path(file.name).read_text(encoding="utf-8")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts gateways: ``start("--config", "gateway.toml")``; ``ready=False`` does not wait.

    What ``toml`` holds is written to ``gateway.toml`` first. All are ended after the test.
    """
    running: list[Running] = []

    def started(*options: str, toml: str | None = None, ready: bool = True, **env: str) -> Running:
        folder = tmp_path / f"gateway-{len(running)}"
        folder.mkdir()
        if toml is not None:
            (folder / "gateway.toml").write_text(toml, encoding="utf-8")
        running.append(Running(folder, "--port", "0", *options, **env))
        if ready:
            running[-1].wait_until_ready()
        return running[-1]

    yield started
    for one in running:
        one.close()
