"""A hub behind a real server: joined again with ``Last-Event-ID``, by a browser's rules."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import msgspec
import pytest

pytest.importorskip("uvicorn", reason="uvicorn is not installed")
from chimeric_serving import MemoryStore

from .hub_app import WORDS, App

pytestmark = pytest.mark.slow

TEXT = "".join(WORDS)


@pytest.fixture
def app() -> App:
    return App(MemoryStore(), lease=0.5)


@pytest.fixture
def url(app: App, serving: Callable[..., Any]) -> Iterator[str]:
    with serving(app.app) as url:
        yield url


def start(url: str, pause: float = 0.0, **headers: str) -> str:
    return httpx.post(f"{url}/start?pause={pause}", headers=headers).text


def events(text: str) -> list[dict[str, str]]:
    """The events with data, by the rules of an ``EventSource``: an id stays until the next."""
    told, last = [], ""
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line[:1] != ":")
        last = fields.get("id", last)
        if "data" in fields:
            told.append({"event": "message", **fields, "id": last})
    return told


def deltas(told: list[dict[str, str]]) -> str:
    data = [msgspec.json.decode(event["data"]) for event in told if event["event"] == "message"]
    return "".join(each.get("delta", "") for each in data)


def test_a_reader_that_was_cut_off_goes_on_after_its_last_event(url: str) -> None:
    key = start(url, 0.01)
    whole = httpx.get(f"{url}/{key}")
    assert whole.headers["x-stream-id"] == key
    assert whole.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert whole.text.startswith("retry: 1000\n\n")
    told = events(whole.text)
    assert deltas(told) == TEXT
    assert [event["id"] for event in told] == [str(n + 1) for n in range(len(told))]
    assert told[-1]["event"] == "done"
    for place in range(len(told) - 1):
        headers = {"last-event-id": told[place]["id"]}
        rest = httpx.get(f"{url}/{key}", headers=headers)
        assert events(rest.text) == told[place + 1 :]
    over = httpx.get(f"{url}/{key}", headers={"last-event-id": told[-1]["id"]})
    assert (over.status_code, over.content) == (204, b"")
    assert events(httpx.get(f"{url}/{key}?after=3").text) == told[3:]


def test_offsets_are_the_same_in_every_protocol_and_encoders_see_all_chunks(url: str) -> None:
    key = start(url)
    plain = {e["id"]: e for e in events(httpx.get(f"{url}/{key}").text)}
    reply = httpx.get(f"{url}/{key}?as=two")
    assert reply.headers["x-two"] == "1"
    two = events(reply.text)
    assert two[0] == {"event": "message", "data": "start", "id": ""}
    for number, word in enumerate(WORDS, 1):
        first, second = two[2 * number - 1 : 2 * number + 1]
        # The first of a chunk's two events has not the chunk's id yet: it would not be sent again.
        assert (first["data"], first["id"]) == (str(number), str(number - 1) if number > 1 else "")
        assert (second["data"], second["id"]) == (word.strip(), str(number))
        assert word in plain[str(number)]["data"]
    rest = events(httpx.get(f"{url}/{key}?as=two", headers={"last-event-id": "7"}).text)
    assert [event["data"] for event in rest] == [event["data"] for event in two[15:]]
    assert rest[-1]["data"] == f"end {len(WORDS) + 1}"
    lines = httpx.get(f"{url}/{key}?as=ndjson&after=38").text.splitlines()
    assert [msgspec.json.decode(line).get("delta") for line in lines[:2]] == WORDS[38:]


@pytest.mark.parametrize("offset", ["x", "-1", "500", "1.5", "0x1", "9" * 40])
def test_an_offset_that_is_none_is_a_400(url: str, offset: str) -> None:
    reply = httpx.get(f"{url}/{start(url)}", headers={"last-event-id": offset})
    assert reply.status_code == 400
    assert "offset" in reply.text
    assert "content-length" in reply.headers


def test_what_is_not_there_is_a_404_and_for_the_ai_sdk_a_204(url: str) -> None:
    mine = start(url, 0.5, user="alice")
    for key, headers in [("nothing", {}), (mine, {}), (mine, {"user": "bob"})]:
        reply = httpx.get(f"{url}/{key}", headers=headers)
        assert (reply.status_code, reply.headers["cache-control"]) == (404, "no-store")
        assert httpx.get(f"{url}/{key}/stream", headers=headers).status_code == 204
    assert httpx.get(f"{url}/none/stream").status_code == 204
    mine_too = {"user": "alice"}
    with httpx.stream("GET", f"{url}/{mine}/stream", headers=mine_too) as running:
        lines = running.iter_lines()
        data = [line for line in (next(lines) for _ in range(10)) if line.startswith("data")]
        assert data[:3] == ["data: start", "data: 1", "data: w0"]  # from its beginning
        assert httpx.post(f"{url}/{mine}/stop", headers=mine_too).text == "stopped"
        assert "data: failed" in list(lines)
    assert httpx.get(f"{url}/{mine}/stream", headers=mine_too).status_code == 204


def test_readers_come_and_go_and_one_stops_the_stream_for_all(
    url: str, app: App, eventually: Callable[..., None]
) -> None:
    key = start(url, 0.05)
    ends: list[list[dict[str, str]]] = []
    threads = [
        threading.Thread(target=lambda: ends.append(events(httpx.get(f"{url}/{key}").text)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    with httpx.stream("GET", f"{url}/{key}") as reply:  # leaves in the middle
        lines = reply.iter_lines()
        while "data" not in next(lines):
            pass
    eventually(lambda: app.hub._runs[key].tail.readers == 3)
    assert httpx.post(f"{url}/{key}/stop").text == "stopped"
    for thread in threads:
        thread.join(10)
    assert len(ends) == 3
    for told in ends:
        assert 0 < len(told) < len(WORDS)
        assert told[-1]["event"] == "error"
        assert msgspec.json.decode(told[-1]["data"])["kind"] == "stopped"
    assert httpx.post(f"{url}/{key}/stop").text == "over"
    eventually(lambda: not app.hub._runs)


def test_silence_is_filled_with_pings(url: str) -> None:
    key = start(url, 0.35)
    with httpx.stream("GET", f"{url}/{key}") as reply:
        lines = []
        for line in reply.iter_lines():
            lines.append(line)
            if line == "id: 4":
                break
    assert ": ping" in lines
    httpx.post(f"{url}/{key}/stop")
