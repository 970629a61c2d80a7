"""Films the walkthrough: a person who follows the pages in a fresh checkout, and needs no key.

    python scripts/walkthrough_films.py

writes ``docs/assets/walkthrough-*.svg``, and the counts into ``docs/guide/walkthrough.md``. What is
typed comes from the blocks of the pages (``tests/docs/walkthrough.py``) and is run in a copy of the
project, in a virtual environment of its own, with wheels built there. Needs pyte, playwright,
Chromium, bash, a package index, and a system with pseudo-terminals.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

from camera import MARK, Camera
from chromium import window
from playwright.sync_api import Page
from terminal_svg import LEFT, TOP, film, height, width

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.docs.pages import Sample  # noqa: E402
from tests.docs.walkthrough import (  # noqa: E402
    FILMS,
    PAGE,
    Film,
    blocks,
    commands,
    filled,
    is_shell,
    track,
)

__all__ = ["main"]

ASSETS = ROOT / "docs" / "assets"
COLUMNS, ROWS = 56, 26
SIZE = width(COLUMNS), height(ROWS)
HEAD = TOP - 14
"""Height of the window's upper edge, in pixels."""
LAST = 3.0
"""Seconds that the end stands still."""
FOLDERS = {"walkthrough-install": "chimeric", "walkthrough-chat": "chimeric"}
"""Where films begin; others in the home."""
WAITS, ANSWERS = 0.8, 2.5
"""Seconds that a command is shown at most which is waited for, and one whose answer streams."""
STARTS = {"python": b">>> ", "uvicorn": b"CTRL+C to quit)"}
"""What commands print that go on running."""
CONTROL_C, CONTROL_D = "\x03", "\x04"


def main() -> int:
    """Write the films and the counts."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name).resolve()
        checkout = _checkout(home)
        with Camera(home, checkout, COLUMNS, ROWS, _environ(home)) as camera:
            ended = ""
            for one in FILMS:
                camera.cut(ended, FOLDERS.get(one.name, ""))
                ended = _play(camera, one)
                path = ASSETS / f"{one.name}.svg"
                path.write_text(film(camera.frames, SIZE, LAST, one.title, track(one)))
                print(f"{path.name}: {camera.now + LAST:.0f} s, {path.stat().st_size:,} bytes")
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def _checkout(home: Path) -> Path:
    """A copy of what is tracked, as a clone would be."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in listed.stdout.decode().split("\0")[:-1]:
        copy = home / "chimeric" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy)
    # Pasted text is then shown as if it had been typed.
    (home / ".inputrc").write_text("set enable-bracketed-paste off\n")
    return home / "chimeric"


def _environ(home: Path) -> dict[str, str]:
    """Of a person without a key; how the package index is reached is this machine's business."""
    kept = {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "UV_", "SSL_"))}
    own = Path(sys.prefix)
    path = [p for p in os.environ["PATH"].split(os.pathsep) if not Path(p).is_relative_to(own)]
    plain = {"PIP_QUIET": "1", "LANG": "C.UTF-8", "HOME": str(home)}
    base = Path(sys.base_prefix) / "bin"
    return {**kept, **plain, "PATH": os.pathsep.join([str(base), *path])}


def _play(camera: Camera, one: Film) -> str:
    """Film it; the keys that end what still runs then."""
    for step in one.steps:
        for block in blocks(step):
            _type(camera, block)
    if one.name == "walkthrough-chat":
        with window(SIZE[0], SIZE[1] - HEAD, 1.5) as page:
            _chat(camera, page)
        return CONTROL_C
    return CONTROL_D if one.name == "walkthrough-stream" else ""


def _type(camera: Camera, block: Sample) -> None:
    if block.kind == "file":
        camera.keep(block.text, block.code)
    elif not is_shell(block):
        camera.python(block.code, ANSWERS)
    else:
        for line in commands(block):
            program = line.split()[0]
            answers = program == "chimeric"
            seconds = ANSWERS if answers else WAITS
            camera.command(line, seconds, STARTS.get(program, MARK), answers=answers)


def _chat(camera: Camera, page: Page) -> None:
    """Ask the chat page; leave an answer and come back; allow a mail."""
    page.goto("http://127.0.0.1:8000")
    page.wait_for_selector("header select option", state="attached")
    _shoot(camera, page, "open the page", 1.0)
    page.select_option("header select", "sim:show")
    page.fill("textarea", "Show me tides")
    _shoot(camera, page, "ask a question", 1.2)
    page.click("#send")
    page.wait_for_selector("article.unfinished")
    for _ in range(3):
        page.wait_for_timeout(500)
        _shoot(camera, page, "the answer streams", 0.6)
    page.reload()
    page.wait_for_selector("article.unfinished")
    _shoot(camera, page, "load the page again", 1.2)
    while page.query_selector("article.unfinished"):
        page.wait_for_timeout(900)
        _shoot(camera, page, "the answer goes on", 0.7)
    page.select_option("header select", "sim:tools")
    page.fill("textarea", "Mail the office in Oslo about Rain")
    page.click("#send")
    page.wait_for_selector(".decide")
    _shoot(camera, page, "a tool waits for approval", 2.0)
    page.click(".decide button")
    page.wait_for_selector("article.unfinished")
    page.wait_for_selector("article.unfinished", state="detached")
    _shoot(camera, page, "it was allowed", 1.0)


def _shoot(camera: Camera, page: Page, does: str, seconds: float) -> None:
    """A picture of the page under its address, and what is done there."""
    session = page.context.new_cdp_session(page)
    shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": 55})["data"]
    wide, high = SIZE
    camera.show(
        f'<image y="{HEAD}" width="{wide}" height="{high - HEAD}" '
        f'href="data:image/webp;base64,{shot}"/>'
        f'<text x="{LEFT + 62}" y="22" fill="#8b949e">127.0.0.1:8000</text>'
        f'<text x="{wide - LEFT}" y="22" fill="#7ee787" text-anchor="end">{escape(does)}</text>',
        seconds,
    )


if __name__ == "__main__":
    raise SystemExit(main())
