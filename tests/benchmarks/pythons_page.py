"""The table of Pythons and event loops, from its figures."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill
from typing import Any

__all__ = ["FLOOR", "OURS", "Figures", "section"]

FLOOR, OURS = "httpx", "chimeric"

Figures = dict[str, Any]
"""As JSON: ``pythons`` (a version to its release, ``optimized`` and ``error``, or None where there
is none), ``rows`` (``key``, ``title``, ``unit``, and ``cells``: a version to the ``figure`` or the
``error`` of floor and ours), ``processors``, and the ``load`` before and after."""

HEADING = "## Pythons and event loops"

NOTE = """`python -m tests.benchmarks.pythons` measures this part on every CPython from 3.11 that it
finds on the path or under pyenv, each with core and the `openai` plugin in an environment of its
own, all in turns. A cell is the floor, ours, and how many times the floor ours takes. The floor is
httpx and msgspec by hand; for decoding it is splitting and msgspec. The rows of threads say how
many times sooner several threads are done than one that does the work of all, floor and ours, by
the clock. A column with a `t` is a free-threaded build.

"""

BOUND = """What bounds it is Python code: most of a call and of a chunk over HTTP is httpx's and
h11's, which uvloop does not replace, and an event decoded is msgspec's C code and a few Python
calls of ours, so an interpreter, by its version and by how it was compiled, moves both floor and
ours; and {threads}."""


def section(figures: Figures) -> str:
    """The part of the page."""
    pythons, rows = figures["pythons"], figures["rows"]
    lines = [["", *pythons], ["---"] * (1 + len(pythons)), *_about(figures)]
    for row in rows:
        cells = [_cell(row, version) for version in pythons]
        lines.append([f"{row['title']}, {row['unit']}", *cells])
    table = "".join("| " + " | ".join(cells) + " |\n" for cells in lines)
    why = "".join(f"\nNo figure: {line}\n" for line in _failures(figures))
    first, last = figures["load"]
    busy = f"{figures['processors']} processors, load {first:.1f} before and {last:.1f} after.\n\n"
    bound = fill(BOUND.format(threads=_threads(figures)), 100, break_on_hyphens=False)
    return f"{HEADING}\n\n{NOTE}{busy}{table}{why}\n{bound}\n\n"


def _about(figures: Figures) -> Iterator[list[str]]:
    """What each Python is."""
    pythons = figures["pythons"].values()
    yield ["release", *(one["release"] if one else "not installed" for one in pythons)]
    yield [
        "built with `--enable-optimizations`",
        *(one["optimized"] if one else "" for one in pythons),
    ]


def _cell(row: dict[str, Any], version: str) -> str:
    """Floor, ours, and the ratio; empty where neither was measured."""
    both = row["cells"].get(version)
    if both is None:
        return ""
    told = [_number(both[subject].get("figure")) for subject in (FLOOR, OURS)]
    if "no figure" not in told and row["unit"] != "times":
        told.append(f"{both[OURS]['figure'] / both[FLOOR]['figure']:.2f}")
    # A module that is not made for it switches the lock on again.
    locked = version.endswith("t") and not both[OURS].get("free", True)
    return " / ".join(told) + (", with the GIL" if locked else "")


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
                    what = f"{row['title']} ({'floor' if subject == FLOOR else 'ours'})"
                    told.setdefault((version, cell["error"]), []).append(what)
    for (version, error), whats in told.items():
        yield f"{version}, {'; '.join(whats)}: {error}"


def _threads(figures: Figures) -> str:
    """What bounds threads on the Pythons that were measured."""
    both = [both[OURS] for row in figures["rows"] for both in row["cells"].values()]
    if any(ours.get("free") for ours in both):
        return "threads run at once where there is no GIL, as many as there are processors"
    return "threads take turns under the GIL (no free-threaded build was there to be measured)"


def _number(value: float | None) -> str:
    if value is None:
        return "no figure"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"
