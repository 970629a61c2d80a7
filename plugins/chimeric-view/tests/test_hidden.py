"""Nothing that was said, and nothing that could tell something, is on a page unless asked for."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from chimeric_record import Exchange, Piece, load
from chimeric_view import page, plot

from .conftest import MODELS, Make
from .given import data_text, given

MARK = "Zq9SENTINEL7"
NUMBER = 90507090553117
KEPT = ("type", "object", "role", "model", "modelVersion", "status", "phase", "service_tier")
ENDS = ("finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason")
INSIDE = ("arguments", "partial_json")
"""Texts that are JSON themselves, where a mark is put inside."""


def clock(zone: str) -> str:
    """Tell the time."""
    return zone


def salted(value: Any, name: str = "") -> Any:
    """A mark in every text but the words that the protocol needs, and in more members."""
    if isinstance(value, dict):
        more = {f"{MARK} name": {"type": MARK, MARK: NUMBER, "text": MARK, "args": {MARK: MARK}}}
        kind = value.get("type")
        is_call = isinstance(kind, str) and "arguments" in kind
        names = {n: "arguments" if is_call and n == "delta" else n for n in value}
        return {n: salted(v, names[n]) for n, v in value.items()} | (more if value else {})
    if isinstance(value, list):
        return [salted(one, name) for one in value]
    if not isinstance(value, str) or not value or name in KEPT or name in ENDS:
        return value
    return value + MARK if name not in INSIDE else value.replace('"}', f'{MARK}"}}')


def salted_lines(body: bytes) -> bytes:
    lines = [salted_line(line) for line in body.split(b"\n")]
    return b"\n".join(lines)


def salted_line(line: bytes) -> bytes:
    head, data = (b"data: ", line[6:]) if line.startswith(b"data: ") else (b"", line)
    if not data.startswith(b"{"):
        return line
    return head + msgspec.json.encode(salted(msgspec.json.decode(data)))


def salted_frames(body: bytes) -> bytes:
    out = b""
    while body:
        total, size = struct.unpack_from(">II", body)
        headers, payload = body[12 : 12 + size], body[12 + size : total - 4]
        payload = msgspec.json.encode(salted(msgspec.json.decode(payload)))
        prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
        told = prelude + zlib.crc32(prelude).to_bytes(4, "big") + headers + payload
        out += told + zlib.crc32(told).to_bytes(4, "big")
        body = body[total:]
    return out


def marked(path: Path, change: Callable[[bytes], bytes], **changes: Any) -> Path:
    """A recording with marks wherever a provider, a caller or a file could put some."""
    exchange = load(path)
    body = change(b"".join(piece.data for piece in exchange.pieces))
    step = len(body) // 7 + 1
    exchange.pieces = [
        Piece.of(0.1 * n, body[place : place + step])
        for n, place in enumerate(range(0, len(body), step), 1)
    ]
    request = exchange.request
    request.body = salted(request.body)
    request.url = request.url.replace("://127.0.0.1", f"://{MARK}.example").replace(
        "?", f"?{MARK}="
    )
    request.headers[MARK] = MARK
    exchange.headers |= {"x-request-id": MARK, MARK: MARK, "retry-after": MARK, "date": MARK}
    assert exchange.asked
    exchange.asked.endpoint = exchange.asked.call = MARK
    exchange.asked.versions = {"chimeric-core": f"9+{MARK} x", MARK: "1"}
    for name, value in changes.items():
        setattr(exchange, name, value)
    place = path.with_name(f"{MARK}.json")
    place.write_bytes(msgspec.json.encode(exchange))
    return place


def assert_nothing_is_told(text: str) -> None:
    for told in (text, data_text(text)):
        assert MARK.lower() not in told.lower()
        assert "sentinel" not in told.lower()
        assert str(NUMBER) not in told


@pytest.mark.parametrize("provider", MODELS)
def test_no_text_of_any_field_of_a_protocol_is_on_the_page(provider: str, make: Make) -> None:
    plain = make(provider, "Tell me a story in 12 words")
    (before,) = given(page([plain]))["streams"]
    change = salted_frames if provider == "bedrock" else salted_lines
    path = marked(plain, change)
    assert_nothing_is_told(page([path]))
    assert MARK not in plot([path])
    (stream,) = given(page([path]))["streams"]
    assert stream["end"]["how"] == "complete"
    spoken = [chars for chars in before["rows"]["chars"] if chars]
    marks = sum(stream["rows"]["chars"]) - sum(spoken)
    assert marks >= len(spoken) * len(MARK), "its chunks have marks in their texts"
    assert stream["hidden"]["texts"] > 12
    assert stream["hidden"]["names"] > 12
    shown = page([path], content=True)
    for name in ("chunk", "native", "raw"):
        assert any(MARK in row for row in given(shown)["streams"][0]["rows"][name]), name


@pytest.mark.parametrize("provider", MODELS)
def test_no_name_or_argument_of_a_tool_is_on_the_page(provider: str, make: Make) -> None:
    path = make(provider, f"What time is it in {MARK}?", tools=[clock], auto_tool=False)
    change = salted_frames if provider == "bedrock" else salted_lines
    path = marked(path, change)
    text = page([path])
    assert_nothing_is_told(text)
    assert "clock" not in data_text(text).replace("clockwise", "")
    (stream,) = given(text)["streams"]
    assert given(text)["kinds"].index("tool") in stream["rows"]["kind"]


@pytest.mark.parametrize(
    "line",
    [
        f": {MARK}",
        f"id: {MARK}",
        f"event: {MARK}\ndata: {{}}",
        f"data: {MARK}",
        f'data: {{"type":"{MARK}","{MARK}',
        f'data: {{"delta":"\\u{MARK}","n":{NUMBER}}}',
        f'data: ["{MARK}",{NUMBER}]',
        f"{MARK}: x",
        f"data: [DONE] {MARK}",
    ],
)
def test_nothing_of_an_odd_line_is_on_the_page(line: str, make: Make) -> None:
    def odd(body: bytes) -> bytes:
        return body[: len(body) // 2].rpartition(b"\n\n")[0] + f"\n\n{line}\n\n".encode() + body

    assert_nothing_is_told(page([marked(make(), odd)]))


def test_nothing_of_bytes_that_are_no_text_is_on_the_page(make: Make) -> None:
    path = marked(make(), lambda body: b"\xff\xfe" + MARK.encode() + b"\x00\xff\n\n" + body)
    assert_nothing_is_told(page([path]))


def test_nothing_of_a_failure_or_a_refusal_is_on_the_page(make: Make) -> None:
    path = marked(make(), salted_lines)
    exchange = load(path)
    exchange.status = 429
    exchange.pieces = [
        Piece.of(0.1, f'{{"error":{{"message":"{MARK}","code":"{MARK}"}}}}'.encode())
    ]
    path.write_bytes(msgspec.json.encode(exchange))
    text = page([path])
    assert_nothing_is_told(text)
    end = given(text)["streams"][0]["end"]
    assert (end["how"], end["error"], end["kind"]) == ("failed", "RateLimitError", "rate_limit")
    assert MARK in given(page([path], content=True))["streams"][0]["end"]["message"]


def test_a_model_is_told_without_its_owner(make: Make) -> None:
    path = make()
    for model, told in {
        "ft:gpt-4o:acme-corp:secret:1": "ft:gpt-4o:xxxxxxxxxxxxxxxxxx",
        "arn:aws:bedrock:us-east-1:123456789012:x": "arn:aws:bedrock:us-east-1:xxxxxxxxxxxx:x",
        "gpt-4o": "gpt-4o",
    }.items():
        exchange: Exchange = load(path)
        assert exchange.asked
        exchange.asked.model = model
        path.write_bytes(msgspec.json.encode(exchange))
        assert given(page([path]))["streams"][0]["model"] == told


def test_what_looks_like_a_key_is_masked_in_a_file_of_anybodys(make: Make) -> None:
    key = "sk-abcdefghijklmnop0123"
    pieces = [f'data: {{"delta":"{key[:9]}"}}\n\n', f'data: {{"delta":"{key[9:]} {key}"}}\n\n']
    exchange = load(make())
    exchange.pieces = [Piece.of(0.1, piece.encode()) for piece in pieces]
    path = make()
    path.write_bytes(msgspec.json.encode(exchange))
    shown = data_text(page([path], content=True))
    assert key not in shown
    assert key[:9] not in shown
    assert key[9:] not in shown
