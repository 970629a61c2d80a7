"""The page: tables of every figure, and a reading of them made from the figures themselves."""

from __future__ import annotations

from statistics import median
from typing import Any

from . import pythons_page
from .cases import CASES, Case
from .environments import ROOT
from .gateway_page import kept
from .middleware import section
from .peers import PEERS
from .plots import draw
from .reading import Medians, opening, reading
from .starting import FLOOR

__all__ = ["figures", "write_report"]

DOCS = ROOT / "docs"
PLOTTED = {
    "offline",
    "burst-sync",
    "burst-async",
    "one-async",
    "tick-async",
    "crowd-200",
    "crowd-1000",
    "memory-kept",
}
NAMES = {
    "socket": "floor: raw socket",
    "httpx-reading": "floor: httpx, reading only",
    "httpx": "floor: httpx + msgspec",
    "aiohttp": "floor: aiohttp + msgspec",
}

DECODE_FLOOR = "floor: split + msgspec"

BUSY = """The machine was busy with other work during this run: times by the clock are too long, and
microseconds of CPU somewhat (caches are shared). Ratios, taken in turns, suffer least.

"""

STARTING = """## Import and first client

Seconds of CPU of a new process, byte code cached, and the best time by the clock. `chimeric` has
every first-party plugin installed; `chimeric, core + openai` is what a user of one provider
installs. httpx and the provider are imported when the first request needs them:
`chimeric, ready to send` is with both.

"""

OPENING = ("crowd-200", "burst-async", "memory-kept")
"""The plots that the page opens with."""

HOW = """## How it is measured

Every figure on this page comes from one command, `python -m tests.benchmarks` (or
`tox -e bench`). It builds an environment for each library, starts a server in a process of its own,
and takes the measurements of a table in turns, so that a busy moment hits everyone. Floors are what
a careful person would write by hand for one provider: read, split, decode into a struct, nothing
else.

CPU is the time of the client's process (all threads), not of the server. A figure is the median of
its runs; the spread is the smallest and the largest of them. Slow libraries get fewer events
(1,000 instead of 20,000) and fewer runs. A library that cannot be installed or does not work is
listed with its reason. `--only crowd-200,start` measures a part again, `--rounds 1` is a quick
look, and `--report` writes this page from the last figures. What bounds our own stands in
[Where the time goes](profiles.md).

"""


def figures(results: dict[str, Any], case: Case) -> dict[str, list[float]]:
    """The figures of each subject of a case, in the case's unit; none where it failed."""
    found: dict[str, list[float]] = {}
    for subject, cell in results["cases"].get(case.key, {}).items():
        per = case.count(subject) if case.each else 1
        found[subject] = [v[case.figure] * case.scale / per for v in cell["values"]]
    return found


def write_report(results: dict[str, Any]) -> None:
    """Write ``docs/benchmarks.md`` and its plots."""
    medians = _medians(results)
    parts = [_opening(results, medians), HOW, _machine(results), _starting(results)]
    plots = DOCS / "benchmarks"
    plots.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        if case.key in results["cases"]:
            parts.append(_table(results, case))
            if case.key in PLOTTED:
                found = figures(results, case)
                shown = {_shown(k, case): median(v) for k, v in found.items() if v}
                draw(plots / case.key, case.title, case.unit, shown)
                if case.key not in OPENING:
                    parts.append(_plot(case))
    if "middleware" in results:
        parts.append(section(results["middleware"]))
    if "pythons" in results:
        parts.append(pythons_page.section(results["pythons"]))
    parts += [kept(), "\n", _reading(medians)]
    (DOCS / "benchmarks.md").write_text("".join(parts))


def _opening(results: dict[str, Any], medians: Medians) -> str:
    """Three sentences, and the plots that show them."""
    plots = [_plot(c) for key in OPENING for c in CASES if c.key == key in results["cases"]]
    said = "\n".join(f"- {line}" for line in opening(medians))
    return f"# Benchmarks\n\n{said}\n\n{''.join(plots)}"


def _plot(case: Case) -> str:
    return f"![{case.title}](benchmarks/{case.key}.svg)\n\n"


def _medians(results: dict[str, Any]) -> Medians:
    """The median of each subject in each case, and what is read from other figures."""
    medians = {
        case.key: {name: median(v) for name, v in figures(results, case).items() if v}
        for case in CASES
    }
    start = results["cases"].get("start", {})
    medians["start"] = {
        name: median(v["cpu"] for v in cell["values"])
        for name, cell in start.items()
        if cell["values"]
    }
    medians["open-stream"] = {
        name: cell["values"][0]["memory"] / 1e3
        for name, cell in results["cases"].get("crowd-1000", {}).items()
        if cell["values"] and cell["values"][0]["memory"] > 0
    }
    return medians


def _reading(medians: Medians) -> str:
    lines = "".join(f"- {line}\n" for line in reading(medians))
    return f"## Budgets, leads and limits\n\n{lines}"


def _machine(results: dict[str, Any]) -> str:
    machine = results["machine"]
    told = ", ".join(
        f"{key} {value:.1f}" if isinstance(value, float) else f"{key} {value}"
        for key, value in machine.items()
    )
    busy = max(machine["load"], machine["load at the end"]) > machine["processors"]
    versions = [f"{name} {_version(results, name)}" for name in PEERS if " " not in name]
    versions += [
        f"{name} {results['environments']['chimeric'].get('versions', {}).get(name, '?')}"
        for name in ("chimeric_core", "httpx", "h11", "msgspec", "pluggy", "aiohttp")
    ]
    warning = BUSY if busy else ""
    if results.get("parts", 1) > 1:
        warning += f"The figures were taken in {results['parts']} parts, one after the other.\n\n"
    listed = ", ".join([*versions, "chimeric 0.3.0 from PyPI"])
    return f"Machine: {told}.\n\n{warning}Versions: {listed}.\n\n"


def _version(results: dict[str, Any], name: str) -> str:
    wanted = PEERS[name].requirement.partition("[")[0].replace("-", "_")
    versions = results["environments"][name].get("versions", {})
    return str(versions.get(wanted, "(not installed)"))


def _shown(name: str, case: Case) -> str:
    """A subject's name in a table: a floor without a transport is no httpx."""
    if case.order["do"] == "decode" and name == case.floor:
        return DECODE_FLOOR
    return NAMES.get(name, name)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _starting(results: dict[str, Any]) -> str:
    cells = results["cases"].get("start")
    if not cells:
        return ""
    text = STARTING
    text += _row("library", "CPU s", "spread", "x floor", "x ours", "clock s", "peak MB", "modules")
    text += _row(*["---"] * 8)
    spent = {
        name: [v["cpu"] for v in cell["values"]] for name, cell in cells.items() if cell["values"]
    }
    for name in sorted(spent, key=lambda n: median(spent[n])):
        values, cpu = cells[name]["values"], spent[name]
        text += _row(
            name,
            f"{median(cpu):.3f}",
            f"{min(cpu):.3f} - {max(cpu):.3f}",
            f"{median(cpu) / median(spent[FLOOR]):.2f}",
            f"{median(cpu) / median(spent['chimeric']):.2f}",
            f"{min(v['wall'] for v in values):.3f}",
            f"{median(v['memory'] for v in values) / 1e6:.0f}",
            f"{median(v['modules'] for v in values):.0f}",
        )
    text += _failures(cells) + "\n\n" + _row("installed", "distributions", "MB")
    text += _row("---", "---", "---")
    for name, env in results["environments"].items():
        shown = {"chimeric": "chimeric, every plugin", "chimeric small": "chimeric, core + openai"}
        if env.get("error"):
            text += _row(name, "not installed", env["error"])
        else:
            size = f"{env['size'] / 1e6:.1f}"
            text += _row(shown.get(name, name), str(env["distributions"]), size)
    return text + "\n"


def _table(results: dict[str, Any], case: Case) -> str:
    found = {name: values for name, values in figures(results, case).items() if values}
    text = f"## {case.title}\n\n" + (f"{case.note}\n\n" if case.note else "")
    with_memory = case.key.startswith("crowd")
    heads = ["library", case.unit, "spread", "x floor", "x ours", "runs"]
    text += _row(*heads, *(["KB a stream"] if with_memory else []))
    text += _row(*["---"] * (len(heads) + with_memory))
    floor = median(found[case.floor]) if case.floor in found else None
    ours = median(found["chimeric"]) if "chimeric" in found else None
    for name in sorted(found, key=lambda n: median(found[n])):
        values = found[name]
        middle = median(values)
        row = [
            _shown(name, case),
            _number(middle),
            f"{_number(min(values))} - {_number(max(values))}",
            f"{middle / floor:.2f}" if floor else "",
            f"{middle / ours:.2f}" if ours else "",
            str(len(values)),
        ]
        if with_memory:
            taken = [v["memory"] for v in results["cases"][case.key][name]["values"]]
            # None when the library never had all streams open at once.
            row.append(f"{taken[0] / 1e3:.0f}" if taken[0] > 0 else "not all open")
        text += _row(*row)
    return text + _failures(results["cases"][case.key]) + "\n"


def _failures(cells: dict[str, Any]) -> str:
    """Those without a figure, and why."""
    told = [f"{name}: {cell['error']}" for name, cell in cells.items() if cell["error"]]
    return "".join(f"\nNo figure, or no further one: {line}\n" for line in told)


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"
