"""The moving picture of the demo: runs it in a terminal of its own and films what stands there.

``python scripts/demo_picture.py`` writes ``docs/assets/demo.svg``. It needs chimeric-sim, the
provider plugins and pyte, and a system with pseudo-terminals. ``python scripts/demo_picture.py
OUT.svg SECOND`` writes the picture as it stands at that second, and does not move.
"""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import sys
import termios
import time
from pathlib import Path
from typing import NamedTuple

import pyte
from docs_terminal import BACK, COLOURS, HIGH, LEFT, TOP, WIDE, spans, text

__all__ = ["film", "main", "record"]

PICTURE = Path(__file__).parents[1] / "docs" / "assets" / "demo.svg"
COLUMNS, ROWS = 84, 25
TYPED = "python3 run.py demo"
STEP = 0.12
"""Seconds between two frames."""
HURRY = 5.0
"""How many times faster the tour of the providers is shown than it ran, after its beginning."""
SLOW_UNTIL, SLOW_FROM = "anthropic", "A tool runs"
LINGER = 1.8
"""How much slower the rest is shown than it ran: it has to be read."""
LAST = 6.0
"""Seconds that the end stands still."""


class Frame(NamedTuple):
    """What stands there from a time on; each row as elements of SVG at the height 0."""

    at: float
    rows: tuple[str, ...]


def record() -> list[tuple[float, bytes]]:
    """Run the demo; what it wrote, and when."""
    child, terminal = pty.fork()
    if child == 0:
        plain = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "PYTHONUTF8")}
        size = {"COLUMNS": str(COLUMNS), "LINES": str(ROWS), "TERM": "xterm-256color"}
        command = [sys.executable, "-m", "chimeric_sim.demo"]
        os.execve(sys.executable, command, {**plain, **size})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    began = time.monotonic()
    written: list[tuple[float, bytes]] = []
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break  # the terminal ends with the command
        if not data:
            break
        written.append((time.monotonic() - began, data))
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit("the demo failed")
    return written


def film(written: list[tuple[float, bytes]]) -> list[Frame]:
    """The frames, in the time in which they are shown."""
    screen = pyte.Screen(COLUMNS, ROWS)
    screen.set_mode(pyte.modes.LNM)
    stream = pyte.ByteStream(screen)
    frames: list[Frame] = []
    shown, before, seen = 0.0, 0.0, ""
    for at, data in written:
        hurries = SLOW_UNTIL in seen and SLOW_FROM not in seen
        lingers = SLOW_FROM in seen
        shown += min(at - before, 1.0) / (HURRY if hurries else 1) * (LINGER if lingers else 1)
        before = at
        stream.feed(data)
        seen += data.decode("utf-8", "replace")
        if not frames or shown - frames[-1].at >= STEP or written[-1][0] == at:
            rows = tuple(
                "".join(text(0, span) for span in spans(screen, row)) for row in range(ROWS)
            )
            frames.append(Frame(round(shown, 3), rows))
    return frames


def draw(frames: list[Frame]) -> str:
    """The frames side by side, of which one is seen."""
    width, height = int(LEFT * 2 + WIDE * COLUMNS), TOP + HIGH * (ROWS + 1)
    total = frames[-1].at + LAST
    keys = "".join(
        f"{frame.at / total * 100:.3f}%{{transform:translateX({-width * place}px)}}"
        for place, frame in enumerate(frames)
    )
    still = f"transform:translateX({-width * (len(frames) - 1)}px)"
    numbers: dict[str, int] = {}
    for frame in frames:
        for row in frame.rows:
            if row:
                numbers.setdefault(row, len(numbers))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" '
        'font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13">',
        "<title>The demo in a terminal: fifteen protocols, a tool in mid-stream, a stream that is "
        "cut, a fallback, 200 streams at once</title>",
        f"<style>@keyframes film{{{keys}to{{{still}}}}}"
        f".film{{animation:film {total:.2f}s steps(1,end) infinite}}"
        f"@media (prefers-reduced-motion:reduce){{.film{{animation:none;{still}}}}}</style>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{BACK}"/>',
        *(f'<circle cx="{20 + 18 * n}" cy="18" r="5" fill="#484f58"/>' for n in range(3)),
        text(TOP, (0, "$", COLOURS["green"], True)),
        text(TOP, (2, TYPED, COLOURS["default"], True)),
        "<defs>",
        *(f'<g id="r{number}">{row}</g>' for row, number in numbers.items()),
        "</defs>",
        f'<svg width="{width}" height="{height}"><g class="film">',
    ]
    for place, frame in enumerate(frames):
        parts.append("".join(_frame(place * width, frame, numbers)))
    return "\n".join([*parts, "</g></svg>", "</svg>"]) + "\n"


def _frame(x: int, frame: Frame, numbers: dict[str, int]) -> list[str]:
    return [
        f'<use href="#r{numbers[row]}" x="{x}" y="{TOP + HIGH * (place + 1)}"/>'
        for place, row in enumerate(frame.rows)
        if row
    ]


def main(arguments: list[str]) -> int:
    """Write the picture."""
    frames = film(record())
    path = Path(arguments[0]) if arguments else PICTURE
    if len(arguments) > 1:
        frames = [[f for f in frames if f.at <= float(arguments[1])][-1]._replace(at=0.0)]
    path.write_text(draw(frames))
    print(f"wrote {path}: {len(frames)} frames, {frames[-1].at + LAST:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
