"""What ``chimeric batch`` shows while it runs, and what makes it end early."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from chimeric_sim import Simulator


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    path = tmp_path / "p.jsonl"
    lines = [json.dumps({"prompt": f"prompt {n}"}) for n in range(400)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_bar_shows_failures_tokens_and_cost(terminal, tmp_path):
    story = "Tell me a story in 5 words"
    lines = [story, {"prompt": "x", "model": "sim:nope"}, story]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, lines)))
    with Simulator() as sim:
        shown = terminal(
            "batch", str(tmp_path / "p.jsonl"), "-m", "openai:gpt-4o", "-c", "1", "-o",
            str(tmp_path / "r.jsonl"), COLUMNS="90",
            OPENAI_BASE_URL=sim.base_url("openai"), OPENAI_API_KEY="sk-test",
            SIM_BASE_URL=sim.base_url("sim"),
        )  # fmt: skip
        text = shown.read()
        assert shown.exit_code() == 1
    assert "3/3" in text
    assert "1 failed" in text
    assert " tokens $0.0" in text
    last = shown.screen()[-2:]
    assert any("2 answered, 1 failed, $0.0" in line for line in last), last


def test_bad_lines_are_told_before_anything_is_sent(start, tmp_path):
    lines = [*(f'"prompt {n}"' for n in range(30)), "not json", '{"id": 1.5, "prompt": "x"}']
    (tmp_path / "p.jsonl").write_text("\n".join(lines))
    with Simulator(rate=1) as sim:
        process = start(
            "batch", "p.jsonl", "-m", "sim:story", "-c", "1",
            more={"SIM_BASE_URL": sim.base_url("sim")},
        )  # fmt: skip
        told = [process.stderr.readline() for _ in range(2)]
        assert "line 31: not JSON" in told[0]
        assert "line 32: id must be" in told[1]
        assert len(sim.requests) <= 1


def test_many_bad_lines_are_counted(run, tmp_path):
    (tmp_path / "p.jsonl").write_text('"good"\n' + "{\n" * 50)
    done = run("batch", "p.jsonl", "-m", "sim:echo")
    assert done.returncode == 1
    assert done.stderr.count("not JSON") == 20
    assert "30 more bad lines" in done.stderr
    assert "1 answered, 50 bad lines" in done.stderr


def test_a_model_that_does_not_exist_is_told_once_and_not_four_hundred_times(run, prompts):
    done = run("batch", str(prompts), "-m", "sim:nope")
    assert done.returncode == 1
    assert "8 requests failed before any was answered" in done.stderr
    assert "--give-up-after" in done.stderr
    assert done.stderr.count("error: ") <= 8
    on = run("batch", str(prompts), "-m", "nobody:x", "--give-up-after", "0")
    assert "400 failed" in on.stderr


def test_a_misspelt_parameter_ends_the_batch_before_anything_is_sent(run, prompts):
    with Simulator() as sim:
        more = {"SIM_BASE_URL": sim.base_url("sim")}
        done = run("batch", str(prompts), "-m", "sim:echo", "-p", "temprature=1", more=more)
        assert not sim.requests
    assert done.returncode == 1
    assert "did you mean 'temperature'?" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs /dev/stdout")
def test_a_reader_of_the_results_that_leaves_ends_the_batch(start, prompts):
    process = start("batch", str(prompts), "-m", "sim:echo", "-o", "/dev/stdout")
    assert "id" in json.loads(process.stdout.readline())
    process.stdout.close()
    assert process.wait(60) == 141
    assert "Traceback" not in process.stderr.read()


def test_a_results_file_of_a_later_version_is_left_alone(run, prompts, tmp_path):
    (tmp_path / "r.jsonl").write_text('{"id":1,"v":9,"response":{}}\n')
    done = run("batch", str(prompts), "-m", "sim:echo", "-o", "r.jsonl")
    assert done.returncode == 2
    assert "later version" in done.stderr
    assert "update chimeric-batch" in done.stderr
