"""Answers in JSON: strings count as they are decoded, and what comes out is JSON."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from chimeric_redact import Redact
from chimeric_redact.json_text import JSONScrubber
from chimeric_redact.processor import Scrubber
from chimeric_redact.rules import make_rules
from chimeric_testing import LoopbackServer, SeenRequest
from chimeric_testing.server import chunked

from chimeric import Chimeric, StreamChunk, StructuredOutputError

RULES = make_rules(["email", "card", "key", "ACME-[0-9]{6}"], "[{name}]")
WORDS = (
    *("bob@example.com", "4111 1111 1111 1111", "sk-abcdefghijklmnopqrstuvwx", "ACME-123456"),
    *(
        "jürgen@example.com",
        "联系",
        "\n",
        "\t",
        '"',
        "\\",
        "/",
        " ",
        "é",
        "🙂",
        "plain",
        ", ",
        "\x01",
    ),
)


class Note(msgspec.Struct):
    note: str


class Number(msgspec.Struct):
    id: int


class Either(msgspec.Struct):
    id: int | str


def scrubbed(text: str) -> str:
    scrubber = Scrubber(RULES, 400, {})
    return scrubber.feed(text) + scrubber.flush()


def wanted(value: Any) -> Any:
    """The value with each of its texts scrubbed as a text of its own."""
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, list):
        return [wanted(item) for item in value]
    if isinstance(value, dict):
        return {scrubbed(name): wanted(item) for name, item in value.items()}
    if isinstance(value, int) and scrubbed(str(value)) != str(value):
        return scrubbed(str(value))
    return value


def values(random: random.Random, depth: int = 0) -> Any:
    kind = random.randrange(6 if depth < 3 else 4)
    if kind < 3:
        return "".join(random.choices(WORDS, k=random.randint(0, 30)))
    if kind == 3:
        return random.choice([4111111111111111, 12, -1.5e3, True, None, 0])
    if kind == 4:
        return [values(random, depth + 1) for _ in range(random.randint(0, 3))]
    names = [f"n{n}" for n in range(random.randint(0, 3))]
    return {name: values(random, depth + 1) for name in names}


def written(value: Any, random: random.Random) -> str:
    """The value as JSON, with escapes where they need not be."""
    text = json.dumps(value, ensure_ascii=random.random() < 0.5, indent=random.choice([None, 1]))
    return "".join(
        f"\\u{ord(c):04X}" if c in "@-bs" and random.random() < 0.2 and _in_string(text, i) else c
        for i, c in enumerate(text)
    )


def _in_string(text: str, place: int) -> bool:
    """Whether a character is one of a string's, and no letter of an escape."""
    before = text[:place].replace("\\\\", "  ").replace('\\"', "  ")
    return before.count('"') % 2 == 1 and not before.endswith("\\") and "\\u" not in before[-5:]


def test_random_json_stays_json_whatever_is_taken_out_and_however_it_is_cut() -> None:
    for seed in range(400):
        rng = random.Random(seed)
        value = {"a": values(rng), "b": values(rng)}
        text = written(value, rng)
        assert json.loads(text) == value
        scrubber = JSONScrubber(RULES, 400, {})
        told, rest = "", text
        while rest:
            size = rng.randint(1, 9)
            told += scrubber.feed(rest[:size])
            rest = rest[size:]
        told += scrubber.flush()
        assert json.loads(told) == wanted(value), (seed, text, told)
        if wanted(value) == value:
            assert told == text


def test_matches_that_touch_each_other_are_taken_out_however_the_text_is_cut() -> None:
    for seed in range(400):
        rng = random.Random(seed)
        text = "".join(rng.choices(WORDS, k=rng.randint(1, 40)))
        scrubber = Scrubber(RULES, 400, {})
        told, rest = "", text
        while rest:
            size = rng.randint(1, 9)
            told += scrubber.feed(rest[:size])
            rest = rest[size:]
        assert told + scrubber.flush() == scrubbed(text), (seed, text)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "\\ud83d',
        '{"a": "\\u00',
        '{"a": "\\ud83d\\',
        '{"a": "\\x \\ud83d lone \\udc00"}',
        'He said "it is 5\\" wide"',
        '{"a": "\\\\"}',
        "```json\n{}\n```",
        '"',
        "\\",
    ],
)
def test_what_is_broken_comes_out_as_it_was(text: str) -> None:
    for size in (1, 2, len(text)):
        scrubber = JSONScrubber(RULES, 400, {})
        pieces = [text[i : i + size] for i in range(0, len(text), size)]
        assert "".join([*map(scrubber.feed, pieces), scrubber.flush()]) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": 4111111111111111}', '{"a": "[card]"}'),
        ('{"a":-4111111111111111,"b":[4111111111111111]}', '{"a":"[card]","b":["[card]"]}'),
        ('{"a": 12, "b": 1.25e10}', '{"a": 12, "b": 1.25e10}'),
        ("Mail bob@example.com: {}", "Mail [email]: {}"),
        ("card 4111 1111 1111 1111", "card [card]"),
    ],
)
def test_a_number_that_is_taken_out_becomes_a_string(text: str, told: str) -> None:
    for size in (1, 3, len(text)):
        scrubber = JSONScrubber(RULES, 400, {})
        pieces = [text[i : i + size] for i in range(0, len(text), size)]
        assert "".join([*map(scrubber.feed, pieces), scrubber.flush()]) == told


def test_a_pattern_of_a_part_of_a_number_takes_all_of_it() -> None:
    scrubber = JSONScrubber(make_rules(["[0-9]{6}"], '"{name}"'), 64, {})
    told = scrubber.feed('{"a": 12345678.5}') + scrubber.flush()
    assert json.loads(told) == {"a": '"redacted"'}


class Server:
    """Answers with one text, as a stream of pieces or whole."""

    def __init__(self) -> None:
        self.text = ""
        self.loopback = LoopbackServer(self.handle)

    def handle(self, request: SeenRequest) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        if not msgspec.json.decode(request.body).get("stream"):
            message = {"content": self.text}
            told = {"choices": [{"message": message, "finish_reason": "stop"}]}
            yield from chunked([msgspec.json.encode(told)])
            return
        texts = [self.text[i : i + 3] for i in range(0, len(self.text), 3)]
        events = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in texts]
        events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        data = b"".join(b"data: %b\n\n" % msgspec.json.encode(event) for event in events)
        yield from chunked([data + b"data: [DONE]\n\n"])


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.loopback.close()


def client(server: Server) -> Chimeric:
    return Chimeric(base_url=f"{server.loopback.url}/v1", plugins=[Redact()], max_retries=0)


NOTES = [
    (r'{"note":"Contact:\nbob@example.com"}', "Contact:\n[email]"),
    (r'{"note":"a\tbob@example.com"}', "a\t[email]"),
    (r'{"note":"bob\u0040example.com"}', "[email]"),
    (r'{"note":"b\u006fb@example.com"}', "[email]"),
    (r'{"note":"key:\nsk-abcdefghijklmnopqrstuvwx"}', "key:\n[key]"),
    (r'{"note":"bob@example.com\nand \"4111 1111 1111 1111\""}', '[email]\nand "[card]"'),
]


@pytest.mark.parametrize(("text", "note"), NOTES)
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
def test_structured_answers_are_parsed_as_they_are_redacted(
    server: Server, text: str, note: str, stream: bool
) -> None:
    server.text = text
    with client(server) as chimeric:
        told = chimeric.generate("compatible:m", "Hi", response_format=Note, stream=stream)
        assert (told.collect() if stream else told).parsed == Note(note)


def test_partial_values_have_nothing_that_is_taken_out(server: Server) -> None:
    server.text = json.dumps({"note": "x\n" * 80 + "bob@example.com" + " y" * 80})

    async def seen() -> list[StreamChunk]:
        async with client(server) as chimeric:
            stream = await chimeric.agenerate(
                "compatible:m", "Hi", response_format=Note, stream=True
            )
            return [chunk async for chunk in stream]

    notes = [(chunk.partial or {}).get("note", "") for chunk in asyncio.run(seen())]
    assert not any("bob" in note or "\\" in note for note in notes)
    assert notes[-1] == "x\n" * 80 + "[email]" + " y" * 80
    assert len({len(note) for note in notes}) > 5


def test_json_that_nobody_asked_for_stays_json_too(server: Server) -> None:
    server.text = r'{"note":"Contact:\nbob@example.com"}'
    with client(server) as chimeric:
        told = chimeric.generate("compatible:m", "Hi", stream=True).collect().content
    assert json.loads(told) == {"note": "Contact:\n[email]"}


def test_a_number_that_was_taken_out_is_not_blamed_on_the_model(server: Server) -> None:
    server.text = '{"id": 4111111111111111}'
    with client(server) as chimeric:
        response = chimeric.generate("compatible:m", "Hi", response_format=Either)
        assert response.parsed == Either("[card]")
        assert response.metadata["redactions"] == {"card": 1}
        with pytest.raises(StructuredOutputError) as caught:
            chimeric.generate("compatible:m", "Hi", response_format=Number, stream=True).collect()
    assert "not JSON" not in str(caught.value)
    (note,) = caught.value.__notes__
    assert note.startswith("chimeric-redact put a string in the place of 1 number(s)")
    assert "4111" not in f"{caught.value}{caught.value.partial}"
