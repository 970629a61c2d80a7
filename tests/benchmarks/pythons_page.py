"""The table of Pythons and event loops, from its figures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from textwrap import fill
from typing import Any

__all__ = ["FLOOR", "OURS", "Figures", "section"]

FLOOR, OURS = "httpx", "chimeric"
NAMES = {FLOOR: "floor", OURS: "ours"}
NO_BREAK = "&nbsp;"

Figures = dict[str, Any]
"""As JSON: ``pythons`` (a version to its release, ``optimized`` and ``error``, or None where there
is none), ``rows`` (``key``, ``title``, ``unit``, and ``cells``: a version to the ``figure`` or the
``error`` of floor and ours), ``processors``, and the ``load`` before and after."""

HEADING = "## Pythons and event loops"

NOTE = """`python -m tests.benchmarks.pythons` measures this part on every CPython from 3.11 that it
finds on the path or under pyenv, each with core and the `openai` plugin in an environment of its
own, all in turns. Behind ours stands how many times the floor it takes. The floor is httpx and
msgspec by hand; for decoding it is splitting and msgspec. The rows of threads say how many times
sooner several threads are done than one that does the work of all, by the clock. A column with a
`t` is a free-threaded build, and *optimized* one that was configured with `--enable-optimizations`.

"""

BOUND = """What bounds it is Python code: most of a call and of a chunk over HTTP is httpx's and
h11's, which uvloop does not replace, and an event decoded is msgspec's C code and a few Python
calls of ours, so an interpreter, by its version and by how it was compiled, moves both floor and
ours; and {threads}."""


def section(figures: Figures) -> str:
    """The part of the page."""
    there = {version: one for version, one in figures["pythons"].items() if one}
    missing = ", ".join(version for version, one in figures["pythons"].items() if not one)
    lines = [["", *there], ["---"] * (1 + len(there)), *_about(there)]
    for row in figures["rows"]:
        for subject, head in ((FLOOR, f"{row['title']}, {row['unit']}: floor"), (OURS, "ours")):
            lines.append([head, *(_cell(row, version, subject) for version in there)])
    if missing:  # one narrow column for all of them
        column = [missing, "---", "not installed"]
        lines = [[*line, cell] for line, cell in zip_longest(lines, column, fillvalue="")]
    table = "".join("| " + " | ".join(cells) + " |\n" for cells in lines)
    why = "".join(f"\nNo figure: {line}\n" for line in _failures(figures))
    first, last = figures["load"]
    busy = f"{figures['processors']} processors, load {first:.1f} before and {last:.1f} after.\n\n"
    bound = fill(BOUND.format(threads=_threads(figures)), 100, break_on_hyphens=False)
    return f"{HEADING}\n\n{NOTE}{busy}{table}{why}\n{bound}\n\n"


def _about(there: dict[str, Any]) -> Iterator[list[str]]:
    """What each Python is."""
    yield ["release", *(one["release"] for one in there.values())]
    yield ["optimized", *(one["optimized"] for one in there.values())]


def _cell(row: dict[str, Any], version: str, subject: str) -> str:
    """One figure, ours with its ratio to the floor; empty where none was measured."""
    both = row["cells"].get(version)
    if both is None:
        return ""
    figure, floor = both[subject].get("figure"), both[FLOOR].get("figure")
    if figure is None:
        return "no figure"
    told = _number(figure)
    if subject == OURS and floor and row["unit"] != "times":
        told += f"{NO_BREAK}({figure / floor:.2f})"
    # A module that is not made for it switches the lock on again.
    locked = version.endswith("t") and not both[subject].get("free", True)
    return told + (", with the GIL" if locked else "")


def _failures(figures: Figures) -> Iterator[str]:
    """Those that were found and have no figure, and why: a line for each reason."""
    for version, one in figures["pythons"].items():
        if one and one["error"]:
            yield f"{version}: {one['error']}"
    told: dict[tuple[str, str], list[str]] = {}
    for row in figures["rows"]:
        for version, both in row["cells"].items():
            for subject, cell in both.items():
                if "error" in cell:
                    what = f"{row['title']} ({NAMES[subject]})"
                    told.setdefault((version, cell["error"]), []).append(what)
    for (version, error), whats in told.items():
        yield f"{version}, {'; '.join(whats)}: {error}"


def _threads(figures: Figures) -> str:
    """What bounds threads on the Pythons that were measured."""
    both = [both[OURS] for row in figures["rows"] for both in row["cells"].values()]
    if any(ours.get("free") for ours in both):
        return "threads run at once where there is no GIL, as many as there are processors"
    return "threads take turns under the GIL (no free-threaded build was there to be measured)"


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"
