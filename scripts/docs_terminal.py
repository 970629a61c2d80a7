"""Pictures of the command line: runs it in a terminal of its own and draws what stands there.

``python scripts/docs_terminal.py`` writes the SVGs of the documentation. It needs chimeric-cli,
chimeric-sim and pyte, and a system with pseudo-terminals.
"""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import sys
import termios
from html import escape
from pathlib import Path
from typing import Any

import pyte

__all__ = ["draw", "main", "run", "spans", "text"]

ASSETS = Path(__file__).parents[1] / "docs" / "assets"
COLUMNS, MOST = 84, 20

SHOTS = {
    "cli-chat": (
        'chimeric --usage "Tell me about a lighthouse in 60 words"',
        ["--usage", "Tell me about a lighthouse in 60 words"],
    ),
    "cli-plugins": ("chimeric plugins", ["plugins"]),
}

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


def run(arguments: list[str]) -> pyte.Screen:
    """Run the command in a pseudo-terminal; the screen as it is at the end."""
    screen = pyte.Screen(COLUMNS, 200)
    screen.set_mode(pyte.modes.LNM)
    stream = pyte.ByteStream(screen)
    child, terminal = pty.fork()
    if child == 0:
        plain = {k: v for k, v in os.environ.items() if not k.startswith(("NO_COLOR", "CHIMERIC"))}
        environment = {**plain, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": "60"}
        os.execve(sys.executable, [sys.executable, "-m", "chimeric_cli", *arguments], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 60, COLUMNS, 0, 0))
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break  # the terminal ends with the command
        if not data:
            break
        stream.feed(data)
    os.waitpid(child, 0)
    os.close(terminal)
    return screen


def draw(prompt: str, screen: pyte.Screen) -> str:
    """The screen as SVG, the command on top of it."""
    rows = range(min(_last(screen) + 1, MOST))
    lines = [_typed(prompt), *(spans(screen, row) for row in rows)]
    if len(rows) <= _last(screen):
        lines.append([(0, f"… and {_last(screen) + 1 - MOST} more", COLOURS["blue"], False)])
    width = int(LEFT * 2 + WIDE * COLUMNS)
    height = TOP + HIGH * len(lines) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" '
        'font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13">',
        f'<rect width="{width}" height="{height}" rx="8" fill="{BACK}"/>',
        *(f'<circle cx="{20 + 18 * n}" cy="18" r="5" fill="#484f58"/>' for n in range(3)),
    ]
    for place, line in enumerate(lines):
        parts.extend(text(TOP + HIGH * place, span) for span in line)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _typed(prompt: str) -> list[tuple[int, str, str, bool]]:
    return [(0, "$", COLOURS["green"], True), (2, prompt, COLOURS["default"], True)]


def _last(screen: pyte.Screen) -> int:
    rows = [row for row in range(screen.lines) if screen.display[row].strip()]
    return rows[-1] if rows else 0


def spans(screen: pyte.Screen, row: int) -> list[tuple[int, str, str, bool]]:
    """Runs of characters of one look: column, text, colour, bold."""
    found: list[tuple[int, str, str, bool]] = []
    for column in range(screen.columns):
        char: Any = screen.buffer[row][column]
        colour = COLOURS.get(char.fg) or f"#{char.fg}"
        if found and found[-1][2:] == (colour, char.bold):
            start, words, *_ = found[-1]
            found[-1] = (start, words + char.data, colour, char.bold)
        else:
            found.append((column, char.data, colour, char.bold))
    return [span for span in found if span[1].strip()]


def text(y: int, span: tuple[int, str, str, bool]) -> str:
    """A run of characters as an element."""
    column, words, colour, bold = span
    weight = ' font-weight="700"' if bold else ""
    long = f' textLength="{WIDE * len(words.rstrip()):g}" lengthAdjust="spacingAndGlyphs"'
    return (
        f'<text x="{LEFT + WIDE * column:g}" y="{y}" fill="{colour}" xml:space="preserve"{weight}'
        f"{long}>{escape(words.rstrip())}</text>"
    )


def main() -> int:
    """Write all pictures."""
    for name, (prompt, arguments) in SHOTS.items():
        path = ASSETS / f"{name}.svg"
        path.write_text(draw(prompt, run(arguments)))
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
