"""The file of a batch's results: its rights, its links and its lock outlive a repair."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chimeric_batch import BatchResult, ResultsFile, generate_many

from chimeric import Chimeric, CompletionResponse, ConfigurationError

pytest.importorskip("chimeric_sim", reason="the simulator is not installed")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs modes, links and locks")

FAILED = '{"id":1,"line":1,"error":{"type":"X"}}\n'
DONE = '{"id":2,"line":2,"response":{"content":"s"}}\n'


def failure(name: int) -> BatchResult:
    return BatchResult(id=name, index=0, error=ConfigurationError("X"))


def answer(name: int) -> BatchResult:
    return BatchResult(id=name, index=0, response=CompletionResponse(content="s"))


def answer_all(path: Path, requests: list[Any]) -> None:
    with Chimeric() as client:
        for result in generate_many(client, requests, model="sim:echo", results=path):
            assert result.error is None


@pytest.fixture
def repair(tmp_path: Path) -> Callable[..., None]:
    """Answer two requests into ``r.jsonl``, which holds a failure before an answer."""

    def repair(results: str = "r.jsonl") -> None:
        requests = [{"id": 1, "messages": "a"}, {"id": 2, "messages": "c"}]
        answer_all(tmp_path / results, requests)
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
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r.jsonl"]


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
        assert set(first) == {2}
        with pytest.raises(ConfigurationError, match="another batch"):
            ResultsFile(path)
    ResultsFile(path).close()


def test_no_result_goes_into_a_file_that_was_replaced(tmp_path):
    """Whoever gets the lock of the old file just after a repair opens the one in its place."""
    path = tmp_path / "r.jsonl"
    path.write_text("")
    written: list[int] = []

    def batches(worker: int) -> None:
        for number in range(worker * 1000, worker * 1000 + 150):
            with contextlib.suppress(ConfigurationError), ResultsFile(path) as results:
                results.append(failure(-1))
                results.append(answer(number))
                written.append(number)

    workers = [threading.Thread(target=batches, args=(n,)) for n in range(1, 9)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    ids = [json.loads(line)["id"] for line in path.read_text().splitlines()]
    assert len(written) > 8
    assert [i for i in ids if i >= 0] == written


ANSWER_THIRTY = """
import sys
from chimeric import Chimeric, ConfigurationError
from chimeric_batch import generate_many

prompts = [f"prompt {n}" for n in range(30)]
try:
    with Chimeric() as client:
        for result in generate_many(client, prompts, model="sim:echo", results=sys.argv[1]):
            assert result.error is None
except ConfigurationError as error:
    print(error.message)
"""


def test_batches_that_repair_one_file_at_once_lose_no_result(tmp_path):
    """Twelve processes, one after another refused or let in: each id is there once."""
    out = tmp_path / "r.jsonl"
    for _ in range(3):
        kept = out.read_text().splitlines(keepends=True)[1:] if out.exists() else []
        out.write_text(FAILED + "".join(kept))
        command = [sys.executable, "-c", ANSWER_THIRTY, str(out)]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
        codes = [process.communicate(timeout=120)[0] for process in running]
        assert [process.returncode for process in running] == [0] * 4
        assert "" in codes
        assert all("another batch" in code for code in codes if code)
        ids = [json.loads(line)["id"] for line in out.read_text().splitlines()]
        assert sorted(ids) == list(range(30))
