"""Encoders without a framework: what drives them, how they end, what they do not tell."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import chimeric
from chimeric import Chimeric, StreamChunk, hookimpl

pytest.importorskip("chimeric_sim", reason="the simulator is not installed")
from chimeric_serving import (
    AGUIEncoder,
    Encoder,
    NDJSONEncoder,
    SSEEncoder,
    StreamResponse,
    UIStreamEncoder,
    encode,
)
from chimeric_sim import Simulator

ENCODERS = [SSEEncoder, NDJSONEncoder, UIStreamEncoder, AGUIEncoder]
GOOD_END = [b"event: done", b'"event":"done"', b'"type":"finish"', b'"type":"RUN_FINISHED"']
BAD_END = [b"event: error", b'"event":"error"', b'"type":"error"', b'"type":"RUN_ERROR"']
ENDS = list(zip(ENCODERS, GOOD_END, BAD_END, strict=True))
SECRET = "postgres://admin:hunter2@db/prod"


@pytest.fixture
def client(sim: Simulator) -> Iterator[Chimeric]:
    with Chimeric(sim_base_url=sim.base_url("sim"), max_retries=0) as client:
        yield client


def told(events: list[bytes]) -> list[Any]:
    """The JSON of events."""
    lines = b"".join(events).decode().splitlines()
    texts = [line.removeprefix("data: ") for line in lines if line.startswith(("data: {", "{"))]
    return [json.loads(text) for text in texts]


@pytest.mark.parametrize(("encoder", "good", "bad"), ENDS)
def test_a_stream_becomes_events_and_a_good_end(client, encoder, good, bad):
    stream = client.generate("sim:echo", "hello you", stream=True)
    events = list(encode(stream, encoder()))
    assert good in b"".join(events)
    assert bad not in b"".join(events)
    assert b"hello" in b"".join(events)


@pytest.mark.parametrize(("encoder", "good", "bad"), ENDS)
def test_an_asynchronous_stream_becomes_the_same(client, encoder, good, bad):
    async def run() -> bytes:
        stream = await client.agenerate("sim:echo", "hello you", stream=True)
        events = [event async for event in encode(stream, encoder())]
        await client.aclose()
        return b"".join(events)

    text = asyncio.run(run())
    assert good in text
    assert bad not in text


@pytest.mark.parametrize(("encoder", "good", "bad"), ENDS)
def test_each_item_is_one_event(client, encoder, good, bad):
    stream = client.generate("sim:think", "why in 5 words", stream=True, tools=[weather])
    end = b"\n" if encoder is NDJSONEncoder else b"\n\n"
    for event in encode(stream, encoder()):
        assert event.endswith(end)
        assert event.count(end) == 1


def weather(city: str) -> str:
    """The weather."""
    return "sunny"


@pytest.mark.parametrize(("encoder", "good", "bad"), ENDS)
def test_leaving_the_iterator_ends_the_upstream_request(
    client, sim, eventually, encoder, good, bad
):
    stream = client.generate("sim:story", "go on", stream=True, rate=20, tokens=400)
    events = encode(stream, encoder())
    for event in events:
        if b"delta" in event:
            break
    events.close()
    eventually(lambda: sim.traffic.streaming == 0, 3)


@pytest.mark.parametrize(("encoder", "good", "bad"), ENDS)
def test_chunks_that_stop_before_the_end_are_never_finished(encoder, good, bad):
    text = b"".join(encode([StreamChunk("cut"), StreamChunk(" off")], encoder()))
    assert bad in text
    assert good not in text
    assert b"cut off" in text.lower()


@pytest.mark.parametrize(("encoder", "good", "bad"), ENDS)
def test_a_stream_that_somebody_closed_is_never_finished(client, encoder, good, bad):
    stream = client.generate("sim:story", "go on", stream=True, rate=50, tokens=400)
    events = encode(stream, encoder())
    text = b""
    for event in events:
        text += event
        if b"delta" in event:
            stream.close()
    assert bad in text
    assert good not in text


@pytest.mark.parametrize(("encoder", "good", "bad"), ENDS)
def test_chunks_with_a_finish_reason_have_a_good_end_without_a_response(encoder, good, bad):
    chunks = [StreamChunk("all"), StreamChunk(finish_reason="stop")]
    text = b"".join(encode(iter(chunks), encoder()))
    assert good in text

    async def later() -> AsyncIterator[StreamChunk]:
        for chunk in chunks:
            yield chunk

    async def run() -> bytes:
        return b"".join([event async for event in encode(later(), encoder())])

    assert good in asyncio.run(run())


class Broken:
    """A middleware whose exception says what no user may know."""

    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
        if chunk.finish_reason:
            raise KeyError(SECRET)
        return chunk


@pytest.mark.parametrize(("encoder", "good", "bad"), ENDS)
def test_a_fault_of_the_application_is_told_as_internal_and_raised(sim, encoder, good, bad):
    with Chimeric(sim_base_url=sim.base_url("sim"), plugins=[Broken()]) as client:
        events: list[bytes] = []
        with pytest.raises(chimeric.PluginError):
            for event in encode(client.generate("sim:echo", "hi", stream=True), encoder()):
                events.append(event)
    text = b"".join(events)
    assert bad in text
    assert b"internal error" in text
    assert good not in text
    assert b"hunter2" not in text


def leaking() -> str:
    """Look something up."""
    raise LookupError(SECRET)


@pytest.mark.parametrize(("encoder", "good", "bad"), ENDS)
def test_the_words_of_a_tool_that_failed_are_not_told(client, encoder, good, bad):
    stream = client.generate("sim:tools", "look it up", stream=True, tools=[leaking])
    # The simulator's model says what it was told: that is an answer, and the model's.
    first = []
    for event in encode(stream, encoder()):
        first.append(event)
        if b"the tool failed" in event:
            break
    text = b"".join(first)
    assert b"the tool failed" in text
    assert b"hunter2" not in text


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_restart_is_announced_without_the_words_of_what_failed(encoder):
    notice = {"restarted": True, "failed": "secret-endpoint:m", "reason": SECRET}
    chunks = [
        StreamChunk("first").replace(block=0),
        StreamChunk().replace(metadata=notice),
        StreamChunk("second").replace(block=0),
        StreamChunk(finish_reason="stop"),
    ]
    text = b"".join(encode(chunks, encoder()))
    assert b"restarted" in text
    assert b"secret" not in text
    assert b"hunter2" not in text


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_chunk_with_metadata_that_it_does_not_know_is_no_harm(encoder):
    chunks = [
        StreamChunk("first").replace(block=0),
        StreamChunk().replace(metadata={"continued": True}),
        StreamChunk(" second").replace(block=0),
        StreamChunk(finish_reason="stop"),
    ]
    text = b"".join(encode(chunks, encoder()))
    assert text.count(b"first") == text.count(b" second") == 1


@pytest.mark.parametrize("encoder", ENCODERS)
def test_line_breaks_and_zero_bytes_in_a_text_begin_no_event(encoder):
    nasty = "a\n\ndata: {}\r\n\x00\u2028\x85event: done\n\n"
    (event,) = [e for e in encode([StreamChunk(nasty)], encoder()) if b"event: done" in e]
    (data,) = told([event])  # cut at all that Python takes for an end of a line
    assert nasty in data.values()


@pytest.mark.parametrize("encoder", ENCODERS)
def test_half_a_character_is_no_failure(encoder):
    text = b"".join(encode([StreamChunk("\ud83d"), StreamChunk("\ude00")], encoder()))
    assert [each["delta"] for each in told([text]) if "delta" in each] == ["\ud83d", "\ude00"]


def test_the_encoders_are_what_the_protocol_says():
    for encoder in ENCODERS:
        made: Encoder = encoder()
        assert made.media_type
        assert isinstance(dict(made.headers), dict)
        assert b"" in (made.ping, b"")


BARE = """
import sys
for name in ("starlette", "fastapi", "redis", "anyio" if {pacing} else "fastapi"):
    sys.modules[name] = None
import chimeric_serving
from chimeric_serving import {names}
{body}
"""


def alone(names: str, body: str = "", *, pacing: bool = False) -> str:
    code = BARE.format(names=names, body=body, pacing=pacing)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_pacing_needs_no_framework():
    body = "print(list(words(['a b'])), list(sentences(['Oh. So.'])), list(smooth(['x'], 9)))"
    out = alone("words, sentences, smooth", body, pacing=True)
    assert out == "['a ', 'b'] ['Oh. ', 'So.'] ['x']\n"


def test_encoders_need_no_framework():
    alone("SSEEncoder, NDJSONEncoder, UIStreamEncoder, AGUIEncoder, encode, read_ui_request")


def test_without_starlette_a_response_is_an_application_of_asgi():
    body = """
import asyncio
from chimeric import StreamChunk
sent = []
async def send(message): sent.append(message)
async def receive(): await asyncio.Event().wait()
chunks = [StreamChunk("Hi"), StreamChunk(finish_reason="stop")]
response = StreamResponse(chunks, SSEEncoder(), headers={"X-Mine": "1"})
asyncio.run(response({"type": "http"}, receive, send))
headers = dict(sent[0]["headers"])
print(sent[0]["status"], headers[b"content-type"], headers[b"x-mine"])
print(b"".join(message.get("body", b"") for message in sent[1:]).decode())
"""
    out = alone("StreamResponse, SSEEncoder", body)
    assert out.startswith("200 b'text/event-stream; charset=utf-8' b'1'\n")
    assert 'data: {"turn":0,"delta":"Hi"}' in out
    assert "event: done" in out


@pytest.mark.parametrize(
    "headers",
    [
        {"x-model": "gpt\r\nset-cookie: a=b"},
        {"x-model": "gpt\nset-cookie: a=b"},
        {"x-model": "gpt\x00"},
        {"x-model\r\nset-cookie": "a"},
        {"x model": "a"},
        {"x-model": "模型"},
    ],
)
def test_no_value_of_a_header_begins_another_one(headers):
    with pytest.raises(chimeric.ConfigurationError, match="line break"):
        StreamResponse([], SSEEncoder(), headers=headers)


@pytest.mark.parametrize("name", ["done\ndata: x", "a\rb", ""])
def test_no_name_of_an_event_begins_another_one(name):
    from chimeric_serving import chunk_event

    with pytest.raises(chimeric.ConfigurationError, match="name of an event"):
        chunk_event({}, name)
