"""Chromium and Firefox as a test drives them: open a page, look, press keys, point.

Chromium is driven by Playwright. It brings no driver for a Firefox that it did not patch, so the
system's Firefox is driven by the protocol that it speaks itself, WebDriver BiDi (W3C).
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Protocol

from playwright.sync_api import Page, sync_playwright
from websockets.sync.client import ClientConnection, connect

__all__ = ["CHROMIUM", "FIREFOX", "Scheme", "Tab", "chromium", "firefox"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
FIREFOX = next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)
PATIENCE = 60
"""Seconds for what a browser does, on a busy machine."""

QUIET = (
    "--no-sandbox",  # it reads this test's own pages; as root, or in a container, it needs this
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
)

Scheme = Literal["light", "dark"]


class Tab(Protocol):
    """A page in a browser.

    Attributes:
        faults: what its console complained of.
        requests: the URLs that it asked for.
    """

    faults: list[str]
    requests: list[str]

    def open(self, url: str, width: int) -> None:
        """Load a page, with a window of that width."""
        ...

    def look(self, expression: str) -> Any:
        """The value of an expression of JavaScript, as JSON has it; of a promise, what it gives."""
        ...

    def press(self, *keys: str) -> None:
        """Press keys, by the names that events give them."""
        ...

    def point(self, x: float, y: float) -> None:
        """Click at a place of the window."""
        ...

    def picture(self, path: Path) -> None:
        """Take a picture of the window."""
        ...


class ChromiumTab:
    """A tab of Chromium."""

    def __init__(self, page: Page) -> None:
        self.faults: list[str] = []
        self.requests: list[str] = []
        self._page = page
        page.set_default_timeout(PATIENCE * 1000)
        page.on("console", lambda m: m.type in ("error", "warning") and self.faults.append(m.text))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def open(self, url: str, width: int) -> None:
        self._page.set_viewport_size({"width": width, "height": 844})
        self._page.goto(url)

    def look(self, expression: str) -> Any:
        return self._page.evaluate(f"async () => ({expression})")

    def press(self, *keys: str) -> None:
        for key in keys:
            self._page.keyboard.press(key)

    def point(self, x: float, y: float) -> None:
        self._page.mouse.click(x, y)

    def picture(self, path: Path) -> None:
        self._page.screenshot(path=path)


@contextlib.contextmanager
def chromium(scheme: Scheme) -> Iterator[Tab]:
    """A tab of a fresh Chromium."""
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield ChromiumTab(browser.new_context(color_scheme=scheme).new_page())
        browser.close()


PREFERENCES = {
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "remote.prefs.recommended": True,
    "toolkit.telemetry.enabled": False,
}

KEYS = {
    "ArrowLeft": "\ue012",
    "ArrowRight": "\ue014",
    "Home": "\ue011",
    "End": "\ue010",
    "Tab": "\ue004",
}
"""Keys as WebDriver writes them."""


class FirefoxTab:
    """A tab of Firefox."""

    def __init__(self, socket: ClientConnection) -> None:
        self.faults: list[str] = []
        self.requests: list[str] = []
        self._socket = socket
        self._numbers = itertools.count(1)
        self._ask("session.new", capabilities={})
        self._tab = self._ask("browsingContext.getTree")["contexts"][0]["context"]
        events = ["log.entryAdded", "network.beforeRequestSent"]
        self._ask("session.subscribe", events=events)

    def open(self, url: str, width: int) -> None:
        size = {"width": width, "height": 844}
        self._ask("browsingContext.setViewport", context=self._tab, viewport=size)
        self._ask("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def look(self, expression: str) -> Any:
        told = self._ask(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({expression})))()",
            target={"context": self._tab},
            awaitPromise=True,
        )
        assert told["type"] == "success", told
        value = told["result"].get("value")
        return None if value is None else json.loads(value)

    def press(self, *keys: str) -> None:
        steps = [
            {"type": kind, "value": KEYS.get(key, key)}
            for key in keys
            for kind in ("keyDown", "keyUp")
        ]
        self._act({"type": "key", "id": "keys", "actions": steps})

    def point(self, x: float, y: float) -> None:
        steps: list[dict[str, Any]] = [{"type": "pointerMove", "x": round(x), "y": round(y)}]
        steps += [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        self._act({"type": "pointer", "id": "mouse", "actions": steps})

    def picture(self, path: Path) -> None:
        told = self._ask("browsingContext.captureScreenshot", context=self._tab)
        path.write_bytes(base64.b64decode(told["data"]))

    def _act(self, actions: dict[str, Any]) -> None:
        self._ask("input.performActions", context=self._tab, actions=[actions])

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            told = json.loads(self._socket.recv(timeout=PATIENCE))
            if told.get("id") == number:
                assert told["type"] == "success", told
                return dict(told["result"])
            self._hear(told)

    def _hear(self, told: dict[str, Any]) -> None:
        params = told.get("params", {})
        if told.get("method") == "log.entryAdded" and params["level"] in ("error", "warn"):
            self.faults.append(str(params["text"]))
        elif told.get("method") == "network.beforeRequestSent":
            self.requests.append(params["request"]["url"])


@contextlib.contextmanager
def firefox(scheme: Scheme) -> Iterator[Tab]:
    """A tab of a fresh Firefox."""
    assert FIREFOX
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        overridden = {"dark": 0, "light": 1}[scheme]
        told = {**PREFERENCES, "layout.css.prefers-color-scheme.content-override": overridden}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(it)});" for name, it in told.items()]
        Path(profile, "user.js").write_text("\n".join(lines))
        command = [FIREFOX, "--headless", "--no-remote", "--profile", profile]
        process = subprocess.Popen(
            [*command, "--remote-debugging-port", "0"],
            env={**os.environ, "HOME": profile},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # its helper processes end with it
        )
        try:
            assert process.stderr
            found = (re.search(r"BiDi listening on (ws://\S+)", line) for line in process.stderr)
            address = next(filter(None, found)).group(1)
            with connect(f"{address}/session", proxy=None, max_size=None) as socket:
                yield FirefoxTab(socket)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
            if process.stderr:
                process.stderr.close()
