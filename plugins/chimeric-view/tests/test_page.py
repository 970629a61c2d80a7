"""The page: complete in itself, whatever is in a recording."""

from __future__ import annotations

import base64
import hashlib
import re
import time

import msgspec
import pytest
from chimeric_record import Piece, load
from chimeric_view import page, plot

from .conftest import Make, changed
from .given import data_text, given


def test_a_page_tells_what_a_report_needs(make: Make) -> None:
    (stream,) = given(page([make("anthropic")]))["streams"]
    assert (stream["provider"], stream["model"]) == ("anthropic", "claude-sonnet-4-5")
    assert (stream["status"], stream["attempt"], stream["path"]) == (200, 0, "/messages")
    assert stream["host"] == "this machine"
    assert stream["usage"]["completion_tokens"] > 0
    assert set(stream["versions"]) >= {"chimeric-core", "chimeric-anthropic", "python", "system"}
    assert stream["end"]["how"] == "complete"
    labels = stream["rows"]["label"]
    assert labels[0] == "message_start"
    assert labels[-1] == "message_stop"


@pytest.mark.parametrize("provider", ["anthropic", "bedrock", "ollama", "openai"])
def test_each_event_has_its_bytes_its_struct_and_its_chunk(provider: str, make: Make) -> None:
    path = make(provider, "A story in 30 words")
    data = given(page([path], content=True))
    rows = data["streams"][0]["rows"]
    told = ""
    for kind, chunk, native, raw in zip(
        *(rows[name] for name in ("kind", "chunk", "native", "raw")), strict=True
    ):
        if data["kinds"][kind] != "text":
            continue
        text = msgspec.json.decode(chunk)["delta"]
        told += text
        written = msgspec.json.encode(text).decode()
        assert written in native
        assert written[1:-1] in raw
    assert len(told) == sum(rows["chars"])
    assert len(told.split()) > 5
    assert sum(rows["bytes"]) == sum(len(piece.data) for piece in load(path).pieces)


def test_a_page_loads_nothing_and_runs_no_script_but_its_own(make: Make) -> None:
    text = page([make()])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    told = dict(part.strip().split(" ", 1) for part in policy.group(1).split(";"))
    assert told["default-src"] == "'none'"
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    for name, source in (("script-src", script), ("style-src", style)):
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert told[name] == f"'sha256-{digest}'"
    shell = text.replace(data_text(text), "")
    assert not re.search(r"https?://|//cdn|@import|url\(", shell)
    assert not re.search(r" (?:src|style|on[a-z]+)=", shell), "no attribute runs or loads anything"


def test_no_content_ends_the_script_or_a_line(make: Make) -> None:
    said = "</script><script>alert(1)</script><!--\u2028\u2029{{script}}&amp;"
    path = make("ollama", said)
    exchange = load(path)
    line = msgspec.json.encode({"model": "m", "message": {"content": said}, "done": False})
    exchange.pieces.insert(0, Piece.of(0.1, line + b"\n"))
    path.write_bytes(msgspec.json.encode(exchange))
    text = page([path], content=True)
    assert text.count("</script>") == 2
    assert "<!--" not in text
    assert "\u2028" not in text
    assert msgspec.json.decode(given(text)["streams"][0]["rows"]["chunk"][0])["delta"] == said


def test_bytes_that_are_no_text_are_shown_as_bytes(make: Make) -> None:
    path = make()
    exchange = load(path)
    exchange.pieces.insert(1, Piece.of(0.1, b": \xff\xfe\n\n"))
    path.write_bytes(msgspec.json.encode(exchange))
    (stream,) = given(page([path], content=True))["streams"]
    assert ": \\xff\\xfe\n\n" in stream["rows"]["raw"]


def test_tries_of_one_call_are_told_to_be_that(make: Make) -> None:
    path = make()
    again = path.with_name("again.json")
    again.write_bytes(path.read_bytes())
    streams = given(page([path, again, make()]))["streams"]
    assert [stream.get("sameCall") for stream in streams] == [None, 0, None]


def test_a_recording_of_the_first_version_is_read_by_its_path(make: Make) -> None:
    path = make("anthropic")
    told = msgspec.json.decode(path.read_bytes())
    del told["v"], told["asked"]
    path.write_bytes(msgspec.json.encode(told))
    (stream,) = given(page([path]))["streams"]
    assert (stream["provider"], stream["guessed"]) == ("anthropic", True)
    assert any(stream["rows"]["chars"])


def test_without_its_plugin_a_recording_is_shown_as_bytes(make: Make) -> None:
    path = changed(make(), asked={"provider": "nobodys"})
    (stream,) = given(page([path]))["streams"]
    assert "not installed" in stream["notes"][0]
    assert stream["end"]["how"] == "complete"
    assert len(stream["rows"]["raw"]) > 5
    assert not any(stream["rows"]["chunk"])


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        ({"kind": "connection", "message": "m"}, "connection failed or was lost"),
        ({"kind": "timeout", "message": "m", "phase": "gap"}, "pause between two chunks"),
        ({"kind": "timeout", "message": "m", "phase": "total"}, "longer than allowed"),
        ({"kind": "strange"}, "it failed"),
    ],
)
def test_how_a_stream_failed_is_told(failure: dict[str, str], told: str, make: Make) -> None:
    path = make()
    exchange = msgspec.json.decode(path.read_bytes())
    pieces = exchange["pieces"][:1]
    path = changed(path, pieces=pieces, failure={"at": 2.5, "message": "", **failure})
    end = given(page([path]))["streams"][0]["end"]
    assert (end["how"], end["at"]) == ("failed", 2.5)
    assert told in end["why"]
    assert told in plot([path])


def test_a_stream_without_its_end_is_told_so(make: Make) -> None:
    path = make("anthropic")
    exchange = load(path)
    body = b"".join(piece.data for piece in exchange.pieces)
    exchange.pieces = [Piece.of(0.1, body[: body.index(b"event: message_delta")])]
    path.write_bytes(msgspec.json.encode(exchange))
    end = given(page([path]))["streams"][0]["end"]
    assert (end["how"], end["error"]) == ("failed", "StreamInterruptedError")


def test_a_hundred_thousand_events_are_a_page_of_a_few_megabytes(make: Make) -> None:
    path = make("ollama")
    exchange = load(path)
    (line, *rest) = b"".join(piece.data for piece in exchange.pieces).splitlines(keepends=True)
    exchange.pieces = [Piece.of(0.01 * n, line) for n in range(100_000)]
    exchange.pieces.append(Piece.of(1001, b"".join(rest)))
    path.write_bytes(msgspec.json.encode(exchange))
    began = time.process_time()
    text = page([path])
    assert len(text) < 4_000_000
    assert len(given(text)["streams"][0]["rows"]["at"]) == 100_000 + len(rest)
    assert time.process_time() - began < 60, "seconds of the processor, on a slow machine"


def test_a_picture_is_a_line_for_each_stream(make: Make) -> None:
    picture = plot([make(), make("cohere")])
    assert picture.startswith("<svg ")
    assert [picture.count(name) for name in (":gpt-4o<", ":command-a-03-2025<")] == [1, 1]
    assert "first content" in picture
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|<script|href", picture)
