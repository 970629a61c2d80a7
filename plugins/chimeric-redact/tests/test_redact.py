"""Redaction over real loopback HTTP, and its guarantee at every border."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from chimeric_redact import Redact
from chimeric_redact.processor import Scrubber
from chimeric_redact.rules import make_rules
from chimeric_testing import Close, LoopbackServer, SeenRequest
from chimeric_testing.server import chunked

from chimeric import (
    Chimeric,
    ConfigurationError,
    Context,
    GeneratedFile,
    ImagePart,
    Request,
    ServerToolChunk,
    StreamChunk,
    StreamInterruptedError,
    TokenLogprob,
    hookimpl,
)

SECRET = (
    "write to jane.doe+x@mail.example.org, card 4111 1111 1111 1111, key sk-abcdefgh0123456789."
)
CONTEXT = Context(Request(model="m", messages=()))
CLEAN = "write to [email], card [card], key [key]."


def frames(texts: list[str], *, field: str = "content", finish: bool = True) -> Iterator[bytes]:
    for text in texts:
        delta = {"choices": [{"index": 0, "delta": {field: text}}]}
        yield b"data: " + msgspec.json.encode(delta) + b"\n\n"
    if finish:
        yield b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
        yield b"data: [DONE]\n\n"


class Server:
    """Serves one stream; ``pieces`` is the body."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.whole: bytes | None = None
        self.loopback = LoopbackServer(self.handle)

    def handle(self, request: SeenRequest) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        yield from chunked([self.whole] if self.whole else self.pieces)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.loopback.close()


def client(server: Server, *plugins: Any) -> Chimeric:
    return Chimeric(base_url=f"{server.loopback.url}/v1", plugins=plugins, max_retries=0)


def test_a_secret_that_is_cut_into_single_characters_never_comes_out(server: Server) -> None:
    server.pieces = list(frames(list(SECRET)))
    with client(server, Redact()) as chimeric:
        stream = chimeric.generate("compatible:m", "Hi", stream=True)
        chunks = list(stream)
    assert "".join(c.delta or "" for c in chunks) == CLEAN
    assert chunks[-1].content == CLEAN
    assert stream.response.content == CLEAN
    assert chunks[-1].metadata["redactions"] == {"email": 1, "card": 1, "key": 1}
    assert stream.response.metadata["redactions"] == {"email": 1, "card": 1, "key": 1}


def test_async_streams_and_whole_answers_are_redacted_too(server: Server) -> None:
    server.pieces = list(frames([SECRET[i : i + 5] for i in range(0, len(SECRET), 5)]))

    async def run() -> str:
        async with client(server, Redact()) as chimeric:
            stream = await chimeric.agenerate("compatible:m", "Hi", stream=True)
            return (await stream.collect()).content

    assert asyncio.run(run()) == CLEAN
    server.whole = msgspec.json.encode(
        {"choices": [{"message": {"content": SECRET, "refusal": None}, "finish_reason": "stop"}]}
    )
    with client(server, Redact()) as chimeric:
        response = chimeric.generate("compatible:m", "Hi")
    assert response.content == CLEAN
    assert response.messages[-1].text == CLEAN


@pytest.mark.parametrize(("field", "told"), [("reasoning_content", "reasoning"), ("refusal",) * 2])
def test_reasoning_and_refusals_are_redacted_too(server: Server, field: str, told: str) -> None:
    server.pieces = list(frames([SECRET[:20], SECRET[20:70], SECRET[70:]], field=field))
    with client(server, Redact()) as chimeric:
        response = chimeric.generate("compatible:m", "Hi", stream=True).collect()
    assert getattr(response, told) == CLEAN


def test_what_is_held_back_comes_out_before_a_failure(server: Server) -> None:
    server.pieces = list(frames(["Mail to a@b.example", " now"], finish=False))
    with client(server, Redact()) as chimeric:
        stream = chimeric.generate("compatible:m", "Hi", stream=True)
        with pytest.raises(StreamInterruptedError) as caught:
            list(stream)
    assert caught.value.partial is not None
    assert caught.value.partial.content == "Mail to [email] now"


def test_what_is_held_back_comes_out_before_a_tool_call(server: Server) -> None:
    call = {"index": 0, "id": "c1", "function": {"name": "mail", "arguments": "{}"}}
    choice = {"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": "tool_calls"}
    calling = b"data: " + msgspec.json.encode({"choices": [choice]}) + b"\n\ndata: [DONE]\n\n"
    server.pieces = [*frames(["Mail to a@b", ".example"], finish=False), calling]
    with client(server, Redact()) as chimeric:
        chunks = list(chimeric.generate("compatible:m", "Hi", stream=True))
    first = next(place for place, chunk in enumerate(chunks) if chunk.tool_calls)
    assert "".join(chunk.delta or "" for chunk in chunks[:first]) == "Mail to [email]"
    assert chunks[-1].metadata["redactions"] == {"email": 1}


def test_it_redacts_what_other_middleware_made(server: Server) -> None:
    class Signed:
        @hookimpl
        def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
            return chunk.replace(delta="by a@b.example") if chunk.delta else chunk

    server.pieces = list(frames(["hello"]))
    for plugins in ([Redact(), Signed()], [Signed(), Redact()]):
        with client(server, *plugins) as chimeric:
            response = chimeric.generate("compatible:m", "Hi", stream=True).collect()
        assert response.content == "by [email]"


def test_what_a_failed_try_held_back_does_not_come_out_of_the_next_one() -> None:
    tries = iter((frames(["lost"], finish=False), frames(["kept"])))

    def answer(request: SeenRequest) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"
        yield from next(tries)
        yield Close()  # type: ignore[misc]

    class Again:
        @hookimpl
        def chimeric_recover(self, context: Context) -> Request:
            return context.request

    with LoopbackServer(answer) as loopback:
        plugins = [Redact(), Again()]
        with Chimeric(base_url=f"{loopback.url}/v1", plugins=plugins, max_retries=0) as chimeric:
            response = chimeric.generate("compatible:m", "Hi", stream=True).collect()
    assert response.content == "kept"


def test_the_environment_switches_it_on_for_all_clients(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.pieces = list(frames([SECRET]))
    with client(server) as chimeric:
        assert chimeric.generate("compatible:m", "Hi", stream=True).collect().content == SECRET
        monkeypatch.setenv("CHIMERIC_REDACT", "email, key")
        content = chimeric.generate("compatible:m", "Hi", stream=True).collect().content
    assert content == CLEAN.replace("[card]", "4111 1111 1111 1111")


@pytest.mark.parametrize("wrong", ["emial", "email,keys", "email,("])
def test_an_environment_that_cannot_be_read_is_told(
    server: Server, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    server.pieces = list(frames([SECRET]))
    monkeypatch.setenv("CHIMERIC_REDACT", wrong)
    with client(server) as chimeric, pytest.raises(ConfigurationError, match="CHIMERIC_REDACT"):
        chimeric.generate("compatible:m", "Hi", stream=True)


def test_the_result_does_not_depend_on_where_the_text_is_cut() -> None:
    rules = make_rules(
        ["email", "card", "key", r"\bACME-\d{4,8}\b", "naïve|\U0001f600+"], "[{name}]"
    )
    more = "ACME-12345 naïve \U0001f600\U0001f600 XACME-1234 4111111111111111"
    text = f"{SECRET} {more} {SECRET}"
    expected = scrub(rules, [text])
    assert "4111" not in expected
    assert "XACME-1234" in expected, "the word border before a match counts"
    dice = random.Random(7)
    for _ in range(300):
        cuts = sorted(dice.sample(range(1, len(text)), dice.randint(1, 30)))
        pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        assert scrub(rules, pieces) == expected


def scrub(rules: Any, pieces: list[str], window: int = 64) -> str:
    scrubber = Scrubber(rules, window, {})
    return "".join([*(scrubber.feed(piece) for piece in pieces), scrubber.flush()])


def test_a_match_that_never_ends_is_not_held_for_ever() -> None:
    scrubber = Scrubber(make_rules([r"x+"], "#"), 8, {})
    longest = 0
    out = ""
    for _ in range(2000):
        out += scrubber.feed("x")
        longest = max(longest, len(scrubber._held))
    out += scrubber.flush()
    assert longest <= 8 * 16
    assert "x" not in out


def test_no_more_than_the_window_is_held_back() -> None:
    scrubber = Scrubber(make_rules(["email"], "#"), 32, {})
    given = "".join(scrubber.feed("word ") for _ in range(100))
    assert len(given) == 500 - 32


@pytest.mark.parametrize("pattern", ["(", "a*"])
def test_a_pattern_that_cannot_work_is_refused_at_construction(pattern: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(pattern))):
        Redact([pattern])


CITED = {"type": "web_search_result_location", "url": "https://a.example", "cited_text": SECRET}
QUERY = {"query": SECRET}
CALL = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": QUERY}
FOUND = {
    "type": "web_search_tool_result",
    "tool_use_id": "s1",
    "content": [{"type": "web_search_result", "url": "https://a.example", "title": SECRET}],
}
RUN = {"type": "server_tool_use", "id": "s2", "name": "code_execution", "input": {"code": "1"}}
RAN = {
    "type": "code_execution_tool_result",
    "tool_use_id": "s2",
    "content": {
        "type": "code_execution_result",
        "stdout": SECRET,
        "stderr": "",
        "return_code": 0,
        "content": [{"type": "code_execution_output", "file_id": "f1"}],
    },
}
SAID = {"type": "text", "text": f"It is {SECRET}", "citations": [CITED]}


def messages_events(size: int) -> Iterator[dict[str, Any]]:
    """A stream of the Messages API whose inputs and texts come in pieces of a size."""
    yield {"type": "message_start", "message": {"id": "m", "model": "x", "content": []}}
    for index, block in enumerate((CALL, FOUND, RUN, RAN, SAID)):
        bare = {**block, "input": {}} if "input" in block else dict(block)
        deltas: list[dict[str, Any]] = []
        if "input" in block:
            text = msgspec.json.encode(block["input"]).decode()
            for piece in (text[i : i + size] for i in range(0, len(text), size)):
                deltas.append({"type": "input_json_delta", "partial_json": piece})
        if block["type"] == "text":
            bare = {"type": "text", "text": ""}
            deltas.append({"type": "citations_delta", "citation": CITED})
            text = str(block["text"])
            for piece in (text[i : i + size] for i in range(0, len(text), size)):
                deltas.append({"type": "text_delta", "text": piece})
        yield {"type": "content_block_start", "index": index, "content_block": bare}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    yield {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
    yield {"type": "message_stop"}


def shown_by(server: Server, size: int) -> tuple[list[StreamChunk], Any]:
    server.pieces = [
        b"data: " + msgspec.json.encode(event) + b"\n\n" for event in messages_events(size)
    ]
    url = server.loopback.url
    plugins = [Redact(window=64)]
    with Chimeric(anthropic_base_url=url, anthropic_api_key="k", plugins=plugins) as chimeric:
        stream = chimeric.generate("claude-x", "Hi", stream=True)
        return list(stream), stream.response


@pytest.mark.parametrize("size", [1, 3, 40, 1000])
def test_tools_of_the_provider_and_citations_let_nothing_out(server: Server, size: int) -> None:
    chunks, response = shown_by(server, size)
    told = [chunk.to_dict() for chunk in chunks]
    shown = msgspec.json.encode([told, response.metadata, response.parts], enc_hook=str).decode()
    shown += "".join(t.input_delta for c in chunks for t in c.server_tools)
    for secret in ("jane.doe", "4111", "sk-abcdefgh"):
        assert secret not in shown
    search, ran, file, said = response.parts
    assert search.input == {"queries": [CLEAN]}
    assert search.output == [{"url": "https://a.example", "title": CLEAN}]
    assert search.native is None
    assert ran.output["stdout"] == CLEAN
    assert ran.native == RUN
    assert file.part.file_id == "f1"
    assert (said.text, said.citations[0].text) == (f"It is {CLEAN}", CLEAN)
    assert chunks[-1].metadata["redactions"] == {"email": 5, "card": 5, "key": 5}


def test_the_pieces_of_an_input_come_late_and_all_of_them_come(server: Server) -> None:
    chunks, _ = shown_by(server, 4)
    tools = [tool for chunk in chunks for tool in chunk.server_tools]
    for id_, given in (("s1", {"query": CLEAN}), ("s2", {"code": "1"})):
        pieces = [tool.input_delta for tool in tools if tool.id == id_]
        assert msgspec.json.decode("".join(pieces)) == given
    assert [t.status for t in tools if t.id == "s2" and t.status != "input_streaming"] == [
        "started",
        "running",
        "completed",
    ]


def test_an_input_that_is_cut_off_comes_out_before_the_failure(server: Server) -> None:
    events = list(messages_events(1000))[:3]
    server.pieces = [b"data: " + msgspec.json.encode(event) + b"\n\n" for event in events]
    url = server.loopback.url
    seen: list[StreamChunk] = []
    with Chimeric(
        anthropic_base_url=url, anthropic_api_key="k", plugins=[Redact()], max_retries=0
    ) as chimeric:
        stream = chimeric.generate("claude-x", "Hi", stream=True)
        with pytest.raises(StreamInterruptedError):
            seen.extend(stream)
        assert stream.response.parts
    assert "jane.doe" not in repr(seen)


def test_log_probabilities_which_spell_the_text_are_left_out() -> None:
    redact = Redact().chimeric_stream_processor(CONTEXT)
    chunk = StreamChunk("a@b.example").replace(logprobs=(TokenLogprob("a@b.example", -0.1),))
    assert redact.process(chunk) is None
    ended = StreamChunk(finish_reason="stop").replace(metadata={"logprobs": ["a@b"], "id": "x"})
    told = redact.process(ended)
    assert isinstance(told, StreamChunk)
    assert told.metadata == {"id": "x"}


def test_pictures_pass_untouched() -> None:
    redact = Redact().chimeric_stream_processor(CONTEXT)
    data = "4111111111111111" * 8192
    picture = GeneratedFile("i", ImagePart(data=data))
    tool = ServerToolChunk(id="i", status="completed", output=picture, native={"result": data})
    chunk = StreamChunk().replace(server_tools=(tool,), files=(picture,))
    told = redact.process(chunk)
    assert isinstance(told, StreamChunk)
    assert (told.server_tools, told.files) == ((tool,), (picture,))
