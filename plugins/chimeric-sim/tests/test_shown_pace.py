"""Tools that take their time, pictures of any size, and answers that end too early."""

from __future__ import annotations

import json
import struct
import time
import zlib

import httpx
import pytest
from chimeric_sim.scripts.pictures import draw

HEADERS = {"authorization": "Bearer any", "x-api-key": "any", "anthropic-version": "2023-06-01"}
ASK = [{"role": "user", "content": "Tell me about tides"}]


def responses(sim, model: str = "sim-search", **settings) -> tuple[str, dict]:
    body = {"model": model, "input": "Tell me about tides", "stream": True, "sim": settings}
    return f"{sim.url}/v1/responses", body


def events(url: str, body: dict) -> list[dict]:
    reply = httpx.post(url, json=body, headers=HEADERS, timeout=60)
    return [json.loads(line[6:]) for line in reply.text.splitlines() if line.startswith("data: {")]


def count(found: list[dict], kind: str) -> int:
    return sum(event["type"].endswith(kind) for event in found)


def test_a_tool_takes_its_time_and_tells_that_it_is_at_work(sim):
    started = time.monotonic()
    found = events(*responses(sim, tool_delay=0.8, phase_gap=0.2))
    assert time.monotonic() - started >= 0.8
    assert count(found, ".searching") == 4
    found = events(*responses(sim, tool_delay=0.3, phase_gap=0))
    assert count(found, ".searching") == 1


def test_a_rate_holds_for_phases_too(sim):
    started = time.monotonic()
    found = events(*responses(sim, rate=200, tool_delay=0.2, phase_gap=0.1))
    assert time.monotonic() - started >= 0.2 + count(found, ".delta") / 200
    assert found[-1]["type"] == "response.completed"


def test_a_whole_answer_takes_the_tool_s_time(sim):
    url, body = responses(sim, tool_delay=0.4)
    started = time.monotonic()
    httpx.post(url, json={**body, "stream": False}, headers=HEADERS)
    assert time.monotonic() - started >= 0.4


def test_events_before_the_wait_are_not_held_back(sim):
    url, body = responses(sim, tool_delay=30)
    with httpx.stream("POST", url, json=body, headers=HEADERS) as reply:
        for line in reply.iter_lines():
            if "web_search_call.searching" in line:
                break
    assert sim.traffic.requests == 1


def test_pings_come_while_anthropic_s_tool_is_at_work(sim):
    settings = {"tool_delay": 0.5, "phase_gap": 0.1}
    body = {"model": "sim-search", "max_tokens": 500, "messages": ASK, "stream": True}
    found = events(f"{sim.url}/v1/messages", {**body, "sim": settings})
    assert count(found, "ping") > 3


def test_a_stream_can_break_off_while_a_tool_is_at_work(sim):
    found = events(*responses(sim, fail_after=2, tool_delay=0.2, phase_gap=0.1))
    assert found[-1]["type"] == "response.failed"
    assert count(found, "output_item.done") == 0
    url, body = responses(sim, cut_after=3, tool_delay=0.2, phase_gap=0.1)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(url, json=body, headers=HEADERS)


def chunks_of(png: bytes) -> dict[bytes, bytes]:
    """The chunks of a PNG file, their checksums compared."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    found, at = {}, 8
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        assert struct.unpack(">I", png[at + 8 + size : at + 12 + size])[0] == zlib.crc32(
            kind + data
        )
        found[kind] = data
        at += 12 + size
    return found


@pytest.mark.parametrize("size", [0, 1, 200_000])
def test_pictures_are_real_and_as_large_as_they_are_wanted(size):
    png = draw(7, size)
    assert len(png) >= size
    chunks = chunks_of(png)
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    assert len(zlib.decompress(chunks[b"IDAT"])) == height * (3 * width + 1)
    assert draw(7, size) == png != draw(8, size)


def test_a_picture_of_twenty_megabytes_has_previews_as_large(sim):
    url, body = responses(sim, model="sim-image", image_bytes=20_000_000, previews=1)
    largest, kinds = 0, []
    with httpx.stream("POST", url, json=body, headers=HEADERS, timeout=60) as reply:
        for line in reply.iter_lines():
            largest = max(largest, len(line))
            if line.startswith("event: "):
                kinds.append(line[7:])
    assert largest > 20_000_000 * 4 / 3
    assert "response.image_generation_call.partial_image" in kinds
    assert kinds[-1] == "response.completed"


@pytest.mark.parametrize(
    "settings", [{"image_bytes": 20_000_001}, {"previews": 21}, {"tool_end": "badly"}]
)
def test_settings_out_of_their_range_are_refused(sim, settings):
    url, body = responses(sim, **settings)
    reply = httpx.post(url, json=body, headers=HEADERS)
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == "sim"


@pytest.mark.parametrize("limit", range(16, 260, 20))
def test_a_token_limit_ends_all_of_it_anywhere(sim, limit):
    url, body = responses(sim, model="sim-show")
    found = events(url, {**body, "max_output_tokens": limit})
    assert found[-1]["type"] in ("response.incomplete", "response.completed")
    assert count(found, "output_item.added") == count(found, "output_item.done")
    message = {"model": "sim-show", "max_tokens": limit, "messages": ASK, "stream": True}
    found = events(f"{sim.url}/v1/messages", message)
    assert count(found, "content_block_start") == count(found, "content_block_stop")
    assert found[-1]["type"] == "message_stop"
