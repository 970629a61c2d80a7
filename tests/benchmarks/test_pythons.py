"""The Pythons of the benchmark: which are found, what is measured on them, and their table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from .cases import Case
from .environments import Environment, build_python
from .interpreters import VERSIONS, interpreters
from .page import put
from .pythons import rows, workers
from .pythons_page import FLOOR, OURS, section
from .session import Session

OWN = f"{sys.version_info[0]}.{sys.version_info[1]}"


def program(place: Path, *lines: str) -> str:
    """A program of the shell that does not look at its arguments."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    place.chmod(0o755)
    return str(place)


def python(place: Path, version: str, release: str, name: str = "cpython") -> str:
    """A program that says of itself what an interpreter would."""
    return program(place, f"echo {name} {version} {release} yes")


def test_each_version_is_found_by_its_name_and_the_first_folder_counts(tmp_path: Path) -> None:
    first = python(tmp_path / "a" / "python3.12", "3.12", "3.12.9")
    python(tmp_path / "b" / "python3.12", "3.12", "3.12.1")
    free = python(tmp_path / "b" / "python3.13t", "3.13t", "3.13.5")
    found = interpreters(f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    assert {version: one.program for version, one in found.items()} == {
        "3.12": first,
        "3.13t": free,
    }
    assert found["3.12"] == (first, "3.12.9", "yes")


def test_a_program_that_fails_or_is_something_else_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path / "a" / "python3.12", "echo 'command not found' >&2", "exit 127")
    python(tmp_path / "a" / "python3.13", "3.12", "3.12.1")
    python(tmp_path / "a" / "python3.14", "3.14", "7.3.20", name="pypy")
    (tmp_path / "a" / "python3.11").write_text("no program")
    later = python(tmp_path / "b" / "python3.12", "3.12", "3.12.1")
    found = interpreters(f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    assert {version: one.program for version, one in found.items()} == {"3.12": later}


def test_a_free_threaded_build_with_a_plain_name_is_not_taken_for_the_other(tmp_path: Path) -> None:
    free = python(tmp_path / "python3.14", "3.14t", "3.14.0")
    found = interpreters(str(tmp_path))
    assert {version: one.program for version, one in found.items()} == {"3.14t": free}


def test_the_versions_of_pyenv_come_behind_the_path_the_newest_first(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "pyenv", f"echo {tmp_path}")
    versions = tmp_path / "versions"
    python(versions / "3.12.9" / "bin" / "python3.12", "3.12", "3.12.9")
    newest = python(versions / "3.12.10" / "bin" / "python3.12", "3.12", "3.12.10")
    python(versions / "3.11.7" / "bin" / "python3.11", "3.11", "3.11.7")
    on_path = python(tmp_path / "bin" / "python3.11", "3.11", "3.11.2")
    found = interpreters(str(tmp_path / "bin"))
    assert {v: one.program for v, one in found.items()} == {"3.11": on_path, "3.12": newest}
    (tmp_path / "bin" / "pyenv").unlink()
    assert list(interpreters(str(tmp_path / "bin"))) == ["3.11"]


@pytest.mark.skipif(OWN not in VERSIONS, reason="this interpreter is not among those looked for")
def test_a_real_interpreter_tells_what_it_is(tmp_path: Path) -> None:
    (tmp_path / f"python{OWN}").symlink_to(sys.executable)
    (found,) = interpreters(str(tmp_path)).values()
    assert found.release == ".".join(map(str, sys.version_info[:3]))


def test_an_interpreter_that_makes_no_environment_is_told_and_nothing_fails(tmp_path: Path) -> None:
    broken = program(tmp_path / "python", "echo 'no module named venv' >&2", "exit 1")
    assert build_python("broken", broken).error == "no module named venv"


def test_ours_and_the_floor_are_measured_on_both_loops_and_on_threads() -> None:
    threads = {"do": "threads", "kind": "burst", "times": 2, "threads": 2}
    calls = {"do": "requests", "kind": "burst", "times": 2, "asynchronous": True}
    cases = [
        Case("calls", "calls", calls, (FLOOR, OURS), each=False, counts=(3, 3)),
        Case("threads", "threads", threads, (FLOOR, OURS), "gain", each=False, counts=(3, 3)),
        Case("decode", "decode", {**threads, "kind": "decode"}, (FLOOR, OURS), "gain"),
    ]
    place = Environment("here")
    place.path = Path(sys.prefix)
    with Session(workers({OWN: place})) as session:
        found = [row for case in cases for row in rows(case, [OWN], session, 1)]
    assert [row["title"] for row in found] == [
        "calls, on asyncio", "calls, on uvloop", "threads", "decode",
    ]  # fmt: skip
    for row in found:
        for subject in (FLOOR, OURS):
            assert row["cells"][OWN][subject]["figure"] > 0, row


def figures(**changed: Any) -> dict[str, Any]:
    """Those of one Python that was measured, of one that failed, and of one that is missing."""
    both = {FLOOR: {"figure": 0.8}, OURS: {"figure": 1.2}}
    gain = {FLOOR: {"figure": 0.98, "free": False}, OURS: {"figure": 1.01, "free": False}}
    told = {"release": "3.12.1", "optimized": "yes", "error": None}
    return {
        "load": [1.0, 2.5],
        "processors": 2,
        "pythons": {
            "3.12": told,
            "3.13": {**told, "release": "3.13.0", "error": "no wheel of msgspec"},
            "3.14": None,
            "3.14t": None,
        },
        "rows": [
            {"key": "decode", "title": "an event", "unit": "us", "cells": {"3.12": both}},
            {"key": "threads", "title": "2 threads", "unit": "times", "cells": {"3.12": gain}},
        ],
    } | changed


def one_line(text: str) -> str:
    """Without the ends of its lines."""
    return " ".join(text.split())


def test_the_table_has_floor_and_ours_with_its_ratio_and_tells_what_is_missing() -> None:
    told = section(figures())
    assert "|  | 3.12 | 3.13 | 3.14, 3.14t |\n" in told
    assert "| release | 3.12.1 | 3.13.0 | not installed |\n" in told
    ours = "| ours | 1.20&nbsp;(1.50) |  |  |\n"
    assert "| an event, us: floor | 0.80 |  |  |\n" + ours in told
    threads = "| 2 threads, times: floor | 0.98 |  |  |\n| ours | 1.01 |  |  |\n"
    assert threads in told
    assert "\nNo figure: 3.13: no wheel of msgspec\n" in told
    assert "threads take turns under the GIL" in one_line(told)


def test_a_figure_that_could_not_be_had_is_told_with_its_reason() -> None:
    missing = {"error": "no module named 'uvloop'"}
    cells = {"3.12": {FLOOR: {"figure": 0.8}, OURS: missing}}
    row = {"key": "one", "title": "a chunk", "unit": "us", "cells": cells}
    other = {**row, "title": "a call", "cells": {"3.12": {FLOOR: missing, OURS: missing}}}
    told = section(figures(rows=[row, other]))
    none = "| ours | no figure |  |  |\n"
    assert "| a chunk, us: floor | 0.80 |  |  |\n" + none in told
    assert "| a call, us: floor | no figure |  |  |\n" + none in told
    (line,) = (line for line in told.splitlines() if line.startswith("No figure: 3.12"))
    assert line == (
        "No figure: 3.12, a chunk (ours); a call (floor); a call (ours): no module named 'uvloop'"
    )


def test_a_free_threaded_build_says_what_it_gains_or_that_its_lock_came_back() -> None:
    told = {"release": "3.14.0", "optimized": "yes", "error": None}
    gain = {FLOOR: {"figure": 1.9, "free": True}, OURS: {"figure": 1.8, "free": True}}
    row = {"key": "threads", "title": "2 threads", "unit": "times", "cells": {"3.14t": gain}}
    free = figures(pythons={"3.14t": told}, rows=[row])
    assert "| 2 threads, times: floor | 1.90 |\n| ours | 1.80 |\n" in section(free)
    assert "threads run at once where there is no GIL" in one_line(section(free))
    gain[OURS]["free"] = False
    assert "| ours | 1.80, with the GIL |\n" in section(free)


def test_the_part_takes_its_place_and_leaves_the_marks_of_the_next() -> None:
    mark = "<!-- gateway -->\n## The gateway\n"
    page = "# Benchmarks\n\n" + section(figures(rows=[])) + mark
    assert put(page, section(figures())) == "# Benchmarks\n\n" + section(figures()) + mark
