"""The exchange over every transport: the same chunks, the same errors."""

from __future__ import annotations

import asyncio
import gzip
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from chimeric_testing import Close, LoopbackServer, Pause, Reset, SeenRequest
from chimeric_testing.server import chunked
from transports import END, OPEN, WHOLE, Way, good, plain, serve, text

from chimeric import (
    AuthenticationError,
    Chimeric,
    ChimericError,
    ConnectionFailedError,
    ProtocolError,
    RequestTimeoutError,
    StreamInterruptedError,
    Timeout,
)


class Outcome(NamedTuple):
    """What a caller got."""

    text: str
    error: ChimericError | None
    seconds: float


def run(way: Way, server: LoopbackServer, *, stream: bool = True, **settings: Any) -> Outcome:
    """One call, to its end."""
    settings = {"max_retries": 0, **settings}
    began = time.monotonic()
    given: list[str] = []
    error: ChimericError | None = None
    ask = {"model": "compatible:m", "messages": "Hi", "stream": stream}

    def blocking() -> None:
        with Chimeric(base_url=server.url, transport=way.transport, **settings) as client:
            result = client.generate(**ask)
            given.extend([c.delta or "" for c in result] if stream else [result.content])

    async def asynchronous() -> None:
        async with Chimeric(base_url=server.url, transport=way.transport, **settings) as client:
            result = await client.agenerate(**ask)
            if stream:
                async for chunk in result:
                    given.append(chunk.delta or "")
            else:
                given.append(result.content)

    try:
        if way.asynchronous:
            asyncio.run(asynchronous())
        else:
            blocking()
    except ChimericError as caught:
        error = caught
        if caught.partial is not None:
            given = [caught.partial.content]
    return Outcome("".join(given), error, time.monotonic() - began)


def test_an_open_stream_does_not_keep_what_was_sent(way: Way) -> None:
    prompt = "Tell me of it. " * 200_000

    def grown() -> int:
        """Bytes that the writing of requests still holds."""
        taken = tracemalloc.take_snapshot()
        taken = taken.filter_traces([tracemalloc.Filter(True, "*wire.py")])
        return sum(trace.size for trace in taken.traces)

    def blocking() -> int:
        with Chimeric(base_url=server.url, transport=way.transport) as client:
            stream = client.generate("compatible:m", prompt, stream=True)
            assert next(stream).delta
            held = grown()
            assert stream.collect().content == "Hello \u2028 w\u00f6rld"
            return held

    async def asynchronous() -> int:
        async with Chimeric(base_url=server.url, transport=way.transport) as client:
            stream = await client.agenerate("compatible:m", prompt, stream=True)
            assert (await anext(stream)).delta
            held = grown()
            assert (await stream.collect()).content == "Hello \u2028 w\u00f6rld"
            return held

    tracemalloc.start()
    try:
        with LoopbackServer(good) as server:
            held = asyncio.run(asynchronous()) if way.asynchronous else blocking()
            (seen,) = server.requests
    finally:
        tracemalloc.stop()
    assert held < len(prompt) / 100
    assert seen.json()["messages"] == [{"role": "user", "content": prompt}]
    assert seen.headers["content-length"] == str(len(seen.body))
    assert seen.headers["content-type"] == "application/json"
    assert not {"transfer-encoding", "content-disposition"} & set(seen.headers)


def test_a_stream(way: Way) -> None:
    with LoopbackServer(good) as server:
        assert run(way, server)[:2] == ("Hello \u2028 w\u00f6rld", None)
        (seen,) = server.requests
        assert seen.method == "POST"
        assert seen.path.endswith("/chat/completions")
        assert seen.headers["user-agent"].startswith("chimeric/")
        assert seen.headers["accept-encoding"] == "identity"
        assert seen.headers["content-type"] == "application/json"
        assert seen.json()["messages"] == [{"role": "user", "content": "Hi"}]
        assert server.wait_closed()


def test_a_whole_answer_that_is_compressed(way: Way) -> None:
    with serve(plain(gzip.compress(WHOLE), more=b"content-encoding: gzip\r\n")) as server:
        assert run(way, server, stream=False)[:2] == ("Hi", None)


def test_one_byte_at_a_time(way: Way) -> None:
    body = text("Hello") + END
    with serve(OPEN, *chunked(body[i : i + 1] for i in range(len(body)))) as server:
        assert run(way, server).text == "Hello"


def test_a_line_of_a_mebibyte(way: Way) -> None:
    with serve(OPEN, *chunked([text("x" * 1_048_576), END])) as server:
        assert len(run(way, server).text) == 1_048_576


def test_an_error_status_with_its_message(way: Way) -> None:
    with serve(plain(b'{"error":{"message":"who are you"}}', "401 Unauthorized")) as server:
        error = run(way, server).error
    assert type(error) is AuthenticationError
    assert "who are you" in error.message


def test_retries_reuse_the_request(way: Way) -> None:
    answers = iter([plain(b"busy", "503 Busy", b"retry-after: 0\r\n"), plain(WHOLE)])
    with LoopbackServer(lambda request: iter([next(answers)])) as server:
        assert run(way, server, stream=False, max_retries=1).text == "Hi"
        assert len({request.body for request in server.requests}) == 1


@pytest.mark.parametrize("step", [Reset(), Close()], ids=["reset", "closed"])
def test_a_connection_that_breaks_before_an_answer(way: Way, step: Any) -> None:
    with serve(step) as server:
        error = run(way, server).error
    assert type(error) is ConnectionFailedError
    assert error.retryable


@pytest.mark.parametrize("step", [Reset(), Close()], ids=["reset", "closed"])
def test_a_stream_that_is_cut_off_keeps_its_text(way: Way, step: Any) -> None:
    steps = list(chunked([text("so "), text("far")]))[:-1]
    with serve(OPEN, *steps, Pause(0.05), step) as server:
        outcome = run(way, server)
    assert type(outcome.error) is StreamInterruptedError
    assert outcome.text == "so far"


def test_a_body_shorter_than_announced(way: Way) -> None:
    with serve(plain(WHOLE).replace(b"length: 65", b"length: 99"), Close()) as server:
        error = run(way, server, stream=False).error
    assert type(error) is StreamInterruptedError


def test_no_server_at_all(way: Way) -> None:
    with LoopbackServer(good) as server:
        pass
    error = run(way, server).error
    assert type(error) is ConnectionFailedError


def test_no_http_at_all(way: Way) -> None:
    with serve(b"SSH-2.0-OpenSSH_9.6\r\n", Close()) as server:
        error = run(way, server).error
    assert type(error) is ConnectionFailedError


def test_headers_without_end(way: Way) -> None:
    with serve(b"HTTP/1.1 200 OK\r\nx-long: " + b"x" * 1_000_000 + b"\r\n\r\n", Close()) as server:
        error = run(way, server).error
    assert isinstance(error, (ProtocolError, ConnectionFailedError))


def test_a_redirect_is_not_followed(way: Way) -> None:
    with LoopbackServer(good) as other:
        location = f"location: {other.url}/v1/chat/completions\r\n".encode()
        with serve(plain(b"", "307 Temporary Redirect", location)) as server:
            error = run(way, server).error
        assert type(error) is ProtocolError
        assert other.requests == []


def test_no_answer_in_time(way: Way) -> None:
    with serve(Pause(60)) as server:
        outcome = run(way, server, timeout=Timeout(read=0.3, first=10))
    assert isinstance(outcome.error, RequestTimeoutError)
    assert outcome.error.phase == "read"
    assert outcome.seconds < 20


def test_no_further_byte_in_time(way: Way) -> None:
    with serve(OPEN, *list(chunked([text("so far")]))[:-1], Pause(60)) as server:
        outcome = run(way, server, timeout=Timeout(read=2))
        assert server.wait_closed()
    assert isinstance(outcome.error, RequestTimeoutError)
    assert outcome.error.phase == "read"
    assert outcome.text == "so far"


def test_comments_do_not_reset_the_gap(way: Way) -> None:
    def handler(request: SeenRequest) -> Iterator[Any]:
        yield OPEN
        yield from list(chunked([text("so far")]))[:-1]
        for _ in range(1200):
            yield from list(chunked([b": still here\n\n"]))[:-1]
            yield Pause(0.05)

    with LoopbackServer(handler) as server:
        outcome = run(way, server, timeout=Timeout(read=5, gap=0.4))
        assert server.wait_closed()
    assert isinstance(outcome.error, RequestTimeoutError)
    assert outcome.error.phase == "gap"
    assert outcome.seconds < 20


def test_the_total_limit_ends_a_waiting_read(way: Way) -> None:
    with serve(OPEN, *list(chunked([text("so far")]))[:-1], Pause(60)) as server:
        outcome = run(way, server, timeout=Timeout(total=0.4))
        assert server.wait_closed()
    assert isinstance(outcome.error, RequestTimeoutError)
    assert outcome.error.phase == "total"
    assert outcome.seconds < 20
