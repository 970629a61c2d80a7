"""Where nothing can be written any more: a full disk, a pipe that nobody reads."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from chimeric_batch import generate_many, read_results

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs devices and limits")

PROGRAM = """
import resource, signal, sys
from chimeric import Chimeric
from chimeric_batch import generate_many
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_500, 20_500))
given = 0
with Chimeric(sim_base_url=sys.argv[1]) as client:
    try:
        for result in generate_many(client, map(str, range(200)), model="sim:echo",
                                    results=sys.argv[2]):
            given += 1
    except OSError as error:
        print(given, error.filename)
"""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_ends_the_batch_with_the_name_of_the_file(answer):
    with pytest.raises(OSError, match="/dev/full") as raised:
        answer(["a", "b"], results="/dev/full")
    assert raised.value.errno == errno.ENOSPC


def test_a_disk_that_fills_up_costs_no_answer_and_leaves_no_half_line(sim, client, tmp_path):
    path = tmp_path / "answers.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, sim.base_url("sim"), str(path)],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    given, name = done.stdout.split()
    assert name == str(path)
    assert path.read_bytes().endswith(b"\n")
    kept = {result.id for result in read_results(path)}
    assert 0 < len(kept) == int(given) < 200
    requests = map(str, range(200))
    rest = {r.id for r in generate_many(client, requests, model="sim:echo", results=path)}
    assert not kept & rest
    assert len(kept | rest) == 200


def test_a_small_disk_that_is_full_leaves_what_it_holds(client, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("needs the right to mount a file system")
    path = disk / "answers.jsonl"
    try:
        with pytest.raises(OSError, match=r"answers\.jsonl") as raised:
            list(generate_many(client, map(str, range(500)), model="sim:echo", results=path))
        assert raised.value.errno == errno.ENOSPC
        assert path.read_bytes().endswith(b"\n")
        assert 0 < len(list(read_results(path))) < 500
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_pipe_that_nobody_reads_any_more_ends_the_batch(client):
    reader, writer = os.pipe()
    try:
        batch = generate_many(
            client, map(str, range(50)), model="sim:echo", results=f"/dev/fd/{writer}"
        )
        next(batch)
        os.close(reader)
        with pytest.raises(BrokenPipeError):
            list(batch)
    finally:
        os.close(writer)
