"""The exchange over every transport: the same chunks, the same errors, the same closing."""

from __future__ import annotations

import asyncio
import gc
import gzip
import threading
import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec
import pytest
import trio
import uvloop
from chimeric_testing import Close, LoopbackServer, Pause, Reset, SeenRequest
from chimeric_testing.server import chunked

from chimeric import (
    AuthenticationError,
    Chimeric,
    ChimericError,
    ConfigurationError,
    ConnectionFailedError,
    ProtocolError,
    RequestTimeoutError,
    StreamInterruptedError,
    Timeout,
)


class Way(NamedTuple):
    """A transport, and whether it is used asynchronously."""

    transport: str
    asynchronous: bool
    uvloop: bool = False


WAYS = [
    Way("httpx", False),
    Way("httpx", True),
    Way("httpx2", False),
    Way("httpx2", True),
    Way("aiohttp", True),
    Way("httpx", True, uvloop=True),
    Way("httpx2", True, uvloop=True),
    Way("aiohttp", True, uvloop=True),
]


def named(way: Way) -> str:
    return f"{way.transport}-{'uvloop' if way.uvloop else 'async' if way.asynchronous else 'sync'}"


@pytest.fixture(params=WAYS, ids=named)
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    before = asyncio.get_event_loop_policy()
    if request.param.uvloop:
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    yield request.param
    asyncio.set_event_loop_policy(before)


def text(value: str) -> bytes:
    delta = {"choices": [{"index": 0, "delta": {"content": value}}]}
    return b"data: " + msgspec.json.encode(delta) + b"\n\n"


OPEN = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
WHOLE = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'


def plain(body: bytes, status: str = "200 OK", more: bytes = b"") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n".encode()
    return head + more + b"\r\n" + body


def good(request: SeenRequest) -> Iterator[Any]:
    yield OPEN
    yield from chunked([text("Hel"), text("lo \u2028 "), text("w\u00f6rld"), END])


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


def serve(*steps: Any) -> LoopbackServer:
    return LoopbackServer(lambda request: iter(steps))


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
    with serve(Pause(5)) as server:
        outcome = run(way, server, timeout=Timeout(read=0.3, first=10))
    assert isinstance(outcome.error, RequestTimeoutError)
    assert outcome.error.phase == "read"
    assert outcome.seconds < 3


def test_no_further_byte_in_time(way: Way) -> None:
    with serve(OPEN, *list(chunked([text("so far")]))[:-1], Pause(5)) as server:
        outcome = run(way, server, timeout=Timeout(read=0.3))
        assert server.wait_closed()
    assert isinstance(outcome.error, RequestTimeoutError)
    assert outcome.error.phase == "read"
    assert outcome.text == "so far"


def test_comments_do_not_reset_the_gap(way: Way) -> None:
    def handler(request: SeenRequest) -> Iterator[Any]:
        yield OPEN
        yield from list(chunked([text("so far")]))[:-1]
        for _ in range(100):
            yield from list(chunked([b": still here\n\n"]))[:-1]
            yield Pause(0.05)

    with LoopbackServer(handler) as server:
        outcome = run(way, server, timeout=Timeout(read=5, gap=0.4))
        assert server.wait_closed()
    assert isinstance(outcome.error, RequestTimeoutError)
    assert outcome.error.phase == "gap"
    assert outcome.seconds < 3


def test_the_total_limit_ends_a_waiting_read(way: Way) -> None:
    with serve(OPEN, *list(chunked([text("so far")]))[:-1], Pause(5)) as server:
        outcome = run(way, server, timeout=Timeout(total=0.4))
        assert server.wait_closed()
    assert isinstance(outcome.error, RequestTimeoutError)
    assert outcome.error.phase == "total"
    assert outcome.seconds < 3


def endless(request: SeenRequest) -> Iterator[Any]:
    yield OPEN
    while True:
        yield from list(chunked([text("word ")]))[:-1]
        yield Pause(0.02)


def on(way: Way, server: LoopbackServer, blocking: Callable[[Any], None], work: Any) -> None:
    """Run a piece of work with a client and an endless stream."""
    ask = {"model": "compatible:m", "messages": "Hi", "stream": True}
    settings: dict[str, Any] = {"base_url": server.url, "transport": way.transport}

    async def asynchronous() -> None:
        async with Chimeric(**settings) as client:
            await work(await client.agenerate(**ask))

    if way.asynchronous:
        asyncio.run(asynchronous())
    else:
        with Chimeric(**settings) as client:
            blocking(client.generate(**ask))


def test_leaving_a_loop_closes_the_connection(way: Way) -> None:
    with LoopbackServer(endless) as server:

        def blocking(stream: Any) -> None:
            for _ in stream:
                break
            assert server.wait_closed()

        async def asynchronous(stream: Any) -> None:
            async for _ in stream:
                break
            assert await asyncio.to_thread(server.wait_closed)

        on(way, server, blocking, asynchronous)
        assert server.aborted == 1


def test_close_in_the_middle_is_idempotent(way: Way) -> None:
    with LoopbackServer(endless) as server:

        def blocking(stream: Any) -> None:
            next(stream)
            stream.close()
            stream.close()
            assert server.wait_closed()

        async def asynchronous(stream: Any) -> None:
            await anext(stream)
            await stream.aclose()
            await stream.aclose()
            assert await asyncio.to_thread(server.wait_closed)

        on(way, server, blocking, asynchronous)


def test_a_dropped_stream_closes_its_connection(way: Way) -> None:
    with LoopbackServer(endless) as server:

        def blocking(stream: Any) -> None:
            next(stream)

        async def asynchronous(stream: Any) -> None:
            await anext(stream)
            del stream
            gc.collect()
            assert await asyncio.to_thread(server.wait_closed)

        on(way, server, blocking, asynchronous)
        gc.collect()
        assert server.wait_closed()


def test_closing_from_elsewhere_ends_a_waiting_read(way: Way) -> None:
    with serve(OPEN, *list(chunked([text("so far")]))[:-1], Pause(10)) as server:

        def blocking(stream: Any) -> None:
            threading.Timer(0.3, stream.close).start()
            with pytest.raises(StreamInterruptedError, match="closed"):
                list(stream)

        async def asynchronous(stream: Any) -> None:
            asyncio.get_running_loop().call_later(
                0.3, lambda: asyncio.ensure_future(stream.aclose())
            )
            with pytest.raises(StreamInterruptedError, match="closed"):
                async for _ in stream:
                    pass

        began = time.monotonic()
        on(way, server, blocking, asynchronous)
        assert time.monotonic() - began < 3
        assert server.wait_closed()


@pytest.mark.parametrize("way", [w for w in WAYS if w.asynchronous], ids=named, indirect=True)
def test_a_cancelled_task_closes_its_connection(way: Way) -> None:
    async def work() -> None:
        async with Chimeric(base_url=server.url, transport=way.transport) as client:
            stream = await client.agenerate("compatible:m", "Hi", stream=True)

            async def read() -> None:
                async for _ in stream:
                    pass

            task = asyncio.create_task(read())
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(server.wait_closed)

    with LoopbackServer(endless) as server:
        asyncio.run(work())


def test_connections_are_used_again(way: Way) -> None:
    with LoopbackServer(good) as server:
        ask = {"model": "compatible:m", "messages": "Hi", "stream": True}
        settings: dict[str, Any] = {"base_url": server.url, "transport": way.transport}
        if way.asynchronous:

            async def work() -> None:
                async with Chimeric(**settings) as client:
                    for _ in range(5):
                        await (await client.agenerate(**ask)).collect()

            asyncio.run(work())
        else:
            with Chimeric(**settings) as client:
                for _ in range(5):
                    client.generate(**ask).collect()
        assert len(server.requests) == 5
        assert server.connections == 1


@pytest.mark.parametrize("way", [w for w in WAYS if w.asynchronous], ids=named, indirect=True)
def test_two_hundred_streams_at_a_time(way: Way) -> None:
    count = 200
    barrier = threading.Barrier(count + 1)

    def handler(request: SeenRequest) -> Iterator[Any]:
        yield OPEN
        barrier.wait(20)  # all are open now
        yield from chunked([text("Hello"), END])

    async def work(client: Chimeric) -> list[str]:
        async def one() -> str:
            stream = await client.agenerate("compatible:m", "Hi", stream=True)
            return (await stream.collect()).content

        return await asyncio.gather(*(one() for _ in range(count)))

    async def run_all() -> list[str]:
        async with Chimeric(base_url=server.url, transport=way.transport) as client:
            return await work(client)

    with LoopbackServer(handler) as server:
        threading.Thread(target=barrier.wait, args=(20,), daemon=True).start()
        assert asyncio.run(run_all()) == ["Hello"] * count


@pytest.mark.parametrize("way", [w for w in WAYS if w.asynchronous], ids=named, indirect=True)
def test_one_client_serves_several_event_loops(way: Way) -> None:
    with LoopbackServer(good) as server, warnings.catch_warnings():
        warnings.simplefilter("error")
        client = Chimeric(base_url=server.url, transport=way.transport)

        async def work() -> str:
            stream = await client.agenerate("compatible:m", "Hi", stream=True)
            return (await stream.collect()).content

        assert [asyncio.run(work()) for _ in range(3)] == ["Hello \u2028 w\u00f6rld"] * 3
        gc.collect()


def test_a_closed_client_says_so(way: Way) -> None:
    with serve(plain(WHOLE)) as server:
        client = Chimeric(base_url=server.url, transport=way.transport)

        async def work() -> None:
            await client.agenerate("compatible:m", "Hi")
            await client.aclose()
            with pytest.raises(ConfigurationError, match="closed"):
                await client.agenerate("compatible:m", "Hi")

        if way.asynchronous:
            asyncio.run(work())
        else:
            client.generate("compatible:m", "Hi")
            client.close()
            with pytest.raises(ConfigurationError, match="closed"):
                client.generate("compatible:m", "Hi")


def test_aiohttp_refuses_blocking_calls_and_trio_with_a_reason() -> None:
    client = Chimeric(base_url="http://127.0.0.1:9", transport="aiohttp", max_retries=0)
    with pytest.raises(ConfigurationError, match="asynchronous calls only"):
        client.generate("compatible:m", "Hi")

    async def work() -> None:
        await client.agenerate("compatible:m", "Hi")

    with pytest.raises(ConfigurationError, match="asyncio"):
        trio.run(work)


def test_httpx2_works_on_trio() -> None:
    async def work() -> str:
        async with Chimeric(base_url=server.url, transport="httpx2") as client:
            return (
                await (await client.agenerate("compatible:m", "Hi", stream=True)).collect()
            ).content

    with LoopbackServer(good) as server:
        assert trio.run(work) == "Hello \u2028 w\u00f6rld"


def test_a_transport_that_no_plugin_brings_is_named() -> None:
    with pytest.raises(ConfigurationError, match="transport 'carrier-pigeon'"):
        Chimeric(base_url="http://127.0.0.1:9", transport="carrier-pigeon").generate(
            "compatible:m", "Hi"
        )
