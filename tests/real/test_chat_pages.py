"""The chat pages in a browser: reload in mid-answer, two tabs, another worker, approvals, stop."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from chimeric_stores.fixtures import RedisServer

from tests.chat_site import PAGES, worker
from tests.server import Server

from .environments import node_missing, place, require

require()

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from .browsers import CHROMIUM, QUIET  # noqa: E402

PATIENCE = 60_000
"""Milliseconds for what a page shows, on a busy machine."""

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here"),
    pytest.mark.skipif(RedisServer.program() is None, reason="there is no redis-server here"),
]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example, with the page of useChat built in it."""
    if why := node_missing():
        pytest.skip(why)
    folder = place() / "chat"
    shutil.copytree(PAGES, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.db*"))
    for command in (["npm", "install", "--no-audit", "--no-fund"], ["npm", "run", "build"]):
        done = subprocess.run(
            command, cwd=folder / "react", capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module", params=["app", "app_usechat"])
def site(
    request: pytest.FixtureRequest,
    built: Path,
    redis: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, str]]:
    """Two workers that share a file and a Redis: which of them answers a request is chance."""
    workers = two_workers(request.param, tmp_path_factory.mktemp(request.param), built, redis)
    with workers as (first, second):
        yield first.url, second.url


@contextmanager
def two_workers(app: str, folder: Path, pages: Path, redis: str) -> Iterator[tuple[Server, Server]]:
    with (
        worker(app, folder, pages=pages, REDIS_URL=redis) as first,
        worker(app, folder, pages=pages, REDIS_URL=redis) as second,
    ):
        yield first.ready(), second.ready()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield found
        found.close()


@pytest.fixture
def faults() -> list[str]:
    """What goes wrong in the pages of a test."""
    return []


@pytest.fixture
def tab(browser: Browser, faults: list[str]) -> Iterator[Callable[[str], Page]]:
    """Opens tabs of one browser's session: both workers have the same cookies."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)

    def opened(url: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(url)
        page.wait_for_selector("header select option", state="attached")
        return page

    yield opened
    context.close()
    assert faults == []


def say(page: Page, model: str, text: str) -> None:
    """Send a question, and wait for the first text of its answer, which may be all of it."""
    answers = page.locator("article.assistant").count()
    page.select_option("header select", model)
    page.fill("textarea", text)
    page.click("#send")
    page.locator("article.assistant").nth(answers).locator(".text").first.wait_for()


def ended(page: Page) -> str:
    """The text of the last answer, when it is over."""
    page.wait_for_function(
        "document.querySelector('article.assistant') && !document.querySelector('.unfinished')"
    )
    texts = page.locator("article.assistant").last.locator(".text").all_inner_texts()
    return "".join(texts)


def again(page: Page) -> None:
    page.reload()
    page.wait_for_selector("article.assistant")


def test_a_page_that_is_loaded_again_loses_and_doubles_nothing(site, tab) -> None:
    page = tab(site[0])
    say(page, "sim:story", "A story in 150 words")
    for _ in range(4):
        page.wait_for_timeout(300)
        again(page)
    text = ended(page)
    assert len(text) > 300
    again(page)
    assert ended(page) == text, "what was read is what is kept"


def test_two_tabs_on_two_workers_read_one_answer(site, tab) -> None:
    page = tab(site[0])
    say(page, "sim:story", "A story in 100 words")
    other = tab(page.url.replace(site[0], site[1]))
    assert ended(other) == ended(page)


def test_the_other_worker_stops_an_answer(site, tab) -> None:
    page = tab(site[0])
    say(page, "sim:story", "A story in 2000 words")
    other = tab(page.url.replace(site[0], site[1]))
    other.wait_for_selector("article.unfinished .text")
    other.get_by_role("button", name="Stop").click()
    page.wait_for_selector("#send")
    other.wait_for_selector("#send")
    assert 0 < len(ended(page)) < 5000


def test_a_call_waits_for_an_approval_over_a_reload(site, tab) -> None:
    page = tab(site[0])
    page.select_option("header select", "sim:tools")
    page.fill("textarea", "Send a mail to Ann in Oslo")
    page.click("#send")
    page.wait_for_selector(".decide .yes")
    again(page)
    page.wait_for_selector(".decide .yes")
    page.select_option("header select", "sim:tools")
    page.click(".decide .yes")
    page.get_by_text("send_mail answered: Sent to").wait_for()
    again(page)
    page.get_by_text("send_mail answered: Sent to").wait_for()
    assert page.locator(".decide").count() == 0


def test_citations_and_pictures_are_shown_and_shown_again(site, tab) -> None:
    page = tab(site[0])
    say(page, "sim:show", "Show me tides")
    for _ in range(2):
        ended(page)
        page.wait_for_selector("article.assistant img")
        assert page.locator("article.assistant a[href='https://example.com/tides']").count()
        again(page)


def test_an_answer_of_a_worker_that_was_killed_ends_soon(built, redis, tab, tmp_path) -> None:
    with two_workers("app", tmp_path, built, redis) as (first, second):
        page = tab(first.url)
        say(page, "sim:story", "A story in 2000 words")
        other = tab(page.url.replace(first.url, second.url))
        other.wait_for_selector("article.unfinished .text")
        first.kill()
        began = time.monotonic()
        other.wait_for_selector("article.assistant .wrong")
        assert time.monotonic() - began < 20, "five seconds, and the machine's own"
        other.reload()
        other.wait_for_selector("#send")
        other.get_by_text("The answer was lost.").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_page_fits_its_window(site, browser, width, scheme) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(site[0])
    page.wait_for_selector("header select option", state="attached")
    say(page, "sim:echo", "a-very-long-word-" * 12)
    ended(page)
    shown = page.evaluate("[document.body.scrollWidth, innerWidth]")
    assert shown[0] <= shown[1]
    context.close()
