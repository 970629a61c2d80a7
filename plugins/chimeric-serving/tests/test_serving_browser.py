"""Streams in a real browser: the page of the guide, served on loopback, read by an EventSource."""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from chimeric import Chimeric

pytest.importorskip("chimeric_sim", reason="the simulator is not installed")
pytest.importorskip("uvicorn", reason="uvicorn is not installed")
from chimeric_serving import EventResponse, sse_response
from chimeric_sim import Simulator
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "serving.md"
PATIENCE = 60.0
"""Seconds for a browser to start and a page to tell its result, on a busy machine."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason=f"none of {', '.join(BROWSERS)} is here"),
]

QUIET = (
    "--headless",
    "--no-sandbox",  # it reads this test's own pages; as root, or in a container, it needs this
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-breakpad",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
)

TELL = """
const times = [];
source.addEventListener("message", () => times.push(performance.now()));
function tell(event) {
  const told = {
    event: event.type,
    data: event.data ? JSON.parse(event.data) : null,
    text: document.body.textContent.trim(),
    closed: source.readyState === EventSource.CLOSED,
    spread: times.at(-1) - times[0],
  };
  fetch("/told", {method: "POST", body: JSON.stringify(told)});
}
source.addEventListener("done", tell);
source.addEventListener("error", tell);
"""
"""Runs after the guide's script, so its listeners are called after the guide's."""

LEAVE = """
let seen = 0;
source.addEventListener("message", () => { if (++seen === 3) { %s } });
"""


class App:
    """Serves the guide's page at ``/page``, the stream at ``/ask``, and hears of the result."""

    def __init__(self, client: Chimeric, extra: dict[str, str]) -> None:
        self.client = client
        self.asked = 0
        self._extra = extra
        self._told: queue.Queue[dict[str, Any]] = queue.Queue()
        routes = [
            Route("/page", self.page),
            Route("/ask", self.ask),
            Route("/told", self.hear, methods=["POST"]),
            Route("/elsewhere", self.elsewhere),
        ]
        self.starlette = Starlette(routes=routes, lifespan=self.lifespan)

    @asynccontextmanager
    async def lifespan(self, starlette: Starlette) -> AsyncIterator[None]:
        yield
        await self.client.aclose()

    async def page(self, request: Request) -> HTMLResponse:
        script = guide_script().replace("question=Hello", request.url.query)
        then = self._extra[request.query_params.get("then", "tell")]
        scripts = f"<script>{script}</script><script>{then}</script>"
        return HTMLResponse(f"<!doctype html><head><meta charset=utf-8>{scripts}</head><body>")

    async def ask(self, request: Request) -> EventResponse:
        self.asked += 1
        asked = request.query_params
        params: dict[str, Any] = {k: float(v) for k, v in asked.items() if k in ("rate", "tokens")}
        model = asked.get("model", "sim:echo")
        stream = await self.client.agenerate(model, asked["question"], stream=True, **params)
        return sse_response(stream, ping=0.02)

    async def elsewhere(self, request: Request) -> HTMLResponse:
        return HTMLResponse("<!doctype html><p>Elsewhere")

    async def hear(self, request: Request) -> Response:
        self._told.put(json.loads(await request.body()))
        return Response()

    def told(self) -> dict[str, Any]:
        """What the page tells of its result."""
        return self._told.get(timeout=PATIENCE)


def guide_script() -> str:
    """The script that the guide shows."""
    (script,) = re.findall(r"```js\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return script


class Browser:
    """A headless browser with a fresh profile."""

    def __init__(self, profile: Path) -> None:
        self._profile = profile
        self._process: subprocess.Popen[bytes] | None = None

    def visit(self, url: str) -> None:
        assert BROWSER
        self._process = subprocess.Popen(
            [BROWSER, *QUIET, f"--user-data-dir={self._profile}", url],
            env={**os.environ, "HOME": str(self._profile)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # its helper processes end with it
        )

    def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


@pytest.fixture
def app(sim: Simulator) -> Iterator[App]:
    leaving = {"close": "source.close()", "navigate": "location.href = '/elsewhere'", "stay": ""}
    scripts = {"tell": TELL, **{name: LEAVE % code for name, code in leaving.items()}}
    with Chimeric(sim_base_url=sim.base_url("sim"), max_retries=0) as client:
        yield App(client, scripts)


@pytest.fixture
def url(app: App, serving: Callable[..., Any]) -> Iterator[str]:
    with serving(app.starlette) as url:
        yield url


@pytest.fixture
def browser(tmp_path: Path, url: str) -> Iterator[Browser]:
    browser = Browser(tmp_path / "profile")
    yield browser
    browser.kill()


def test_the_guides_page_shows_the_whole_answer_and_closes_at_done(browser, app, url):
    browser.visit(f"{url}/page?question=Gr%C3%BC%C3%9Fe%0A%0Adata:+x%E2%80%A8%F0%9F%9A%80")
    told = app.told()
    assert told["event"] == "done"
    assert told["text"] == "Grüße\n\ndata: x\u2028🚀"
    assert told["data"]["finish_reason"] == "stop"
    assert told["data"]["usage"]["completion_tokens"] > 0
    assert told["closed"]
    assert app.asked == 1


def test_a_page_sees_the_answer_grow(browser, app, url):
    browser.visit(f"{url}/page?question=Tides&model=sim:story&rate=20&tokens=12")
    told = app.told()
    assert told["event"] == "done"
    assert told["spread"] > 200  # milliseconds; in one piece it would be about none


def test_an_upstream_failure_reaches_the_page_as_an_error_after_what_came(
    browser, app, url, sim, eventually
):
    browser.visit(f"{url}/page?question=Tides&model=sim:story&rate=20&tokens=400")
    eventually(lambda: sim.traffic.streamed_bytes > 1000, PATIENCE)
    sim.close()
    told = app.told()
    assert told["event"] == "error"
    assert told["data"]["kind"] == "incomplete"
    assert told["data"]["retryable"] is True
    assert told["text"]
    assert told["closed"]
    assert app.asked == 1


@pytest.mark.parametrize("leaving", ["close", "navigate"])
def test_a_page_that_leaves_ends_the_upstream_request(browser, app, url, sim, leaving, eventually):
    browser.visit(f"{url}/page?question=Tides&model=sim:story&rate=20&tokens=2000&then={leaving}")
    eventually(lambda: sim.traffic.abandoned == 1, PATIENCE)
    assert sim.traffic.streaming == 0
    assert sim.traffic.finished == 0
    assert app.asked == 1


def test_a_browser_that_is_killed_ends_the_upstream_request(browser, app, url, sim, eventually):
    browser.visit(f"{url}/page?question=Tides&model=sim:story&rate=20&tokens=2000&then=stay")
    eventually(lambda: sim.traffic.streamed_bytes > 1000, PATIENCE)
    assert sim.traffic.streaming == 1
    browser.kill()
    eventually(lambda: sim.traffic.streaming == 0, 5)
    assert sim.traffic.abandoned == 1
