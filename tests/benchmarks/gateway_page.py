"""The gateway's part of the benchmark page: tables and pictures of its figures."""

from __future__ import annotations

from statistics import median
from typing import Any

from .environments import ROOT
from .page import PAGE

__all__ = ["BEGIN", "END", "kept", "write"]

PLOT = ROOT / "docs/benchmarks/gateway"
BEGIN, END = "<!-- gateway -->", "<!-- end of gateway -->"
NAMES = {"relay": "raw relay", "gateway": "chimeric-gateway", "litellm": "litellm proxy"}

HEAD = """## The gateway

`python -m tests.benchmarks.gateway` measures this part. Three servers stand between a client and
an upstream that sends events at a pace or as fast as they are taken, each in a process of its
own: a raw ASGI application that passes on what httpx's `aiter_raw` gives it, chimeric-gateway,
and the litellm proxy; all under uvicorn with httptools and uvloop, one worker, no access log, in
turns. The client reads raw sockets. *In front of* means that the gateway translates; the relay
then passes on the upstream's own bytes, which is less than any gateway has to do there.

"""


def kept() -> str:
    """The part as it stands on the page, to be put into a new one."""
    if not PAGE.exists() or BEGIN not in PAGE.read_text():
        return ""
    part = PAGE.read_text().partition(BEGIN)[2].partition(END)[0]
    return f"{BEGIN}{part}{END}\n"


def write(results: dict[str, Any]) -> None:
    """Write the part into the page, or at its end, and draw."""
    part = "\n\n".join((HEAD.strip(), *_sections(results)))
    before, found, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2] if found else "\n"
    PAGE.write_text(f"{before.rstrip()}\n\n{BEGIN}\n{part}\n{END}{after}")
    _draw(results)


def _sections(results: dict[str, Any]) -> list[str]:
    first, last = results["load"]
    busy = (
        f"Taken on {results['date']} on a machine with two cores, while other work ran there (load "
        f"{first:.1f} before, {last:.1f} after): medians of {results['rounds']} rounds, and what "
        "counts is the ratio. The factors in the columns are those to the relay of the same row."
    )
    sections = [
        busy,
        "### Processor time per chunk, µs",
        _table(results["cpu"], ("client and upstream", "streams"), "{:.0f}"),
        "![Processor time per chunk](benchmarks/gateway.svg)",
        "### Time to the first text, ms more than the upstream's own",
        _table(_added(results["first"]), ("client and upstream", "streams at once"), "{:.2f}"),
        "### Memory of each open stream, KiB",
        "Two hundred streams that have begun, less the process before them.",
        _table(results["memory"], ("client and upstream",), "{:.0f}"),
    ]
    failed = [f"- {name.replace('|', ', ')}: {why}" for name, why in results["failed"].items()]
    return [*sections, "No figures:\n\n" + "\n".join(failed)] if failed else sections


def _added(figures: dict[str, list[float]]) -> dict[str, list[float]]:
    """Times without what the upstream itself takes."""
    own = {key.rpartition("|")[2]: median(v) for key, v in figures.items() if "upstream|" in key}
    return {
        key: [value - own[key.split("|")[1]] for value in values]
        for key, values in figures.items()
        if not key.startswith("upstream|")
    }


def _table(figures: dict[str, list[float]], heads: tuple[str, ...], form: str) -> str:
    """A row for each case, a column for each subject with its factor to the relay."""
    rows: dict[str, dict[str, list[float]]] = {}
    for key, values in figures.items():
        case, _, subject = key.rpartition("|")
        rows.setdefault(case, {})[subject] = values
    names = [name for name in NAMES if any(name in row for row in rows.values())]
    lines = [
        "| " + " | ".join((*heads, *(NAMES[name] for name in names))) + " |",
        "|---" * (len(heads) + len(names)) + "|",
    ]
    for case, row in rows.items():
        cells = case.split("|")
        relay = median(row["relay"]) if "relay" in row else 0.0
        for name in names:
            cells.append(_cell(row.get(name), form, 0.0 if name == "relay" else relay))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(values: list[float] | None, form: str, relay: float) -> str:
    if not values:
        return ""
    middle = median(values)
    told = form.format(middle)
    if len(values) > 1:
        told += f" ({form.format(min(values))} - {form.format(max(values))})"
    return f"{told}, {middle / relay:.2f}x" if relay > 0 else told


def _draw(results: dict[str, Any]) -> None:
    """A panel for each pace, a group of bars for each pair of protocols."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from .plots import COLOURS, GREY

    panels: dict[str, dict[str, dict[str, float]]] = {}
    for key, values in results["cpu"].items():
        pair, case, subject = key.split("|")
        panels.setdefault(case, {}).setdefault(pair, {})[subject] = median(values)
    colours = dict(
        zip(NAMES, (COLOURS["floor"], COLOURS["chimeric"], COLOURS["other"]), strict=True)
    )
    mpl.rcParams["svg.hashsalt"] = "gateway"
    figure = Figure(figsize=(8, 3.1 * len(panels)), layout="constrained")
    for axes, (case, pairs) in zip(figure.subplots(len(panels), 1), panels.items(), strict=True):
        for place, (name, colour) in enumerate(colours.items()):
            shown = {row: told[name] for row, told in enumerate(pairs.values()) if name in told}
            bars = axes.barh(
                [row + place * 0.27 for row in shown], [*shown.values()], 0.25,
                label=NAMES[name], color=colour,
            )  # fmt: skip
            axes.bar_label(
                bars, [f"{v:.0f}" for v in shown.values()], padding=3, color=GREY, fontsize=8
            )
        axes.set_yticks([row + 0.27 for row in range(len(pairs))], [*pairs])
        axes.invert_yaxis()
        axes.set_xlim(right=1.15 * max(max(told.values()) for told in pairs.values()))
        axes.set_title(case, color=GREY, fontsize=11, loc="left")
        axes.set_xlabel("µs of processor time per chunk", color=GREY)
        axes.tick_params(colors=GREY, which="both")
        for side, spine in axes.spines.items():
            spine.set_color(GREY)
            spine.set_visible(side in ("left", "bottom"))
    figure.axes[0].legend(labelcolor=GREY, framealpha=0, fontsize=8, loc="upper right")
    figure.savefig(PLOT.with_suffix(".svg"), transparent=True, metadata={"Date": None})
    figure.savefig(PLOT.with_suffix(".png"), transparent=True, dpi=110)
