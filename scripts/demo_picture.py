"""The moving picture of the demo: runs it in a terminal of its own and films what stands there.

``python scripts/demo_picture.py`` writes ``docs/assets/demo.svg``. It needs chimeric-sim, the
provider plugins and pyte, and a system with pseudo-terminals. ``python scripts/demo_picture.py
OUT.svg SECOND`` writes the picture as it stands at that second, and does not move.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import terminal_svg
from terminal import Terminal, screen
from terminal_svg import Frame, height, row, text, typed, width

__all__ = ["draw", "film", "main", "record"]

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


TITLE = (
    "The demo in a terminal: fifteen protocols, a tool in mid-stream, a stream that is cut, "
    "a fallback, 200 streams at once"
)


def record() -> list[tuple[float, bytes]]:
    """Run the demo; what it wrote, and when."""
    plain = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "PYTHONUTF8")}
    written: list[tuple[float, bytes]] = []
    command = [sys.executable, "-m", "chimeric_sim.demo"]
    with Terminal(command, COLUMNS, ROWS, plain) as terminal:
        began = time.monotonic()
        while data := terminal.read():
            written.append((time.monotonic() - began, data))
        if terminal.close():
            raise SystemExit("the demo failed")
    return written


def film(written: list[tuple[float, bytes]]) -> list[Frame]:
    """The frames, in the time in which they are shown."""
    terminal, stream = screen(COLUMNS, ROWS)
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
            rows = tuple(text(row(terminal, place)) for place in range(ROWS))
            frames.append(Frame(round(shown, 3), rows))
    return frames


def draw(frames: list[Frame]) -> str:
    """The frames as a film."""
    size = width(COLUMNS), height(ROWS + 1)
    return terminal_svg.film(frames, size, LAST, TITLE, above=typed(TYPED))


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
