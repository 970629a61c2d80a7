"""The command: ``python -m tests.benchmarks``; ``--help`` tells its options."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from . import pythons
from .cases import CASES, Case
from .environments import PLACE, ROOT, build
from .middleware import Figures
from .peers import PEERS
from .report import write_report
from .session import Cell, Session
from .starting import measure_starting

RESULTS = PLACE / "results.json"
BUDGET = 8.0
"""Seconds after which a subject of a case is not measured again."""


def _measure(case: Case, session: Session, rounds: int, subjects: list[str]) -> dict[str, Cell]:
    orders = {subject: case.order_for(subject) for subject in subjects}
    return session.interleave(subjects, orders, rounds, BUDGET, fresh=case.fresh)


def _warm(session: Session, names: list[str]) -> None:
    """Start every worker, one after the other, before anything is measured."""
    for name in names:
        session.order(name, {"do": "ready"})


def _machine() -> dict[str, Any]:
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
    return {
        "processor": model,
        "processors": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def _middleware() -> Figures:
    """The figures of each middleware, in a process of their own.

    In this environment, which has every plugin and what is counted with one (a tracer's SDK).
    """
    command = [sys.executable, "-m", "tests.benchmarks.middleware", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    figures: Figures = json.loads(done.stdout)
    return figures


def _run(only: set[str], who: set[str], rounds: int, keep_installed: bool) -> None:
    """Measure, and keep every case's figures as soon as it is done."""
    environments = build(["chimeric", "chimeric small", *PEERS], as_they_are=keep_installed)
    results: dict[str, Any] = {"machine": _machine(), "cases": {}}
    if only and RESULTS.exists():
        # A part of a run takes the place of the same part of the last one.
        last = json.loads(RESULTS.read_text())
        results |= {"cases": last["cases"], "parts": last.get("parts", 1) + 1}
        results |= {key: last[key] for key in ("middleware", "pythons") if key in last}
    results["environments"] = {
        name: {"error": env.error} if env.error else env.measure()
        for name, env in environments.items()
    }
    began = time.monotonic()

    def keep(key: str, cells: dict[str, Cell]) -> None:
        others = results["cases"].get(key, {}) if who else {}
        measured = {name: cell.data() for name, cell in cells.items()}
        results["cases"][key] = {**others, **measured}
        save(key)

    def save(key: str) -> None:
        results["machine"]["load at the end"] = os.getloadavg()[0]
        RESULTS.write_text(json.dumps(results, indent=1))
        sys.stderr.write(f"{time.monotonic() - began:6.0f} s  {key}\n")

    if not only or "middleware" in only:
        results["middleware"] = _middleware()
        save("middleware")
    if not only or "pythons" in only:
        results["pythons"] = pythons.measure(rounds, as_they_are=keep_installed)
        save("pythons")
    if not only or "start" in only:
        keep("start", measure_starting(environments, min(rounds, 5)))
    with Session(environments) as session:
        chosen = [
            (case, [name for name in case.subjects if not who or name in who])
            for case in CASES
            if not only or case.key in only
        ]
        _warm(session, list(dict.fromkeys(name for _, names in chosen for name in names)))
        for case, names in chosen:
            keep(case.key, _measure(case, session, min(rounds, case.rounds), names))


def main() -> None:
    """Measure, keep the figures in ``.bench/results.json``, write the page and its plots."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--only", default="", help="keys of cases, comma-separated")
    parser.add_argument("--subjects", default="", help="libraries and floors, comma-separated")
    parser.add_argument("--rounds", type=int, default=9, help="how often each is measured")
    parser.add_argument("--report", action="store_true", help="write the page from the last run")
    parser.add_argument("--keep", action="store_true", help="use the environments as they are")
    given = parser.parse_args()
    if not given.report:
        only, who = (set(filter(None, v.split(","))) for v in (given.only, given.subjects))
        _run(only, who, given.rounds, given.keep)
    write_report(json.loads(RESULTS.read_text()))


if __name__ == "__main__":
    main()
