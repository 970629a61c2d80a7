"""The built site in Chromium: its pages in frames, measured by a page of our own."""

from __future__ import annotations

import functools
import http.server
import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

__all__ = ["CHROMIUM", "Layout", "layouts"]

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
HARNESS = Path(__file__).with_name("layout.html")
PATIENCE = 300.0
"""Seconds that one page may take."""


class Layout(msgspec.Struct, frozen=True):
    """How one page stands in one width and one scheme of colours.

    Attributes:
        page: its path on the site.
        asked: the width of the window, in pixels, and ``width`` what the page saw of it.
        overflow: how many pixels the page is wider than the window.
        outside: elements that reach out of the window.
        long: code blocks that have to be scrolled sideways.
        squeezed: cells of tables so narrow that nobody can read them.
        copied: console blocks of which more than commands is copied.
    """

    page: str
    asked: int
    scheme: str
    width: int
    overflow: int
    outside: list[str]
    long: list[str]
    squeezed: list[str]
    copied: list[str]


class _Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *args: Any, jobs: bytes, found: queue.Queue[Any], **more: Any) -> None:
        self.jobs, self.found = jobs, found
        super().__init__(*args, **more)

    def do_GET(self) -> None:
        if self.path == "/layout":
            self._answer(HARNESS.read_bytes(), "text/html; charset=utf-8")
        elif self.path == "/jobs":
            self._answer(self.jobs, "application/json")
        elif self.path.endswith("/search_index.json"):
            # Every page would read it, and nobody searches.
            self._answer(b'{"config": {"lang": ["en"]}, "docs": []}', "application/json")
        else:
            super().do_GET()

    def do_POST(self) -> None:
        self.found.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self._answer(b"", "text/plain")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _answer(self, body: bytes, media_type: str) -> None:
        self.send_response(200)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def layouts(site: Path, widths: Sequence[int], profile: Path) -> list[Layout]:
    """Measure all pages of a built site in windows of some widths, light and dark."""
    paths = sorted(f"/{p.parent.relative_to(site).as_posix()}/" for p in site.rglob("index.html"))
    jobs = [{"path": p.replace("/./", "/"), "width": w} for p in paths for w in widths]
    found: queue.Queue[Any] = queue.Queue()
    made: list[Layout] = []
    with _served(site, json.dumps(jobs).encode(), found) as url, _opened(f"{url}/layout", profile):
        while (told := found.get(timeout=PATIENCE)) is not None:
            assert "error" not in told, told
            for scheme, measures in told["schemes"].items():
                place = {"page": told["path"], "asked": told["width"], "scheme": scheme}
                made.append(msgspec.convert({**place, **measures}, Layout))
    assert len(made) == 2 * len(jobs)
    return made


@contextmanager
def _served(site: Path, jobs: bytes, found: queue.Queue[Any]) -> Iterator[str]:
    handler = functools.partial(_Handler, directory=str(site), jobs=jobs, found=found)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _opened(url: str, profile: Path) -> Iterator[None]:
    assert CHROMIUM is not None
    # Wider than the widest frame, so that no frame is throttled for being out of sight.
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "--window-size=1400,4000", url]
    with (profile.parent / "chromium.log").open("wb") as log:
        browser = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield
        finally:
            browser.terminate()
            browser.wait(60)
