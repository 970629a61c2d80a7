"""Checkpoints: what is kept is not asked again, and what does not belong together is told apart."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray", reason="Ray is not installed")
import pyarrow.parquet as pq
import ray
from chimeric_ray import answer, summary

from chimeric import ConfigurationError

ECHO = "openai:sim-echo"


def rows(count: int, text: str = "row {}", start: int = 0) -> Any:
    items = [{"id": f"k{n}", "question": text.format(n)} for n in range(start, start + count)]
    return ray.data.from_items(items)


def ask(dataset: Any, path: Path, **more: Any) -> Any:
    told = {"model": ECHO, "prompt": "question", "key": "id", **more}
    return answer(dataset, checkpoint=str(path), **told)


def files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.parquet"))


@pytest.fixture(scope="module")
def made(cluster: Any, service: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of ten rows, of which one has failed."""
    path = tmp_path_factory.mktemp("made") / "checkpoint"
    items = [{"id": f"k{n}", "question": f"row {n}" + " refused" * (n == 7)} for n in range(10)]
    answered = ask(ray.data.from_items(items), path, max_retries=0)
    found = {row["id"]: row for row in answered.take_all()}
    assert found["k7"]["answer_error"]["status"] == 500
    assert summary(answered).answered == 9
    return path


def test_a_second_run_asks_only_for_what_is_not_there_and_gives_all(provider, made):
    items = [{"id": f"k{n}", "question": f"row {n}" + " refused" * (n == 7)} for n in range(12)]
    answered = ask(ray.data.from_items(items), made, max_retries=0)
    found = {row["id"]: row for row in answered.take_all()}
    assert len(found) == 12
    assert {row["answer"] for row in found.values()} == {
        f"row {n}" for n in range(12) if n != 7
    } | {None}
    assert provider.asked() == {7: 1, 10: 1, 11: 1}
    told = summary(answered)
    assert (told.rows, told.kept, told.answered) == (12, 9, 11)


def test_the_files_of_a_checkpoint_can_be_read_by_anybody(made):
    tables = [pq.read_table(file).to_pylist() for file in files(made)]
    kept = {row["id"]: row["answer"] for table in tables for row in table}
    assert kept["k3"] == "row 3"
    assert "k7" not in kept


def test_rows_of_other_blocks_are_found_too(provider, made):
    answered = ask(rows(7), made, per_actor=2, max_retries=0)
    assert {row["answer"] for row in answered.take_all()} == {f"row {n}" for n in range(7)}
    assert provider.asked() == {}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"model": "openai:sim-story"}, "model was 'openai:sim-echo', and is 'openai:sim-story'"),
        ({"temperature": 0.5}, "other values of temperature"),
        ({"output": "said"}, "output was 'answer', and is 'said'"),
        ({"prompt": lambda row: f"{row['question']}?"}, "10 of its 10|11 of its 11"),
    ],
)
def test_another_job_is_told_before_anything_is_sent(provider, made, change, told):
    with pytest.raises(ConfigurationError, match=told):
        ask(rows(12), made, **change)
    assert provider.asked() == {}


def test_another_dataset_or_version_is_told_before_anything_is_sent(provider, made):
    with pytest.raises(ConfigurationError, match="of another dataset: it has none of these keys"):
        ask(rows(5, start=100), made)
    with pytest.raises(ConfigurationError, match="another version of this dataset"):
        ask(rows(5, "row {}, please"), made)
    assert provider.asked() == {}


def test_two_rows_of_one_key_and_rows_without_are_told(provider, tmp_path):
    twice = ray.data.from_items([{"id": n % 4, "question": f"row {n}"} for n in range(5)])
    with pytest.raises(ConfigurationError, match=r"1 rows .* such as 0: each row needs one"):
        ask(twice, tmp_path / "c")
    without = ray.data.from_items([{"id": n or None, "question": f"row {n}"} for n in range(5)])
    with pytest.raises(ConfigurationError, match="rows without a value"):
        ask(without, tmp_path / "d")
    assert provider.asked() == {}


def test_structured_answers_come_out_of_a_checkpoint_as_they_were(provider, tmp_path):
    schema = {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
            "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        },
        "required": ["title", "counts", "either"],
    }
    more = {"model": "openai:sim-structured", "response_format": schema}
    first = {row["id"]: row["answer"] for row in ask(rows(3), tmp_path / "c", **more).take_all()}
    assert all(isinstance(kept["title"], str) for kept in first.values())
    provider.forget()
    again = {row["id"]: row["answer"] for row in ask(rows(3), tmp_path / "c", **more).take_all()}
    assert again == first
    assert provider.asked() == {}
    with pytest.raises(ConfigurationError, match="format"):
        ask(rows(3), tmp_path / "c", model="openai:sim-structured")


def test_other_files_and_broken_ones_are_told(provider, made, tmp_path):
    (tmp_path / "thesis.txt").write_text("chapter one")
    with pytest.raises(ConfigurationError, match=r"holds other files, and no manifest\.json"):
        ask(rows(2), tmp_path)
    broken = tmp_path / "broken"
    (broken / "answers" / "b").mkdir(parents=True)
    (broken / "manifest.json").write_bytes((made / "manifest.json").read_bytes())
    (broken / "answers" / "b" / "x.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(ConfigurationError, match="has a file that cannot be read"):
        ask(rows(2), broken)
    manifest = (made / "manifest.json").read_text()
    (broken / "manifest.json").write_text(manifest.replace('"v":1', '"v":9'))
    with pytest.raises(ConfigurationError, match="another version of chimeric-ray"):
        ask(rows(2), broken)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 200 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_told_and_what_was_written_stays(provider, small_disk):
    path = small_disk / "c"
    answered = ask(rows(16), path)
    assert len(answered.take_all()) == 16
    (small_disk / "filler").write_bytes(bytes(os.statvfs(small_disk).f_bavail * 4096))
    with pytest.raises(ConfigurationError, match=r"No space left on device.* run the job again"):
        ask(rows(64), path).take_all()
    (small_disk / "filler").unlink()
    assert not [file for file in path.rglob(".*") if file.is_file()]
    provider.forget()
    assert len(ask(rows(64), path).take_all()) == 64
    assert provider.asked() == dict.fromkeys(range(16, 64), 1)


def test_a_uri_must_hold_no_password(provider):
    with pytest.raises(ConfigurationError, match="no credentials"):
        answer(rows(1), model=ECHO, prompt="question", key="id", checkpoint="s3://me:word@bucket/x")
