"""An actor and a node are killed in mid-run: every row comes out once, and no key leaks."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray", reason="Ray is not installed")
import ray
from chimeric_ray import answer, summary

ROWS = 240


def eventually(check: Callable[[], Any], seconds: float = 300.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.1)
    return found


def processes(title: bytes) -> list[int]:
    """Processes of this machine whose title begins so."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cmdline").read_bytes().startswith(title):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def places_with(key: bytes, session: Path) -> list[str]:
    """Files of a session, and object stores, that hold a key."""
    files = [path for path in session.rglob("*") if path.is_file() and not path.is_symlink()]
    for pid in processes(b""):
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                if os.readlink(link).startswith("/dev/shm/"):
                    files.append(link)  # an object store: its file has no name any more
            except OSError:
                continue
    assert any(str(path).startswith("/proc") for path in files), "there is no object store"
    assert any("logs" in path.parts for path in files), "there are no logs"
    return [str(path) for path in files if holds(path, key)]


def holds(path: Path, key: bytes) -> bool:
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


def test_every_row_comes_out_once_when_an_actor_and_a_node_die(provider, cluster, key, tmp_path):
    victim = cluster.add_node(
        num_cpus=1,
        object_store_memory=100 * 2**20,
        env_vars={"OPENAI_API_KEY": key, "OPENAI_BASE_URL": f"{provider.url}/v1"},
    )
    items = [{"id": n, "question": f"row {n} steady " + "word " * 12} for n in range(ROWS)]
    answered = answer(
        ray.data.from_items(items, override_num_blocks=12),
        model="openai:sim-echo",
        prompt="question",
        key="id",
        checkpoint=str(tmp_path / "checkpoint"),
        concurrency=3,
        per_actor=6,
    )
    killed: list[int] = []

    def kill() -> None:
        eventually(lambda: len(provider.asked()) > ROWS // 6)
        killed.append(eventually(lambda: processes(b"ray::MapWorker"))[0])
        os.kill(killed[0], signal.SIGKILL)
        eventually(lambda: len(provider.asked()) > ROWS // 3)
        cluster.remove_node(victim, allow_graceful=False)

    thread = threading.Thread(target=kill)
    thread.start()
    found = answered.take_all()
    thread.join()
    assert killed
    assert sorted(row["id"] for row in found) == list(range(ROWS))
    assert {row["answer_error"] for row in found} == {None}
    assert all(row["answer"].startswith(f"row {row['id']} steady") for row in found)
    told = summary(answered)
    assert (told.rows, told.answered) == (ROWS, ROWS)
    asked = provider.asked()
    assert sorted(asked) == list(range(ROWS))
    # Only what was under way, or not yet kept, when something died is asked again.
    assert sum(asked.values()) < 1.6 * ROWS
    session = Path(ray._private.worker.global_worker.node.get_session_dir_path())
    assert places_with(key.encode(), session) == []
