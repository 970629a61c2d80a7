"""Pictures of the command line: runs it in a terminal of its own and draws what stands there.

``python scripts/docs_terminal.py`` writes the SVGs of the documentation. It needs chimeric-cli,
chimeric-sim and pyte, and a system with pseudo-terminals.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pyte
from terminal import Terminal, screen
from terminal_svg import COLOURS, Span, last_row, row, still, typed

__all__ = ["draw", "main", "run"]

ASSETS = Path(__file__).parents[1] / "docs" / "assets"
COLUMNS, MOST = 84, 20

SHOTS = {
    "cli-chat": (
        'chimeric --usage "Tell me about a lighthouse in 60 words"',
        ["--usage", "Tell me about a lighthouse in 60 words"],
    ),
    "cli-plugins": ("chimeric plugins", ["plugins"]),
}


def run(arguments: list[str]) -> pyte.Screen:
    """Run the command in a pseudo-terminal; the screen as it is at the end."""
    shown, stream = screen(COLUMNS, 200)
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("NO_COLOR", "CHIMERIC"))}
    command = [sys.executable, "-m", "chimeric_cli", *arguments]
    with Terminal(command, COLUMNS, 60, plain) as terminal:
        while data := terminal.read():
            stream.feed(data)
    return shown


def draw(prompt: str, shown: pyte.Screen) -> str:
    """The screen as SVG, the command on top of it."""
    count = last_row(shown) + 1
    lines = [typed(prompt), *(row(shown, place) for place in range(min(count, MOST)))]
    if count > MOST:
        lines.append([Span(0, f"… and {count - MOST} more", COLOURS["blue"])])
    return still(lines, COLUMNS)


def main() -> int:
    """Write all pictures."""
    for name, (prompt, arguments) in SHOTS.items():
        path = ASSETS / f"{name}.svg"
        path.write_text(draw(prompt, run(arguments)))
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
