"""Bars on a logarithmic scale, readable on white and on black."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

__all__ = ["COLOURS", "GREY", "draw", "keep"]

GREY = "#808890"
COLOURS = {"floor": "#8a939c", "chimeric": "#1d9e75", "other": "#c2703d"}


def draw(place: Path, title: str, unit: str, values: dict[str, float]) -> None:
    """One horizontal bar for each subject, the least on top; SVG and PNG."""
    positive = {name: value for name, value in values.items() if value > 0}
    names = sorted(positive, key=lambda name: -positive[name])
    mpl.rcParams["svg.hashsalt"] = "benchmarks"
    figure = Figure(figsize=(8, 0.34 * len(names) + 1.2), layout="constrained")
    axes = figure.add_subplot()
    bars = axes.barh(names, [positive[n] for n in names], color=[_colour(n) for n in names])
    axes.bar_label(bars, [_label(positive[n]) for n in names], padding=4, color=GREY)
    axes.set_xscale("log")
    axes.set_xlim(right=max(positive.values()) * 3)
    axes.set_title(title, color=GREY, fontsize=11)
    axes.set_xlabel(f"{unit} (logarithmic scale)", color=GREY)
    keep(figure, place)


def keep(figure: Figure, place: Path) -> None:
    """Write a figure in the quiet style of all plots, as SVG and PNG."""
    for axes in figure.axes:
        axes.tick_params(colors=GREY, which="both")
        for side, spine in axes.spines.items():
            spine.set_color(GREY)
            spine.set_visible(side in ("left", "bottom"))
    figure.savefig(place.with_suffix(".svg"), transparent=True, metadata={"Date": None})
    figure.savefig(place.with_suffix(".png"), transparent=True, dpi=110)


def _colour(name: str) -> str:
    if name.startswith("floor"):
        return COLOURS["floor"]
    ours = name.startswith("chimeric") and name != "chimeric 0.3.0"
    return COLOURS["chimeric" if ours else "other"]


def _label(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
