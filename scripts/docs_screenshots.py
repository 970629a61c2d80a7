"""Screenshots of the built documentation: wide and narrow, light and dark.

``mkdocs build`` first; then ``python scripts/docs_screenshots.py SITE OUT [PAGE ...]`` serves the
site on loopback and lets Chromium take pictures. Chromium must be installed.
"""

from __future__ import annotations

import functools
import http.server
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["main"]

PAGES = ("", "guide/streaming/", "plugins/hooks/", "architecture/", "reference/client/")
SIZES = {"wide": (1360, 1400), "phone": (500, 1400)}
"""Chromium's headless windows are not narrower than 500 pixels; ``phone`` is a frame of 390."""
PHONE = 390
SCHEMES = {"light": "default", "dark": "slate"}
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the site, pages with the colours that the query asks for."""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if query.startswith("frame="):
            self._page(
                f'<iframe src="{path}?scheme={query[6:]}" style="border:0;width:{PHONE}px;'
                'height:1400px;display:block"></iframe>'
            )
            return
        if query.startswith("scheme="):
            source = Path(self.translate_path(path)) / "index.html"
            text = source.read_text()
            text = re.sub(
                r'data-md-color-scheme="\w+"', f'data-md-color-scheme="{query[7:]}"', text
            )
            # The theme's own script would put the reader's choice back.
            text = text.replace('data-md-color-media="(prefers-color-scheme)"', "")
            self._page(re.sub(r"<script>[^<]*palette[^<]*</script>", "", text))
            return
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _page(self, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve a folder on loopback."""
    handler = functools.partial(Handler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def take(chromium: str, url: str, size: tuple[int, int], out: Path) -> None:
    """Take one picture."""
    with tempfile.TemporaryDirectory() as profile:
        command = [
            chromium,
            *FLAGS,
            f"--user-data-dir={profile}",
            f"--window-size={size[0]},{size[1]}",
            "--virtual-time-budget=4000",
            f"--screenshot={out}",
            url,
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=60)


def main(arguments: list[str]) -> int:
    """Take all pictures."""
    if len(arguments) < 2:
        print(__doc__)
        return 2
    site, out = Path(arguments[0]), Path(arguments[1])
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("Chromium is not installed")
        return 1
    out.mkdir(parents=True, exist_ok=True)
    with served(site) as base:
        for page in arguments[2:] or PAGES:
            name = page.strip("/").replace("/", "-") or "home"
            for width, size in SIZES.items():
                for scheme, value in SCHEMES.items():
                    how = "frame" if width == "phone" else "scheme"
                    picture = out / f"{name}-{width}-{scheme}.png"
                    take(chromium, f"{base}/{page}?{how}={value}", size, picture)
                    print(picture)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
