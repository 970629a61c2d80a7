"""``chimeric batch`` as a process: kills, full disks, bad lines, and the run after them."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

FAST = ("-m", "sim:story", "-p", "tokens=5")
SLOW = ("-m", "sim:story", "-p", "tokens=20", "-p", "rate=100")


@pytest.fixture
def prompts(tmp_path: Path) -> Callable[[int], Path]:
    def make(count: int) -> Path:
        path = tmp_path / "prompts.jsonl"
        lines = [json.dumps({"id": f"p{n}", "prompt": f"prompt {n}"}) for n in range(count)]
        path.write_text("\n".join(lines) + "\n")
        return path

    return make


def results(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def wait_for_lines(path: Path, count: int) -> None:
    end = time.monotonic() + 30
    while not path.exists() or path.read_bytes().count(b"\n") < count:
        assert time.monotonic() < end, "the batch does not go on"
        time.sleep(0.01)


def test_every_prompt_gets_a_result(run, prompts, tmp_path):
    path = prompts(20)
    done = run("batch", str(path), "-m", "sim:echo", "-s", "be brief")
    assert done.returncode == 0, done.stderr
    found = results(tmp_path / "prompts.jsonl.results.jsonl")
    assert {r["id"]: r["response"]["content"] for r in found} == {
        f"p{n}": f"prompt {n}" for n in range(20)
    }
    assert found[0]["response"]["usage"]["completion_tokens"] > 0
    assert "20 answered" in done.stderr


def test_a_batch_killed_in_the_middle_goes_on_where_it_was(start, run, prompts, tmp_path):
    path, out = prompts(500), tmp_path / "out.jsonl"
    process = start("batch", str(path), *SLOW, "-o", str(out))
    for _ in range(2):
        wait_for_lines(out, 30)
        process.send_signal(signal.SIGKILL)
        process.wait()
        before = out.read_bytes().count(b"\n")
        assert 30 <= before < 500
        process = start("batch", str(path), *SLOW, "-o", str(out))
        wait_for_lines(out, before + 10)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with out.open("ab") as file:
        file.write(b'{"id":"p4')  # a kill between two halves of a write
    done = run("batch", str(path), *FAST, "-c", "16", "-o", str(out))
    assert done.returncode == 0, done.stderr
    ids = [r["id"] for r in results(out)]
    assert len(ids) == 500
    assert len(set(ids)) == 500
    again = run("batch", str(path), *FAST, "-o", str(out))
    assert "0 answered, 500 done before" in again.stderr


def test_ctrl_c_keeps_the_results_and_exits_with_130(start, prompts, tmp_path):
    path, out = prompts(300), tmp_path / "out.jsonl"
    process = start("batch", str(path), *SLOW, "-o", str(out))
    wait_for_lines(out, 20)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run it again" in errors
    assert "Traceback" not in errors
    assert 20 <= len(results(out)) < 300


def test_bad_lines_are_told_by_number_and_the_rest_goes_on(run, tmp_path):
    path = tmp_path / "p.jsonl"
    path.write_bytes(
        b'"one"\nnot json\n\n{"id": "x", "messages": "two"}\n[1]\n{"id": "x", "prompt": "again"}\n'
        b'{"id": "y"}\n{"id": 1.5, "prompt": "z"}\n"\xff"\n{"prompt": "p", "stream": true}\n"last"'
    )
    done = run("batch", str(path), "-m", "sim:echo", "-o", "out.jsonl")
    assert done.returncode == 1
    for number, told in (
        (2, "not JSON"), (5, "a string or an object"), (6, "earlier line"), (7, "no messages"),
        (8, "id must be"), (9, "not JSON"), (10, "stream"),
    ):  # fmt: skip
        assert any(f"line {number}: " in line and told in line for line in done.stderr.split("\n"))
    assert {r["id"]: r["response"]["content"] for r in results(tmp_path / "out.jsonl")} == {
        1: "one", "x": "two", 11: "last",
    }  # fmt: skip
    assert "7 bad lines" in done.stderr


def test_failures_are_results_and_are_tried_again_by_the_next_run(run, tmp_path):
    path = tmp_path / "p.jsonl"
    lines = [{"id": "a", "prompt": "hi"}, {"id": "b", "prompt": "hi", "model": "sim:nope"}]
    path.write_text("\n".join(map(json.dumps, [*lines, {"id": "c", "prompt": "ho"}])))
    done = run("batch", str(path), "-m", "sim:echo", "-o", "out.jsonl")
    assert done.returncode == 1
    found = {r["id"]: r for r in results(tmp_path / "out.jsonl")}
    assert found["b"]["error"]["status"] == 404
    assert "line 2: " in done.stderr
    path.write_text(path.read_text().replace("sim:nope", "sim:echo"))
    again = run("batch", str(path), "-m", "sim:echo", "-o", "out.jsonl")
    assert again.returncode == 0, again.stderr
    found = results(tmp_path / "out.jsonl")
    assert sorted(r["id"] for r in found) == ["a", "b", "c"]
    assert all("response" in r for r in found)


def test_a_file_that_holds_something_else_is_not_touched(run, prompts, tmp_path):
    path, other = prompts(3), tmp_path / "notes.txt"
    for content in ("my notes\n", '{"id": 1}\n', "no line end", '{"a": 1}\nhalf'):
        other.write_text(content)
        done = run("batch", str(path), *FAST, "-o", str(other))
        assert done.returncode == 2, content
        assert "not a batch results file" in done.stderr
        assert other.read_text() == content
    same = run("batch", str(path), *FAST, "-o", str(path))
    assert same.returncode == 2


def test_two_batches_do_not_write_to_one_file(start, run, prompts, tmp_path):
    path, out = prompts(300), tmp_path / "out.jsonl"
    start("batch", str(path), *SLOW, "-o", str(out))
    wait_for_lines(out, 5)
    done = run("batch", str(path), *FAST, "-o", str(out))
    assert done.returncode == 2
    assert "another batch" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_a_full_disk_is_told(run, prompts):
    done = run("batch", str(prompts(50)), *FAST, "-o", "/dev/full")
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "run it again" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs resource limits")
def test_a_disk_that_fills_up_costs_no_result_and_leaves_no_half_line(run, prompts, tmp_path):
    import resource

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_500, 20_500))

    path, out = prompts(100), tmp_path / "out.jsonl"
    done = run("batch", str(path), *FAST, "-o", str(out), preexec_fn=limit)
    assert done.returncode == 1
    assert "cannot write" in done.stderr
    kept = len(results(out))
    assert out.read_bytes().endswith(b"\n")
    assert 0 < kept < 100
    assert f"{kept} answered" in done.stderr
    again = run("batch", str(path), *FAST, "-o", str(out))
    assert again.returncode == 0
    assert f"{kept} done before" in again.stderr
    assert len({r["id"] for r in results(out)}) == len(results(out)) == 100


@pytest.mark.parametrize(
    "arguments", [("nothing.jsonl",), (".",), ("prompts.jsonl", "-c", "0"), ()]
)
def test_a_wrong_call_exits_with_2(run, prompts, arguments):
    prompts(1)
    done = run("batch", *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_an_empty_file_is_done_at_once(run, tmp_path):
    (tmp_path / "p.jsonl").write_text("")
    assert run("batch", "p.jsonl", *FAST).returncode == 0


def test_prompts_may_come_from_a_pipe(run, tmp_path):
    done = run("batch", "/dev/stdin", "-m", "sim:echo", "-o", "out.jsonl", stdin='"a"\n"b"\n')
    assert done.returncode == 0, done.stderr
    assert len(results(tmp_path / "out.jsonl")) == 2
