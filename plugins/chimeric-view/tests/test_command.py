"""``chimeric view`` as a process: what it writes, what it says, and its exit codes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec
import pytest
from chimeric_record import VERSION
from chimeric_sim import Simulator

from .conftest import Make, Run
from .given import given


def test_the_page_lies_beside_the_recording(make: Make, run: Run) -> None:
    path = make()
    done = run(path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == str(path.with_suffix(".html"))
    assert given(path.with_suffix(".html").read_text())["content"] is False


def test_several_recordings_have_letters(make: Make, run: Run, tmp_path: Path) -> None:
    first, second = make(), make("cohere")
    done = run(first, second, "--no-open", "-o", "both.html")
    assert done.stderr == f"A  {first}\nB  {second}\n"
    assert len(given((tmp_path / "both.html").read_text())["streams"]) == 2


def test_the_page_can_go_to_the_standard_output(make: Make, run: Run) -> None:
    assert given(run(make(), "-o", "-").stdout)["streams"]
    assert run(make(), "-o", "-", "--plot").stdout.startswith("<svg ")


@pytest.mark.parametrize("name", ["slow.png", "slow.JPG", "slow.pdf"])
def test_a_plot_with_the_name_of_another_kind_of_picture_is_refused_with_what_to_do(
    make: Make, run: Run, tmp_path: Path, name: str
) -> None:
    done = run(make(), "--plot", "-o", name)
    assert done.returncode == 2
    assert "-o slow.svg" in done.stderr
    assert "rsvg-convert slow.svg -o slow.png" in " ".join(done.stderr.split())
    assert not (tmp_path / name).exists()


def test_a_page_with_content_is_its_owners(make: Make, run: Run) -> None:
    path = make()
    assert run(path, "--content").returncode == 0
    page = path.with_suffix(".html")
    assert given(page.read_text())["content"] is True
    assert stat.S_IMODE(page.stat().st_mode) == 0o600


def test_a_call_can_be_made_and_shown(run: Run, sim: Simulator, tmp_path: Path) -> None:
    arguments = ("--live", "-m", "sim:story", "-p", "tokens=9", "A", "story", "--no-open")
    done = run(*arguments, "-o", "live.html", SIM_BASE_URL=sim.base_url("sim"))
    assert done.returncode == 0, done.stderr
    (stream,) = given((tmp_path / "live.html").read_text())["streams"]
    assert (stream["provider"], stream["model"], stream["attempt"]) == ("sim", "story", 0)
    assert sum(stream["rows"]["chars"]) > 9
    assert not list(tmp_path.glob("*.json"))


def test_a_call_that_fails_is_shown(run: Run, tmp_path: Path) -> None:
    arguments = ("--live", "-m", "sim:story", "-p", "max_retries=1", "A story", "--no-open")
    done = run(*arguments, "-o", "live.html", SIM_BASE_URL="http://127.0.0.1:9")
    assert done.returncode == 0
    assert "warning: the call failed: " in done.stderr
    streams = given((tmp_path / "live.html").read_text())["streams"]
    assert [stream["attempt"] for stream in streams] == [0, 1]
    assert [stream["end"]["kind"] for stream in streams] == ["connection"] * 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "name a recording"),
        (("x.json", "-m", "sim:story"), "belong to --live"),
        (("--live", "hello"), "needs a model"),
        (("--live", "-m", "sim:story"), "needs a prompt"),
        (("--live", "-m", "sim:story", "-p", "x", "hello"), "NAME=VALUE"),
    ],
)
def test_what_is_called_wrongly_is_told(arguments: tuple[str, ...], told: str, run: Run) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"not JSON", "not a readable recording"),
        (b"\xff\xfe\x00", "not a readable recording"),
        (b"[1, 2]", "not a readable recording"),
        (b'{"v": 1}', "not a readable recording"),
        (b'{"request": {"method": "GE', "before the first thing that could be shown"),
        (b'{"v": %d, "other": 1}' % (VERSION + 1), "pip install --upgrade chimeric-record"),
        (b'{"v": %d, "status": 200, "pie' % (VERSION + 1), "before the first thing"),
    ],
)
def test_what_is_no_recording_is_told(data: bytes, told: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(data)
    done = run("x.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: x.json ")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "x.html").exists()


def test_a_missing_file_a_directory_and_an_output_that_cannot_be_written_are_told(
    make: Make, run: Run, tmp_path: Path
) -> None:
    path = make()
    for arguments, told in (
        (("nope.json",), "No such file or directory: nope.json"),
        ((tmp_path,), "is a directory; name the recordings in it"),
        ((path, "-o", "nowhere/x.html"), "No such file or directory: nowhere/x.html"),
        ((path, "-o", tmp_path), "Is a directory"),
        ((path,) * 27, "26 recordings at most"),
    ):
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert told in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc here")
def test_where_nothing_may_be_written_the_page_goes_elsewhere(make: Make, run: Run) -> None:
    """Beside a descriptor nobody may write, not even root."""
    with open(make()) as recording:
        place = f"/proc/{os.getpid()}/fd/{recording.fileno()}"
        done = run(place, "--no-open")
    assert done.returncode == 0, done.stderr
    page = Path(done.stdout.strip())
    assert page.name.startswith("chimeric-")
    assert given(page.read_text())["streams"]
    page.unlink()


def test_a_recording_is_never_written_over(make: Make, run: Run, tmp_path: Path) -> None:
    path = make()
    page = path.rename(tmp_path / "x.html")
    before = page.read_bytes()
    for arguments in ((page,), (page, "-o", page), (page, "-o", "./x.html")):
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert "is the recording" in done.stderr
        assert page.read_bytes() == before


def test_a_page_with_content_in_the_place_of_another_is_its_owners(make: Make, run: Run) -> None:
    path = make()
    page = path.with_suffix(".html")
    page.touch(0o644)
    assert run(path, "--content").returncode == 0
    assert stat.S_IMODE(page.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_file_may_have_any_name(make: Make, run: Run, tmp_path: Path) -> None:
    path = make()
    odd = path.rename(tmp_path / os.fsdecode(b"\xff<b>.json"))
    assert run(odd, "--content", "-o", "x.html").returncode == 0
    assert given((tmp_path / "x.html").read_text())["streams"][0]["name"] == "?<b>.json"


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_recording_that_is_cut_is_shown_up_to_there(share: float, make: Make, run: Run) -> None:
    path = make("ollama", "A story in 40 words")
    told = msgspec.json.decode(path.read_bytes())
    body = "".join(piece["text"] for piece in told["pieces"]).splitlines(keepends=True)
    told["pieces"] = [{"at": 0.1 * n, "text": line} for n, line in enumerate(body)]
    data = msgspec.json.encode(told)
    path.write_bytes(data[: int(len(data) * share)])
    assert run(path).returncode == 0
    (stream,) = given(path.with_suffix(".html").read_text())["streams"]
    assert stream["end"]["how"] == "cut"
    assert f"{int(len(data) * share):,} bytes" in stream["end"]["why"]
    assert 0 <= len(stream["rows"]["at"]) <= len(body)
    assert len(stream["rows"]["at"]) > (len(body) * (share - 0.3))
