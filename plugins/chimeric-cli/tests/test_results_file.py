"""The file of a batch's results: its rights, its links and its lock outlive a repair."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from chimeric_cli.results import ResultsFile

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs modes, links and locks")

FAILED = '{"id":1,"line":1,"error":{"type":"X"}}\n'
DONE = '{"id":2,"line":2,"response":{"content":"s"}}\n'


@pytest.fixture
def repair(
    run: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> Callable[[], None]:
    """Run a batch of two prompts over ``r.jsonl``, which holds a failure before an answer."""

    def repair(results: str = "r.jsonl") -> None:
        (tmp_path / "p.jsonl").write_text('"a"\n"c"\n')
        done = run("batch", "p.jsonl", "-m", "sim:echo", "-o", results)
        assert done.returncode == 0, done.stderr
        lines = [json.loads(line) for line in (tmp_path / results).read_text().splitlines()]
        assert sorted(line["id"] for line in lines) == [1, 2]

    return repair


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o644])
def test_a_repaired_file_keeps_its_mode(repair, tmp_path, mode):
    path = tmp_path / "r.jsonl"
    path.write_text(FAILED + DONE)
    path.chmod(mode)
    repair()
    assert path.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("name", ["r.jsonl.tmp", ".r.jsonl.tmp"])
def test_a_repair_writes_to_no_file_that_is_there_already(repair, tmp_path, name):
    (tmp_path / "r.jsonl").write_text(FAILED + DONE)
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / name).symlink_to(victim)
    repair()
    assert victim.read_text() == "precious"
    assert (tmp_path / name).is_symlink()
    assert not (tmp_path / "r.jsonl").is_symlink()


def test_a_repair_leaves_no_other_file(repair, tmp_path):
    (tmp_path / "r.jsonl").write_text(FAILED + DONE)
    repair()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.jsonl", "r.jsonl"]


def test_a_link_to_a_results_file_stays_one(repair, tmp_path):
    (tmp_path / "disk").mkdir()
    real = tmp_path / "disk" / "real.jsonl"
    real.write_text(FAILED + DONE)
    (tmp_path / "r.jsonl").symlink_to(real)
    repair()
    assert (tmp_path / "r.jsonl").is_symlink()
    assert real.read_text().count("\n") == 2
    assert [p.name for p in (tmp_path / "disk").iterdir()] == ["real.jsonl"]


def test_a_link_to_nothing_yet_is_followed(repair, tmp_path):
    (tmp_path / "r.jsonl").symlink_to(tmp_path / "real.jsonl")
    repair()
    assert (tmp_path / "r.jsonl").is_symlink()
    assert (tmp_path / "real.jsonl").read_text().count("\n") == 2


def test_a_repaired_file_is_locked_under_its_name(tmp_path):
    path = tmp_path / "r.jsonl"
    path.write_text(FAILED + DONE)
    with ResultsFile(path) as first:
        assert set(first.done) == {2}
        with pytest.raises(click.UsageError, match="another batch"):
            ResultsFile(path)
    ResultsFile(path).close()


def test_no_result_goes_into_a_file_that_was_replaced(tmp_path):
    """Whoever gets the lock of the old file just after a repair opens the one in its place."""
    path = tmp_path / "r.jsonl"
    path.write_text("")
    written: list[int] = []

    def batches(worker: int) -> None:
        for number in range(worker * 1000, worker * 1000 + 150):
            with contextlib.suppress(click.UsageError), ResultsFile(path) as results:
                results.append({"id": -1, "line": 1, "error": {"type": "X"}})
                results.append({"id": number, "line": 1, "response": {"content": "s"}})
                written.append(number)

    workers = [threading.Thread(target=batches, args=(n,)) for n in range(1, 9)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    ids = [json.loads(line)["id"] for line in path.read_text().splitlines()]
    assert len(written) > 8
    assert [i for i in ids if i >= 0] == written


def test_two_batches_that_repair_one_file_at_once_lose_no_result(start, tmp_path):
    """Twelve processes, one after another refused or let in: each id is there once."""
    (tmp_path / "p.jsonl").write_text("".join(f'"prompt {n}"\n' for n in range(30)))
    out = tmp_path / "r.jsonl"
    for _ in range(3):
        kept = out.read_text().splitlines(keepends=True)[1:] if out.exists() else []
        out.write_text(FAILED + "".join(kept))
        running = [start("batch", "p.jsonl", "-m", "sim:echo", "-o", "r.jsonl") for _ in range(4)]
        codes = [process.communicate(timeout=60) and process.returncode for process in running]
        assert 0 in codes
        assert set(codes) <= {0, 2}
        ids = [json.loads(line)["id"] for line in out.read_text().splitlines()]
        assert sorted(ids) == list(range(1, 31))
