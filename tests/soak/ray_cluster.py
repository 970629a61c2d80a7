"""A Ray cluster on this machine, and what can be seen of its processes from outside."""

from __future__ import annotations

import os
import resource
import secrets
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ray
from ray.cluster_utils import Cluster

__all__ = ["Nodes", "Watch", "places_with"]

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = resource.getpagesize()
ACTOR = b"ray::MapWorker"
"""How the title of an actor that answers begins."""


class Nodes:
    """A head and some nodes. What only they have in their environment, the driver has not.

    Args:
        count: nodes besides the head.
        environ: variables of the nodes.
    """

    def __init__(self, count: int, environ: dict[str, str]) -> None:
        # Workers are niced by default: on a machine that is busy otherwise they would starve.
        os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}
        self.mark = secrets.token_hex(8)
        self._environ = {**environ, "SOAK_MARK": self.mark}
        self._cluster = Cluster()
        self._add(1, include_dashboard=False)
        self._nodes = [self._add(2) for _ in range(count)]
        ray.init(address=self._cluster.address, log_to_driver=False)

    def kill_an_actor(self) -> int:
        """Kill a process that answers; its id."""
        pid = min(pid for pid in self.processes() if title_of(pid).startswith(ACTOR))
        os.kill(pid, signal.SIGKILL)
        return pid

    def kill_a_node(self) -> None:
        """Kill all processes of a node on which an actor answers."""
        self._cluster.remove_node(self._nodes.pop(), allow_graceful=False)

    def processes(self) -> Iterator[int]:
        """All processes of the nodes."""
        wanted = f"SOAK_MARK={self.mark}".encode()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if wanted in (entry / "environ").read_bytes():
                        yield int(entry.name)
                except OSError:  # it has ended, or is another user's
                    continue

    @property
    def session(self) -> Path:
        """The folder that holds the logs of all nodes."""
        return Path(ray._private.worker.global_worker.node.get_session_dir_path())

    def close(self) -> None:
        """End all processes."""
        ray.shutdown()
        self._cluster.shutdown()

    def _add(self, cpus: int, **more: Any) -> Any:
        return self._cluster.add_node(
            num_cpus=cpus, object_store_memory=200 * 2**20, env_vars=self._environ, **more
        )


class Watch:
    """Looks at processes once a second: what they have computed, and the memory of the actors."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._seen: dict[int, tuple[bool, float]] = {}
        self._before: dict[int, float] = {}
        self.actors: list[float] = []
        """MiB of the largest actor, at each look."""

    def cpu(self, *, actors: bool) -> float:
        """CPU seconds of the actors, or of all else that is Ray's."""
        return sum(
            seconds - self._before.get(pid, 0.0)
            for pid, (is_actor, seconds) in self._seen.items()
            if is_actor is actors
        )

    def __enter__(self) -> Watch:
        self._look()
        self._before = {pid: seconds for pid, (_, seconds) in self._seen.items()}
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._ended.set()
        self._thread.join()
        self._look()

    def _run(self) -> None:
        while not self._ended.wait(1.0):
            self._look()

    def _look(self) -> None:
        largest = 0.0
        for pid in self._nodes.processes():
            try:
                _, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")
                memory = Path(f"/proc/{pid}/statm").read_text().split()
            except OSError:
                continue
            fields = rest.split()
            is_actor = title_of(pid).startswith(ACTOR) or self._seen.get(pid, (False, 0.0))[0]
            self._seen[pid] = is_actor, (int(fields[11]) + int(fields[12])) / TICKS
            if is_actor:  # what it shares is the object store
                largest = max(largest, (int(memory[1]) - int(memory[2])) * PAGE / 2**20)
        if largest:
            self.actors.append(largest)


def title_of(pid: int) -> bytes:
    """The title of a process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def places_with(key: str, nodes: Nodes) -> list[str]:
    """Files of the session and object stores that hold a key; looks at both."""
    files = [path for path in nodes.session.rglob("*") if path.is_file()]
    stores = [link for pid in nodes.processes() for link in _stores(pid)]
    if not stores or not any("logs" in path.parts for path in files):
        raise AssertionError("there are no object stores, or no logs")
    return [str(path) for path in [*files, *stores] if _holds(path, key.encode())]


def _stores(pid: int) -> Iterator[Path]:
    """The object stores that a process has open: their files have no name any more."""
    for link in Path(f"/proc/{pid}/fd").glob("*"):
        try:
            if os.readlink(link).startswith("/dev/shm/"):
                yield link
        except OSError:
            continue


def _holds(path: Path, key: bytes) -> bool:
    try:
        with path.open("rb") as file:
            tail = b""
            while part := file.read(1 << 22):
                if key in tail + part:
                    return True
                tail = part[-len(key) :]
    except OSError:
        return False
    return False
