"""A file of prompts that changes between two runs: no answer stands under another's prompt."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def batch(run: Run, tmp_path: Path) -> Run:
    """Write the prompts and run a batch over them."""

    def batch(*lines: object, more: tuple[str, ...] = ("-m", "sim:echo")):
        text = "\n".join(json.dumps(line) for line in lines) + "\n"
        (tmp_path / "p.jsonl").write_text(text)
        return run("batch", "p.jsonl", "-o", "r.jsonl", *more)

    return batch


@pytest.fixture
def told(tmp_path: Path) -> Callable[[], dict[object, str]]:
    """The answers by id."""

    def told() -> dict[object, str]:
        found = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
        assert len({line["id"] for line in found}) == len(found)
        return {line["id"]: line["response"]["content"] for line in found}

    return told


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["a", "b", "c"], ["NEW", "a", "b", "c"]),  # inserted
        (["a", "b", "c"], ["b", "c"]),  # removed
        (["a", "b", "c"], ["a", "B", "c"]),  # edited
        (["a", "b"], ["b", "a"]),  # moved
        (["a"], [{"prompt": "a", "temperature": 0.5}]),  # asked otherwise
        ([{"id": "x", "prompt": "a"}], [{"id": "x", "prompt": "b"}]),  # an id taken anew
        (["a"], [{"messages": [{"role": "user", "content": "other"}]}]),
    ],
)
def test_a_changed_line_is_told_before_anything_is_sent(batch, told, before, after):
    assert batch(*before).returncode == 0
    answers = told()
    done = batch(*after)
    assert done.returncode == 2
    assert "line " in done.stderr
    assert "--redo" in done.stderr
    assert told() == answers
    again = batch(*after, more=("-m", "sim:echo", "--redo"))
    assert again.returncode == 0, again.stderr
    for number, line in enumerate(after, 1):
        wanted = line if isinstance(line, str) else line.get("prompt", "other")
        key = line.get("id", number) if isinstance(line, dict) else number
        assert told()[key] == wanted
    assert "0 answered" in batch(*after).stderr


def test_redo_asks_only_what_changed(batch, told):
    batch("a", "b", "c")
    done = batch("a", "B", "c", more=("-m", "sim:echo", "--redo"))
    assert "1 answered, 2 done before" in done.stderr
    assert told() == {1: "a", 2: "B", 3: "c"}


@pytest.mark.parametrize(
    "after",
    [
        ["a", "b", "c"],  # lines that were added
        [{"prompt": "a"}, {"messages": "b"}],  # the same, written otherwise
        [{"id": 1, "messages": "a"}, "b"],
    ],
)
def test_what_is_the_same_prompt_is_done(batch, told, after):
    batch("a", "b")
    done = batch(*after)
    assert done.returncode == 0, done.stderr
    assert "2 done before" in done.stderr
    assert told()[2] == "b"


def test_ids_let_lines_move_freely(batch, told):
    first, second = {"id": "x", "prompt": "a"}, {"prompt": "b", "id": "y"}
    batch(first, second)
    done = batch("NEW", second, {"id": "z", "prompt": "c"}, first)
    assert done.returncode == 0, done.stderr
    assert told() == {"x": "a", "y": "b", "z": "c", 1: "NEW"}


@pytest.mark.parametrize("more", [("-m", "sim:echo", "-s", "be brief"), ("-m", "sim:story")])
def test_other_settings_are_noted_and_nothing_is_asked_again(batch, told, more):
    batch("a", "b")
    done = batch("a", "b", "c", more=(*more, "-p", "tokens=3"))
    assert done.returncode == 0
    assert "2 answers in r.jsonl were made with another model" in done.stderr
    assert "1 answered, 2 done before" in done.stderr
    assert told()[1] == "a"


def test_a_changed_line_out_of_a_pipe_is_an_error_of_its_own(run, tmp_path, told):
    for prompts in ('"a"\n"b"\n', '"NEW"\n"b"\n"c"\n'):
        command = ("batch", "/dev/stdin", "-m", "sim:echo", "-o", "r.jsonl")
        done = run(*command, stdin=prompts)
    assert done.returncode == 1
    assert "line 1: r.jsonl holds the answer of another prompt" in done.stderr
    assert told() == {1: "a", 2: "b", 3: "c"}


def test_results_of_older_versions_are_done(batch, told, tmp_path):
    (tmp_path / "r.jsonl").write_text('{"id":1,"line":1,"response":{"content":"old"}}\n')
    done = batch("a", "b")
    assert done.returncode == 0, done.stderr
    assert told() == {1: "old", 2: "b"}
