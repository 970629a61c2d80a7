"""Ours beside httpx by hand on each Python of this machine, on asyncio and uvloop, and on threads.

``python -m tests.benchmarks.pythons`` measures here and puts the table into the page; ``--json``
prints the figures. ``python -m tests.benchmarks`` does so as a part of its run.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from statistics import median
from typing import Any

from .cases import Case
from .environments import Environment, build_python
from .interpreters import VERSIONS, Interpreter, interpreters
from .page import PAGE, put
from .pythons_page import FLOOR, OURS, Figures, section
from .session import Cell, Session

__all__ = ["LOOPS", "PYTHON_CASES", "measure", "rows", "worker", "workers"]

LOOPS = ("asyncio", "uvloop")
THREADS = max(2, os.cpu_count() or 1)
BUDGET = 12.0
"""Seconds after which a subject of a case is not measured again."""


def _case(key: str, title: str, order: dict[str, Any], count: int, **more: Any) -> Case:
    return Case(key, title, order, (FLOOR, OURS), counts=(count, count), **more)


def _calls(title: str, asynchronous: bool) -> Case:
    order = {"do": "requests", "kind": "burst", "times": 200, "asynchronous": asynchronous}
    key = "async" if asynchronous else "sync"
    return _case(f"short-{key}", title, order, 20, unit="ms", scale=1e3, each=False, rounds=9)


def _stream(mode: str, title: str) -> Case:
    return _case(mode, title, {"do": "stream", "mode": mode, "asynchronous": True}, 20000, rounds=7)


def _threads(kind: str, title: str, count: int, times: int) -> Case:
    order = {"do": "threads", "kind": kind, "times": times, "threads": THREADS}
    how = {"figure": "gain", "unit": "times", "scale": 1, "each": False, "rounds": 3}
    return _case(f"threads-{kind}", title, order, count, **how)


PYTHON_CASES: tuple[Case, ...] = (
    _case(
        "decode",
        "an event decoded",
        {"do": "decode", "protocol": "chat", "single": False, "middleware": 0},
        20000,
        rounds=9,
    ),
    _calls("a call of 20 chunks, sync", asynchronous=False),
    _calls("a call of 20 chunks, async", asynchronous=True),
    _stream("burst", "a chunk in a burst, async"),
    _stream("one", "a chunk, one event a write, async"),
    _case(
        "open",
        "memory of one of 200 open streams, async",
        {"do": "crowd", "streams": 200},
        20,
        figure="memory",
        unit="KB",
        scale=1e-3,
        each=False,
        rounds=3,
        fresh=True,
    ),
    _threads("decode", f"speed-up by {THREADS} threads, decoding", 8000, 1),
    _threads("burst", f"speed-up by {THREADS} threads, calls of 20 chunks", 20, 10),
)
"""The rows of the table; one that is asynchronous has a row for each loop."""


def measure(rounds: int = 9, *, as_they_are: bool = False) -> Figures:
    """The figures of every Python that is found, and why others have none."""
    # The interpreter of the rest of the page comes before others of its version.
    here = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    found = interpreters(here)
    places = {
        version: build_python(version, one.program, as_it_is=as_they_are)
        for version, one in found.items()
    }
    ready = {version: place for version, place in places.items() if place.error is None}
    figures = _told(found, places)
    with Session(workers(ready)) as session:
        for case in PYTHON_CASES:
            figures["rows"] += rows(case, list(ready), session, min(rounds, case.rounds))
            sys.stderr.write(f"pythons, {case.key}\n")
    figures["load"].append(os.getloadavg()[0])
    return figures


def _told(found: dict[str, Interpreter], places: dict[str, Environment]) -> Figures:
    """The figures before anything is measured."""
    return {
        "load": [os.getloadavg()[0]],
        "processors": os.cpu_count() or 1,
        "pythons": {
            version: {
                "release": one.release,
                "optimized": one.optimized,
                "error": places[version].error,
            }
            if (one := found.get(version))
            else None
            for version in VERSIONS
        },
        "rows": [],
    }


def workers(ready: dict[str, Environment]) -> dict[str, Environment]:
    """An environment for each worker: one Python, one loop, ours or the floor."""
    return {
        worker(version, loop, subject): place.measures(subject)
        for version, place in ready.items()
        for loop in LOOPS
        for subject in (FLOOR, OURS)
    }


def worker(version: str, loop: str, subject: str) -> str:
    """Its name."""
    return f"{version} {loop} {subject}"


def rows(case: Case, versions: list[str], session: Session, times: int) -> list[dict[str, Any]]:
    """The row of each loop, all Pythons and loops taken in turns."""
    asynchronous = case.order["do"] == "crowd" or case.order.get("asynchronous", False)
    loops = LOOPS if asynchronous else LOOPS[:1]
    orders = {
        worker(version, loop, subject): {**case.order_for(subject), "loop": loop}
        for version in versions
        for loop in loops
        for subject in (FLOOR, OURS)
    }
    if not case.fresh:
        for name in orders:
            session.order(name, {"do": "ready"})
    cells = session.interleave(list(orders), orders, times, BUDGET, fresh=case.fresh)
    return [
        {
            "key": case.key,
            "title": f"{case.title}, on {loop}" if asynchronous else case.title,
            "unit": case.unit,
            "cells": {
                version: {
                    subject: _figure(case, subject, cells[worker(version, loop, subject)])
                    for subject in (FLOOR, OURS)
                }
                for version in versions
            },
        }
        for loop in loops
    ]


def _figure(case: Case, subject: str, cell: Cell) -> dict[str, Any]:
    """The median of what was measured, or what went wrong."""
    if not cell.values:
        return {"error": cell.error or "nothing was measured"}
    per = case.count(subject) if case.each else 1
    figure = median(value[case.figure] for value in cell.values) * case.scale / per
    free = [bool(value["free"]) for value in cell.values if "free" in value]
    return {"figure": figure, "free": all(free)} if free else {"figure": figure}


def main() -> None:
    """Measure, and show or keep the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.pythons")
    parser.add_argument("--json", action="store_true", help="print the figures")
    parser.add_argument("--rounds", type=int, default=9, help="how often each is measured")
    parser.add_argument("--keep", action="store_true", help="use the environments as they are")
    given = parser.parse_args()
    figures = measure(given.rounds, as_they_are=given.keep)
    if given.json:
        print(json.dumps(figures))
        return
    PAGE.write_text(put(PAGE.read_text(), section(figures)))


if __name__ == "__main__":
    main()
