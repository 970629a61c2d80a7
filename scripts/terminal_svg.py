"""What stands in a terminal as SVG: one picture, or a film of many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, NamedTuple

import pyte

__all__ = ["Frame", "Span", "film", "height", "last_row", "row", "still", "typed", "width"]

COLOURS = {
    "black": "#30363d",
    "red": "#ff7b72",
    "green": "#7ee787",
    "brown": "#e3b341",
    "blue": "#79c0ff",
    "magenta": "#d2a8ff",
    "cyan": "#76e3ea",
    "white": "#e6edf3",
    "default": "#e6edf3",
}
BACK = "#161b22"
WIDE, HIGH, LEFT, TOP = 8.0, 18, 16, 44
"""Pixels: of a character, and where the first one stands."""


class Span(NamedTuple):
    """A run of characters of one look."""

    column: int
    text: str
    colour: str = COLOURS["default"]
    bold: bool = False


class Frame(NamedTuple):
    """What is seen from a time on, in seconds.

    Attributes:
        at: the time.
        rows: of a terminal, each as elements of SVG at the height 0.
        over: elements that lie above the window.
    """

    at: float
    rows: tuple[str, ...]
    over: str = ""


def width(columns: int) -> int:
    """Of a picture, in pixels."""
    return int(LEFT * 2 + WIDE * columns)


def height(rows: int) -> int:
    """Of a picture, in pixels."""
    return TOP + HIGH * rows


def typed(command: str) -> list[Span]:
    """A command behind its prompt."""
    return [Span(0, "$", COLOURS["green"], True), Span(2, command, bold=True)]


def row(screen: pyte.Screen, place: int) -> list[Span]:
    """A row of a screen."""
    found: list[Span] = []
    for column in range(screen.columns):
        char: Any = screen.buffer[place][column]
        look = (COLOURS.get(char.fg) or f"#{char.fg}", char.bold)
        if found and found[-1][2:] == look:
            found[-1] = found[-1]._replace(text=found[-1].text + char.data)
        else:
            found.append(Span(column, char.data, *look))
    return [span for span in found if span.text.strip()]


def last_row(screen: pyte.Screen) -> int:
    """The last row of a screen on which something stands; 0 when nothing does."""
    return max((place for place, line in enumerate(screen.display) if line.strip()), default=0)


def text(spans: Iterable[Span], y: int = 0) -> str:
    """Runs of characters as elements."""
    return "".join(_text(span, y) for span in spans)


def _text(span: Span, y: int) -> str:
    words = span.text.rstrip()
    weight = ' font-weight="700"' if span.bold else ""
    long = f' textLength="{WIDE * len(words):g}" lengthAdjust="spacingAndGlyphs"'
    return (
        f'<text x="{LEFT + WIDE * span.column:g}" y="{y}" fill="{span.colour}" '
        f'xml:space="preserve"{weight}{long}>{escape(words)}</text>'
    )


def _window(wide: int, high: int, about: str = "", head: str = "") -> list[str]:
    role = ' role="img"' if about else ""
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" '
        f'width="{wide}" height="{high}"{role} '
        'font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13">',
        *([about] if about else []),
        *([head] if head else []),
        f'<rect width="{wide}" height="{high}" rx="8" fill="{BACK}"/>',
        *(f'<circle cx="{20 + 18 * n}" cy="18" r="5" fill="#484f58"/>' for n in range(3)),
    ]


def still(lines: Sequence[Iterable[Span]], columns: int) -> str:
    """Lines in a window."""
    parts = _window(width(columns), height(len(lines)) + 10)
    for place, line in enumerate(lines):
        parts.extend(_text(span, TOP + HIGH * place) for span in line)
    return "\n".join([*parts, "</svg>"]) + "\n"


def film(
    frames: Sequence[Frame],
    size: tuple[int, int],
    last: float,
    title: str,
    told: str = "",
    above: Iterable[Span] = (),
) -> str:
    """Frames side by side, of which one is seen. Who wants no motion sees the last one.

    Args:
        frames: in their order.
        size: of the window in pixels.
        last: seconds that the last frame stands.
        title: what the film shows, in a line.
        told: the same as a text of several lines.
        above: a line that stands above the rows all the time.
    """
    wide, high = size
    total = frames[-1].at + last
    keys = "".join(
        f"{frame.at / total * 100:.3f}%{{transform:translateX({-wide * place}px)}}"
        for place, frame in enumerate(frames)
    )
    end = f"transform:translateX({-wide * (len(frames) - 1)}px)"
    style = (
        f"<style>@keyframes film{{{keys}to{{{end}}}}}"
        f".film{{animation:film {total:.2f}s steps(1,end) infinite}}"
        f"@media (prefers-reduced-motion:reduce){{.film{{animation:none;{end}}}}}</style>"
    )
    about = f"<title>{escape(title)}</title>"
    if told:
        about += f'\n<desc xml:space="preserve">{escape(told)}</desc>'
    numbers: dict[str, int] = {}
    for frame in frames:
        for line in filter(None, frame.rows):
            numbers.setdefault(line, len(numbers))
    first = text(above, TOP)
    parts = [
        *_window(wide, high, about, style),
        *([first] if first else []),
        "<defs>",
        *(f'<g id="r{number}">{line}</g>' for line, number in numbers.items()),
        "</defs>",
        f'<svg width="{wide}" height="{high}"><g class="film">',
        *(
            _frame(frame, place * wide, TOP + HIGH * bool(first), numbers)
            for place, frame in enumerate(frames)
        ),
        "</g></svg>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _frame(frame: Frame, x: int, top: int, numbers: dict[str, int]) -> str:
    over = f'<g transform="translate({x})">{frame.over}</g>' if frame.over else ""
    return over + "".join(
        f'<use href="#r{numbers[line]}" x="{x}" y="{top + HIGH * place}"/>'
        for place, line in enumerate(frame.rows)
        if line
    )
