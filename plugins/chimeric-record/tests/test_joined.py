"""No secret stands in a recording as its reader puts the pieces together."""

from __future__ import annotations

import random
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from chimeric_record import Record
from chimeric_record.frames import frames
from chimeric_record.scrub import Scrubber
from chimeric_testing import LoopbackServer, SeenRequest
from chimeric_testing.server import chunked

from chimeric import Chimeric

MASK = r"ACME-[0-9]{6}"
SECRETS = ("ACME-123456", "sk-abcdefghijklmnopqrstuvwxyz")
SAID = f"Badge {SECRETS[0]}, key:\n{SECRETS[1]} — done"
NOWHERE = "http://127.0.0.1:9"


def cut(text: str, random: random.Random) -> list[str]:
    pieces: list[str] = []
    while text:
        size = random.randint(1, 6)
        pieces.append(text[:size])
        text = text[size:]
    return pieces


def sse(*events: dict[str, Any]) -> bytes:
    return b"".join(b"data: %b\n\n" % msgspec.json.encode(event) for event in events)


def of_chat(pieces: list[str], place: str = "content") -> bytes:
    return sse(*({"id": "c", "choices": [{"index": 0, "delta": {place: p}}]} for p in pieces))


def of_two_choices(pieces: list[str]) -> bytes:
    """Another choice says something between the pieces."""
    told = [(piece, index) for piece in pieces for index in (0, 1)]
    return sse(
        *(
            {"choices": [{"index": n, "delta": {"content": "x" if n else p}}], "id": "c"}
            for p, n in told
        )
    )


def of_anthropic(pieces: list[str]) -> bytes:
    first, *others = pieces
    start = {"type": "content_block_start", "content_block": {"type": "text", "text": first}}
    return sse({**start, "index": 0}) + sse(
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": p}}
            for p in others
        )
    )


def of_responses(pieces: list[str]) -> bytes:
    """The whole is told once more at the end."""
    kind = "response.output_text.delta"
    deltas = [{"type": kind, "sequence_number": n, "delta": p} for n, p in enumerate(pieces)]
    done = {"type": "response.output_text.done", "text": "".join(pieces)}
    return sse(*deltas, done, {**done, "item": {"content": [{"text": "".join(pieces)}]}})


def of_arguments(pieces: list[str]) -> bytes:
    """JSON in JSON, cut anywhere."""
    text = msgspec.json.encode({"note": "".join(pieces)}).decode()
    told = [text[i : i + 3] for i in range(0, len(text), 3)]
    calls = [[{"index": 0, "function": {"arguments": piece}}] for piece in told]
    return sse(*({"choices": [{"index": 0, "delta": {"tool_calls": call}}]} for call in calls))


def of_lines(pieces: list[str]) -> bytes:
    return b"".join(msgspec.json.encode({"message": {"content": p}}) + b"\n" for p in pieces)


def of_whole(pieces: list[str]) -> bytes:
    text = "".join(pieces).replace("-", "\\u002d").replace("\n", "\\n")
    return b'{"choices":[{"message":{"content":"%b"}}]}' % text.encode()


def of_pretty_list(pieces: list[str]) -> bytes:
    told = [{"candidates": [{"content": {"parts": [{"text": piece}]}}]} for piece in pieces]
    return msgspec.json.format(msgspec.json.encode(told))


def of_frames(pieces: list[str]) -> bytes:
    return b"".join(frame(msgspec.json.encode({"delta": {"text": piece}})) for piece in pieces)


def frame(payload: bytes) -> bytes:
    prelude = struct.pack(">II", 16 + len(payload), 0)
    told = prelude + zlib.crc32(prelude).to_bytes(4, "big") + payload
    return told + zlib.crc32(told).to_bytes(4, "big")


FORMS: dict[str, Callable[[list[str]], bytes]] = {
    "chat": of_chat,
    "two choices": of_two_choices,
    "anthropic": of_anthropic,
    "responses": of_responses,
    "arguments": of_arguments,
    "lines": of_lines,
    "whole": of_whole,
    "pretty list": of_pretty_list,
    "frames": of_frames,
}


def strings(value: Any) -> Iterator[str]:
    """What a reader shows of documents."""
    if isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, str) and name in ("content", "text", "delta", "arguments"):
                yield item
            yield from strings(item)


def read(body: bytes) -> list[Any]:
    """The body's documents, each of which must still be JSON."""
    told = [body[f.payload : f.payload_end] for f in frames(body)]
    told = told or [line[6:] for line in body.splitlines() if line.startswith(b"data: ")]
    if not told:
        try:
            return [msgspec.json.decode(body)]
        except msgspec.DecodeError:
            told = body.splitlines()
    return [msgspec.json.decode(document) for document in told]


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_an_answer_keeps_a_secret_however_it_is_cut(form: str) -> None:
    scrubber = Scrubber([MASK])
    for seed in range(30):
        body = FORMS[form](cut(SAID, random.Random(seed)))
        clean = scrubber.body(body, {})
        assert len(clean) == len(body)
        said = "".join(strings(read(clean)))
        if form == "two choices":
            said = said.replace("x", "")
        for secret in SECRETS:
            assert secret not in said, (seed, said)
            assert "*" * len(secret) in said or form == "whole", (seed, said)
        assert "Badge " in said
        assert "— done" in said or form == "arguments"


def test_a_frame_whose_payload_was_masked_has_a_check_sum_that_is_right() -> None:
    clean = Scrubber([MASK]).body(of_frames(["ACME-", "123456"]), {})
    for told in frames(clean):
        crc = int.from_bytes(clean[told.payload_end : told.end], "big")
        assert zlib.crc32(clean[told.start : told.payload_end]) == crc
    assert len(list(frames(clean))) == 2


def test_a_body_without_secrets_stays_byte_for_byte() -> None:
    for form in FORMS.values():
        body = form(["Nothing ", 'is "here"\n', "\\ to – hide: ", "🙂 sk-short"])
        assert Scrubber([MASK]).body(body, {"authorization": "Bearer 0123456789"}) == body


def test_ids_types_and_names_of_events_are_never_joined() -> None:
    body = sse(*({"id": "12", "type": "34", "delta": {"text": "a"}} for _ in range(9)))
    assert Scrubber(["[0-9]{6}"]).body(body, {}) == body


def test_a_match_that_begins_inside_an_escape_leaves_json() -> None:
    clean = Scrubber(["[a-z]+@[a-z.]+"]).body(b'{"a":"\\nbob@example.com \\\\bob@x.org"}', {})
    assert msgspec.json.decode(clean)["a"].startswith("\n***")
    assert b"bob" not in clean


@pytest.mark.parametrize("text", ["no JSON", "data: {half", '{"a":1,"a":"x"}', "[" * 3000, ""])
def test_what_is_no_json_is_masked_as_bytes(text: str) -> None:
    told = Scrubber([MASK]).body(f"{text} ACME-123456".encode(), {})
    assert told == f"{text} {'*' * 11}".encode()


def test_a_clients_key_that_a_stream_echoes_in_pieces_is_masked(tmp_path: Path) -> None:
    key = "0123456789abcdef0123456789abcdef"

    def echo(request: SeenRequest) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        body = of_chat([key[:9], key[9:20], key[20:]]) + sse(end) + b"data: [DONE]\n\n"
        yield from chunked([body[:77], body[77:]])

    def told(url: str, mode: str) -> str:
        record = Record(tmp_path, mode)
        base = f"{url}/v1"
        keys = {"compatible": key}
        with Chimeric(base_urls={"compatible": base}, api_keys=keys, plugins=[record]) as chimeric:
            return chimeric.generate("compatible:m", "Hi", stream=True).collect().content

    with LoopbackServer(echo) as server:
        assert told(server.url, "record") == key
    (file,) = tmp_path.iterdir()
    assert not re.search("abcdef|456789", file.read_text().partition('"pieces"')[2])
    assert told(NOWHERE, "refuse") == "*" * len(key)


def test_a_key_at_the_beginning_of_a_line_of_a_prompt_is_masked(tmp_path: Path) -> None:
    def answer(request: SeenRequest) -> Iterator[bytes]:
        assert SECRETS[1] in msgspec.json.decode(request.body)["messages"][0]["content"]
        told = {"choices": [{"message": {"content": "ok"}, "finish_reason": "stop"}]}
        yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        yield from chunked([msgspec.json.encode(told)])

    with LoopbackServer(answer) as server:
        record = Record(tmp_path, "record")
        with Chimeric(base_url=f"{server.url}/v1", plugins=[record]) as chimeric:
            chimeric.generate("compatible:m", f"My key is\n{SECRETS[1]}")
    (file,) = tmp_path.iterdir()
    assert SECRETS[1] not in file.read_text()
