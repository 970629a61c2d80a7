"""What it costs to serve streams, drawn: ``python -m tests.benchmarks.serving``.

Takes the figures of ``tests.benchmarks.encoders`` and ``tests.benchmarks.hub``, and draws
docs/benchmarks/serving.svg: processor time per chunk of each encoder beside the same bytes written
by hand, of a hub beside no hub, and the memory of a stream that is open.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from . import encoders, hub

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw", "main"]

PLOT = Path(__file__).parents[2] / "docs" / "benchmarks" / "serving"
"""Without its suffix: SVG and PNG."""


def draw(
    place: Path,
    by_protocol: dict[str, tuple[float, float]],
    costs: dict[str, list[float]],
    open_streams: dict[str, tuple[float, float]],
) -> None:
    """Three panels, one below the other.

    Args:
        place: of the picture, without its suffix.
        by_protocol: microseconds per chunk of each encoder, and by hand.
        costs: of each way, microseconds per chunk in each of ``hub.CASES``.
        open_streams: of each store, KiB of an open stream, and of a reader that waits.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from .plots import COLOURS

    mpl.rcParams["svg.hashsalt"] = "serving"
    figure = Figure(figsize=(8, 10.4), layout="constrained")
    parts = figure.subplots(3, 1, height_ratios=[2.4, 5.2, 1.6])
    shades = ["#9fd8c4", "#4fb592", COLOURS["chimeric"]]
    _bars(
        parts[0],
        "An encoder, beside the same bytes by hand",
        "µs of processor time per chunk",
        {name: [hand, ours] for name, (ours, hand) in by_protocol.items()},
        {"by hand": COLOURS["floor"], "encoder": COLOURS["chimeric"]},
    )
    _bars(
        parts[1],
        "A hub, from the provider's chunk to the event of each reader",
        "µs of processor time per chunk (logarithmic scale)",
        costs,
        dict(zip(hub.CASES, shades, strict=True)),
        log=True,
    )
    _bars(
        parts[2],
        "A stream that is open",
        "KiB of memory",
        {name: [*pair] for name, pair in open_streams.items()},
        {"the stream": COLOURS["chimeric"], "each waiting reader": COLOURS["other"]},
    )
    figure.savefig(place.with_suffix(".svg"), transparent=True, metadata={"Date": None})
    figure.savefig(place.with_suffix(".png"), transparent=True, dpi=110)


def _bars(
    axes: Axes,
    title: str,
    unit: str,
    values: dict[str, list[float]],
    colours: dict[str, str],
    *,
    log: bool = False,
) -> None:
    """A group of horizontal bars for each name, the first on top, one bar for each colour."""
    from .plots import GREY

    names, thick = [*values], 0.8 / len(colours)
    for place, (label, colour) in enumerate(colours.items()):
        rows = [row + place * thick for row in range(len(names))]
        widths = [values[name][place] for name in names]
        bars = axes.barh(rows, widths, thick * 0.9, label=label, color=colour)
        texts = [f"{width:.3g}" if width < 100 else f"{width:.0f}" for width in widths]
        axes.bar_label(bars, texts, padding=3, color=GREY, fontsize=8)
    axes.set_yticks([row + 0.4 - thick / 2 for row in range(len(names))], names)
    axes.invert_yaxis()
    if log:
        axes.set_xscale("log")
    most = max(max(row) for row in values.values())
    axes.set_xlim(right=most * (4 if log else 1.25))
    axes.set_title(title, color=GREY, fontsize=11, loc="left", pad=26)
    axes.set_xlabel(unit, color=GREY)
    axes.tick_params(colors=GREY, which="both")
    legend = axes.legend(  # between title and bars: among the bars there is no room for it
        labelcolor=GREY,
        framealpha=0,
        loc="lower left",
        bbox_to_anchor=(-0.01, 1),
        ncols=len(colours),
        fontsize=7.5,
        handlelength=1.2,
        columnspacing=0.9,
    )
    legend.set_in_layout(False)
    for side, spine in axes.spines.items():
        spine.set_color(GREY)
        spine.set_visible(side in ("left", "bottom"))


def main() -> None:
    """Measure, print the tables, and draw."""
    by_protocol = encoders.measured()
    print(encoders.table(by_protocol))
    costs, open_streams = hub.measured_all()
    print(hub.table(costs, open_streams))
    draw(PLOT, by_protocol, costs, open_streams)


if __name__ == "__main__":
    main()
