"""Draws docs/assets/chat-page.png: the chat page of docs/examples/chat, in Chromium.

    python scripts/chat_page_picture.py

Needs playwright, Chromium, FastAPI and uvicorn.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from chromium import window

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "assets" / "chat-page.png"
URL = "http://127.0.0.1:8799"


def draw(picture: Path) -> None:
    """Ask the page for what it can show, and take its picture."""
    with window(900, 1000, 1.5) as page:
        page.goto(URL)
        page.wait_for_selector("header select option", state="attached")
        for model, text in (
            ("sim:show", "Show me tides"),
            ("sim:tools", "What is the weather in Oslo? Then mail it to Ann."),
        ):
            page.select_option("header select", model)
            page.fill("textarea", text)
            page.click("#send")
            page.wait_for_selector("article.unfinished")
            page.wait_for_selector("#send", timeout=60_000)
        page.wait_for_selector(".decide")
        page.wait_for_timeout(500)
        page.screenshot(path=picture)


def main() -> None:
    """Serve the page, draw it, and end the server."""
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "app:app", "--port", URL.rpartition(":")[2]],
            cwd=ROOT / "docs" / "examples" / "chat",
            env={**os.environ, "CHAT_DB": f"{folder}/chats.db"},
        )
        try:
            for _ in range(200):
                try:
                    urllib.request.urlopen(f"{URL}/api/models").close()
                    break
                except OSError:
                    time.sleep(0.1)
            draw(PICTURE)
        finally:
            server.terminate()
            server.wait(20)


if __name__ == "__main__":
    main()
