"""Draws the way of a byte: ``python scripts/docs_drawing.py`` writes the SVG of the documentation.

The colours are variables of the site's theme, so that the drawing follows light and dark; the
fallbacks are for viewers that know none.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

__all__ = ["PATH", "draw"]

PATH = Path(__file__).parents[1] / "docs" / "assets" / "way-of-a-byte.svg"

WIDTH = 440
LEFT, RIGHT = 96, 424
STEP, HEIGHT, TOP = 66, 38, 16

INK = "var(--md-default-fg-color, #222)"
FAINT = "var(--md-default-fg-color--light, #777)"
ACCENT = "var(--md-accent-fg-color, #009485)"
FILL = "var(--md-code-bg-color, #f5f5f5)"


class Station(NamedTuple):
    """One box: what it is, where it is written, and what it hands down."""

    title: str
    module: str
    gives: str


STATIONS = (
    Station("socket", "", "bytes"),
    Station(
        "transport", "transport/httpx_transport, or a plugin", "bytes, as they are on the wire"
    ),
    Station("driver", "transport/sync_driver, async_driver", "the reply to Read"),
    Station("exchange", "exchange/exchange, attempt", "bytes, decompressed and counted"),
    Station("framer", "stream/framing, or a plugin", "events"),
    Station("parser", "the provider plugin", "text, or a Delta"),
    Station("accumulator", "stream/pipeline, answer", "a chunk"),
    Station("middleware", "plugins", "a chunk, several, or none"),
    Station("your loop", "", ""),
)
PIPELINE = (4, 7)
"""First and last station of what is compiled for each response."""


def draw() -> str:
    """The drawing as SVG, without an empty line, so that Markdown takes it as one block."""
    height = TOP * 2 + STEP * (len(STATIONS) - 1) + HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" '
        'font-family="system-ui, sans-serif" font-size="13">',
        "<title>The way of a byte, from the socket to your loop</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="{FAINT}"/></marker></defs>',
        _group(),
    ]
    for place, station in enumerate(STATIONS):
        parts.extend(_station(place, station))
    parts.extend(_read_more())
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _top(place: int) -> int:
    return TOP + STEP * place


def _group() -> str:
    first, last = PIPELINE
    top, bottom = _top(first) - 5, _top(last) + HEIGHT + 5
    return (
        f'<rect x="{LEFT - 12}" y="{top}" width="{RIGHT - LEFT + 24}" height="{bottom - top}" '
        f'rx="8" fill="none" stroke="{ACCENT}" stroke-dasharray="4 4"/>'
        f'<text x="{LEFT - 22}" y="{(top + bottom) // 2}" fill="{ACCENT}" text-anchor="middle" '
        f'transform="rotate(-90 {LEFT - 22} {(top + bottom) // 2})">'
        "pipeline: compiled for each response</text>"
    )


def _station(place: int, station: Station) -> list[str]:
    top, middle = _top(place), (LEFT + RIGHT) // 2
    end = not station.module
    stroke = ACCENT if end else FAINT
    parts = [
        f'<rect x="{LEFT}" y="{top}" width="{RIGHT - LEFT}" height="{HEIGHT}" rx="6" '
        f'fill="{FILL}" stroke="{stroke}"/>'
    ]
    if end:
        parts.append(_text(middle, top + 24, station.title, INK, "middle", bold=True))
    else:
        parts.append(_text(LEFT + 14, top + 24, station.title, INK, "start", bold=True))
        parts.append(_text(RIGHT - 14, top + 24, station.module, FAINT, "end"))
    if station.gives:
        bottom = top + HEIGHT
        parts.append(
            f'<path d="M{LEFT + 40} {bottom + 2}V{bottom + STEP - HEIGHT - 3}" stroke="{FAINT}" '
            'fill="none" marker-end="url(#tip)"/>'
        )
        parts.append(_text(LEFT + 54, bottom + 18, station.gives, FAINT, "start", italic=True))
    return parts


def _read_more() -> list[str]:
    """The only thing that goes back."""
    low, high = _top(3) + HEIGHT // 2, _top(0) + HEIGHT // 2
    x = 40
    return [
        f'<path d="M{LEFT - 2} {low}H{x}V{high}H{LEFT - 4}" stroke="{FAINT}" fill="none" '
        'marker-end="url(#tip)"/>',
        _text(x - 10, (low + high) // 2, "read more", FAINT, "middle", turned=True),
    ]


def _text(
    x: int,
    y: int,
    text: str,
    colour: str,
    anchor: str,
    *,
    bold: bool = False,
    italic: bool = False,
    turned: bool = False,
) -> str:
    more = ' font-weight="600"' * bold + ' font-style="italic"' * italic
    if turned:
        more += f' transform="rotate(-90 {x} {y})"'
    return f'<text x="{x}" y="{y}" fill="{colour}" text-anchor="{anchor}"{more}>{text}</text>'


if __name__ == "__main__":
    PATH.write_text(draw())
    print(f"wrote {PATH}")
