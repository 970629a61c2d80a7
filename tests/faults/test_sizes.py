"""Limits of sizes: each ends the call with an error that names it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import pytest
from chimeric_testing import LoopbackServer, SeenRequest, Step
from chimeric_testing.server import chunked

from chimeric import Limits, ProtocolError, ServerError

from .calls import Ask
from .streams import CHAT, HEAD, talking


def test_a_response_over_its_size_is_refused_with_what_came(ask: Ask) -> None:
    with LoopbackServer(talking) as server:
        with pytest.raises(ProtocolError, match="response_size") as caught:
            ask(server, {}, limits=Limits(response_size=1000))
        assert caught.value.limit == "response_size"
        assert caught.value.partial is not None
        assert set(caught.value.partial.content.split()) == {"word"}
        assert server.wait_closed()


@pytest.mark.parametrize("compressed", [False, True])
def test_a_document_over_its_size_is_refused(compressed: bool, ask: Ask) -> None:
    def large(request: SeenRequest) -> Iterator[Step]:
        body = b'{"x": "' + b"x" * 4_000_000 + b'"}'
        more = b""
        if compressed:
            body, more = zlib.compress(body), b"content-encoding: deflate\r\n"
        yield b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + more
        yield b"content-length: %d\r\n\r\n" % len(body)
        yield body

    with LoopbackServer(large) as server:
        for stream in (False, True):
            with pytest.raises(ProtocolError) as caught:
                ask(server, {"stream": stream}, limits=Limits(response_size=100_000))
            assert caught.value.limit == "response_size"


def test_endless_tool_calls_are_refused(ask: Ask) -> None:
    def calls(request: SeenRequest) -> Iterator[Step]:
        yield HEAD
        for start in range(0, 20_000, 100):
            every: list[tuple[str, str, list[str]]] = [
                (f"c{i}", "add", []) for i in range(start, start + 100)
            ]
            frames = [CHAT.script().frame(p) for p in CHAT.calls(every)]
            data = b"".join(frames).replace(b'"index": 0, "id"', b'"id"')
            yield b"%x\r\n%s\r\n" % (len(data), data)

    with LoopbackServer(calls) as server:
        with pytest.raises(ProtocolError, match="tool calls") as caught:
            ask(server, {})
        assert caught.value.limit == "tool_calls"
        assert server.wait_closed()


def test_an_error_body_is_kept_up_to_its_limit(ask: Ask) -> None:
    def page(request: SeenRequest) -> Iterator[Step]:
        yield b"HTTP/1.1 500 Oh\r\ntransfer-encoding: chunked\r\n\r\n"
        yield from chunked([b"x" * 1000] * 1000)

    with LoopbackServer(page) as server:
        with pytest.raises(ServerError) as caught:
            ask(server, {}, max_retries=0)
        assert caught.value.body is not None
        assert len(caught.value.body) == 64 * 1024
        with pytest.raises(ServerError) as caught:
            ask(server, {}, max_retries=0, limits=Limits(error_body=100))
        assert caught.value.body is not None
        assert len(caught.value.body) == 100
