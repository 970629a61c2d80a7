"""The page of ``chimeric view`` in Chromium and Firefox: on a phone and a desk, light and dark."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from chimeric_record import Record
from chimeric_sim import Simulator
from chimeric_view import page

from chimeric import Chimeric

from .environments import require

require()

from .browsers import CHROMIUM, FIREFOX, Scheme, Tab, chromium, firefox  # noqa: E402

BROWSERS = {
    "chromium": pytest.param(
        chromium, id="chromium", marks=pytest.mark.skipif(CHROMIUM is None, reason="no chromium")
    ),
    "firefox": pytest.param(
        firefox, id="firefox", marks=pytest.mark.skipif(FIREFOX is None, reason="no firefox")
    ),
}
WIDTHS = (390, 1280)
CHOSEN = "document.querySelector('.row[aria-selected=true]').getAttribute('aria-posinset') * 1"
CLOCK = "parseFloat(document.querySelector('#clock b').textContent)"
ALL = "document.querySelector('.row').getAttribute('aria-setsize') * 1"
TAB = "document.querySelector('#tabs [aria-selected=true]').textContent"
SAID = """Array.from(document.querySelectorAll("#texts h3"), (one) =>
  parseInt(one.textContent.slice(1)))"""
HEADS = "Array.from(document.querySelectorAll('thead th'), (one) => one.textContent)"
SECOND = """(({x, y, width}) => [x + width / 2, y + 20])(
  document.querySelectorAll('.lane canvas')[1].getBoundingClientRect())"""
READY = """new Promise((done, fail) => {
  const look = () => document.documentElement.dataset.ready ? setTimeout(done, 50, true)
    : document.getElementById("opening")?.textContent.includes("damaged") ? fail("damaged")
    : requestAnimationFrame(look);
  look();
})"""
FRAME = (
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
)
WIDER = """Array.from(document.querySelectorAll("body *")).filter((one) => {
  const box = one.getBoundingClientRect();
  return box.width && box.right > innerWidth + 0.5 && !one.closest(".scroll, pre, #rows");
}).map((one) => one.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of one stream, of three, and of a hundred thousand events."""
    folder = tmp_path_factory.mktemp("pages")
    with Simulator() as sim:
        with Chimeric(
            openai_base_url=sim.url, openai_api_key="any", plugins=[Record(folder / "r", "record")]
        ) as client:
            client.generate("gpt-4o", "A story in 40 words", True).collect()
    (path,) = (folder / "r").iterdir()
    one = paced(msgspec.json.decode(path.read_bytes()))
    slow = {**one, "pieces": [{**p, "at": p["at"] * 2 + 0.4} for p in one["pieces"]]}
    cut = {**one, "pieces": one["pieces"][:20]}
    cut["failure"] = {"at": 2.0, "kind": "connection", "message": "reset"}
    tall = {**one, "pieces": [*one["pieces"][:6], *tall_pieces(one["pieces"][6:30])]}
    paths = []
    for name, told in {"one": one, "slow": slow, "cut": cut, "tall": tall}.items():
        paths.append(folder / f"{name}.json")
        paths[-1].write_bytes(msgspec.json.encode(told))
    (folder / "one.html").write_text(page(paths[:1], content=True))
    (folder / "three.html").write_text(page(paths[:3]))
    (folder / "tall.html").write_text(page(paths[3:]))
    return folder


def paced(told: dict[str, Any]) -> dict[str, Any]:
    """A recording with an event each 20 ms, from 0.3 s on, and a pause of a second."""
    body = "".join(piece["text"] for piece in told["pieces"])
    events = [event + "\n\n" for event in body.split("\n\n") if event]
    times = [round(0.3 + 0.02 * n + (n > 25), 3) for n in range(len(events))]
    told["pieces"] = [{"at": a, "text": e} for a, e in zip(times, events, strict=True)]
    return {**told, "at": 0.25}


def tall_pieces(pieces: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for number in range(100_000):
        yield {**pieces[number % len(pieces)], "at": round(1 + number * 0.004, 3)}


@pytest.fixture(params=list(BROWSERS.values()))
def browser(request: pytest.FixtureRequest) -> Any:
    return request.param


def opened(tab: Tab, path: Path, width: int = 1280) -> None:
    tab.open(path.as_uri(), width)
    assert tab.look(READY)


def assert_quiet(tab: Tab) -> None:
    assert tab.faults == []
    assert {url.partition(":")[0] for url in tab.requests} <= {"file", "about", "data"}
    assert len([url for url in tab.requests if url.startswith("file:")]) <= 1


def eventually(tab: Tab, expression: str) -> None:
    end = time.monotonic() + 60
    while not tab.look(expression):
        assert time.monotonic() < end, expression


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_fits_asks_nobody_and_complains_of_nothing(
    browser: Any, scheme: Scheme, folder: Path
) -> None:
    with browser(scheme) as tab:
        for name in ("one", "three"):
            for width in WIDTHS:
                tab.requests.clear()
                opened(tab, folder / f"{name}.html", width)
                tab.press("ArrowRight", "g", "End", "Home")
                assert tab.look("document.documentElement.scrollWidth <= innerWidth")
                assert tab.look("innerWidth") == width
                assert tab.look(WIDER) == []
                dark = tab.look("matchMedia('(prefers-color-scheme: dark)').matches")
                assert dark == (scheme == "dark")
                paper = tab.look("getComputedStyle(document.documentElement).backgroundColor")
                assert (sum(map(int, paper[4:-1].split(", "))) < 300) == dark
                assert_quiet(tab)


def test_a_stream_is_stepped_through(browser: Any, folder: Path) -> None:
    with browser("light") as tab:
        opened(tab, folder / "one.html")
        tab.press("Home")
        assert tab.look(FRAME)
        assert tab.look("document.getElementById('which').textContent").startswith("Before")
        tab.press("ArrowRight", "ArrowRight", "ArrowRight", "j", "k")
        assert tab.look(FRAME)
        assert tab.look(CHOSEN) == 3
        assert tab.look("document.getElementById('raw').textContent").startswith("event: ")
        assert tab.look("document.getElementById('told').textContent").startswith("Event 3 of")
        tab.look("document.getElementById('forward').click()")
        assert tab.look(CHOSEN) == 4
        tab.press("g")
        assert tab.look(FRAME)
        assert 1.0 < tab.look(CLOCK) < 2.5
        assert "1.02 s" in tab.look("document.getElementById('which').textContent")
        tab.press("End")
        assert tab.look(FRAME)
        assert tab.look(CHOSEN) == tab.look(ALL)
        assert '"finish_reason": "stop"' in tab.look("document.getElementById('chunk').textContent")
        assert_quiet(tab)


def test_a_stream_is_replayed_at_its_own_pace_and_slowed(browser: Any, folder: Path) -> None:
    with browser("dark") as tab:
        opened(tab, folder / "one.html")
        tab.press("Home")
        for speed in ("4", "0.1"):
            tab.look(f"(document.getElementById('speed').value = '{speed}', 1)")
            tab.look("document.getElementById('speed').dispatchEvent(new Event('change'))")
            began, wall = tab.look(f"[{CLOCK}, performance.now()]")
            tab.look("document.getElementById('play').click()")
            eventually(tab, f"{CLOCK} - {began} > 0.06")
            tab.look("document.getElementById('play').click()")
            ended, later = tab.look(f"[{CLOCK}, performance.now()]")
            pace = (ended - began) / ((later - wall) / 1000)
            assert pace <= float(speed) * 1.1, (
                "never faster; how much slower is the machine's matter"
            )
        assert tab.look("document.getElementById('play').getAttribute('aria-pressed')") == "false"
        tab.press("]", "]", "]", "]", "]", " ")
        assert tab.look("document.getElementById('speed').value") == "4"
        eventually(tab, f"{CLOCK} > 2")
        eventually(tab, "document.getElementById('play').getAttribute('aria-pressed') === 'false'")
        said = tab.look("document.querySelector('#texts p').textContent")
        assert len(said.split()) > 30
        assert_quiet(tab)


def test_streams_stand_side_by_side(browser: Any, folder: Path) -> None:
    with browser("light") as tab:
        opened(tab, folder / "three.html")
        assert tab.look("document.querySelectorAll('.lane').length") == 3
        assert tab.look(HEADS) == ["A", "B", "C"]
        tab.point(*tab.look(SECOND))
        assert tab.look(FRAME)
        assert tab.look(TAB).startswith("B")
        chars = tab.look(SAID)
        assert chars[0] > chars[1] > 0
        assert chars[0] > chars[2], "it was cut"
        tab.press("3")
        assert tab.look(TAB).startswith("C")
        tab.press("+", "+", "0", "-")
        assert "connection failed" in tab.look("document.querySelector('td.bad').textContent")
        assert tab.look("document.querySelectorAll('.veil').length") > 10
        assert_quiet(tab)


def test_a_page_works_by_keys_alone(browser: Any, folder: Path) -> None:
    with browser("light") as tab:
        opened(tab, folder / "three.html", 390)
        seen = []
        for _ in range(40):
            tab.press("Tab")
            seen.append(tab.look("document.activeElement.id || document.activeElement.className"))
        assert {"first", "back", "play", "forward", "last", "speed", "gap", "scrub", "rows"} <= {
            *seen
        }
        assert {"chunk", "native", "raw", "copy"} <= {*seen}
        named = "Array.from(document.querySelectorAll('button, select, input'))"
        assert tab.look(f"{named}.every((one) => one.textContent.trim() || one.ariaLabel)")
        assert_quiet(tab)


def test_a_hundred_thousand_events_open_and_scroll(browser: Any, folder: Path) -> None:
    with browser("light") as tab:
        opened(tab, folder / "tall.html")
        tab.press("End")
        assert tab.look(FRAME)
        assert tab.look(CHOSEN) == 100_006
        assert tab.look("document.querySelectorAll('.row').length") < 100
        tab.press("ArrowLeft")
        assert tab.look(FRAME)
        assert tab.look(CHOSEN) == 100_005
        inside = """((row, list) => row.top >= list.top - 1 && row.bottom <= list.bottom + 1)(
          document.querySelector('.row[aria-selected=true]').getBoundingClientRect(),
          document.getElementById('rows').getBoundingClientRect())"""
        assert tab.look(inside)
        assert_quiet(tab)


def test_what_was_said_is_no_part_of_the_document(
    browser: Any, folder: Path, tmp_path: Path
) -> None:
    told = msgspec.json.decode((folder / "one.json").read_bytes())
    said = "</script><img src=x onerror=alert(1)><b>\u2028"
    for piece in told["pieces"]:
        piece["text"] = piece["text"].replace(
            '"delta":"', f'"delta":{msgspec.json.encode(said).decode()[:-1]}'
        )
    path = tmp_path / "odd.json"
    path.write_bytes(msgspec.json.encode({**told, "request": {**told["request"], "body": [said]}}))
    (tmp_path / "odd.html").write_text(page([path], content=True))
    with browser("light") as tab:
        opened(tab, tmp_path / "odd.html")
        tab.press("End", "ArrowLeft")
        assert tab.look(FRAME)
        assert "</script><img" in tab.look("document.getElementById('texts').textContent")
        assert (
            tab.look("document.querySelectorAll('img, #texts b:not(.badge), #rows b').length") == 0
        )
        assert_quiet(tab)
