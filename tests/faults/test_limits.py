"""The five time limits and the sizes: each ends the call with an error that names it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from chimeric_testing import Close, LoopbackServer, Pause, SeenRequest, Step
from chimeric_testing.server import chunked

from chimeric import (
    Chimeric,
    ChimericError,
    CompletionResponse,
    ConfigurationError,
    ConnectionFailedError,
    Limits,
    ProtocolError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    StreamInterruptedError,
    Timeout,
)

from .dialects import DIALECTS
from .loops import under_uvloop
from .streams import ASK, CHAT, HEAD, answer, client_of, echo, mute, piece, quiet, silent

Ask = Callable[..., CompletionResponse]


def ask_sync(server: LoopbackServer, call: dict[str, Any], **settings: Any) -> CompletionResponse:
    with client_of(server, **settings) as client:
        result = client.generate(**{**ASK, **call})
        return result if isinstance(result, CompletionResponse) else result.collect()


def ask_async(server: LoopbackServer, call: dict[str, Any], **settings: Any) -> CompletionResponse:
    async def main() -> CompletionResponse:
        async with client_of(server, **settings) as client:
            result = await client.agenerate(**{**ASK, **call})
            return result if isinstance(result, CompletionResponse) else await result.collect()

    return asyncio.run(main())


@pytest.fixture(
    params=[ask_sync, ask_async, under_uvloop(ask_async)], ids=["sync", "async", "uvloop"]
)
def ask(request: pytest.FixtureRequest) -> Ask:
    way: Ask = request.param
    return way


@contextlib.contextmanager
def ending_within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


def commenting(request: SeenRequest) -> Iterator[Step]:
    """Headers, and keep-alive comments for ever."""
    yield HEAD
    for _ in range(300):
        yield b"e\r\n: keep-alive\n\n\r\n"
        yield Pause(0.05)


def talking(request: SeenRequest) -> Iterator[Step]:
    """Text for ever."""
    yield HEAD
    for _ in range(300):
        yield piece("word ")
        yield Pause(0.05)


def pinging_after_text(request: SeenRequest) -> Iterator[Step]:
    yield HEAD
    yield piece("one ")
    yield from list(commenting(request))[1:]


WAITS: list[tuple[str, Any, Timeout, str]] = [
    ("read, no answer", mute, Timeout(read=0.3), "read"),
    ("read, no byte", quiet, Timeout(read=0.3), "read"),
    ("read, in mid stream", silent, Timeout(read=0.3), "read"),
    ("first, no answer", mute, Timeout(first=0.3), "first"),
    ("first, no byte", quiet, Timeout(first=0.3), "first"),
    ("first, only comments", commenting, Timeout(first=0.3), "first"),
    ("gap, silence", silent, Timeout(gap=0.3), "gap"),
    ("gap, only comments", pinging_after_text, Timeout(gap=0.3), "gap"),
    ("total, no answer", mute, Timeout(total=0.3), "total"),
    ("total, no byte", quiet, Timeout(total=0.3), "total"),
    ("total, silence", silent, Timeout(total=0.3), "total"),
    ("total, text for ever", talking, Timeout(total=0.3), "total"),
    ("total, comments", commenting, Timeout(total=0.3), "total"),
    ("all, silence", silent, Timeout(read=0.3, first=9, gap=9, total=9), "read"),
]


@pytest.mark.parametrize(
    ("handler", "timeout", "phase"), [w[1:] for w in WAITS], ids=[w[0] for w in WAITS]
)
def test_each_time_limit_ends_the_call_and_names_itself(
    handler: Any, timeout: Timeout, phase: str, ask: Ask
) -> None:
    with LoopbackServer(handler) as server, ending_within(3):
        with pytest.raises(RequestTimeoutError, match=f"Timeout.{phase}") as caught:
            ask(server, {}, timeout=timeout)
        assert caught.value.phase == phase
        assert server.wait_closed()
        assert len(server.requests) == 1
        if caught.value.partial is not None:
            words = caught.value.partial.content.split()
            assert words[:1] in ([], ["one"], ["word"])


def test_a_limit_of_an_answer_that_is_not_streamed_counts_from_its_sending(ask: Ask) -> None:
    with LoopbackServer(mute) as server, ending_within(3):
        with pytest.raises(RequestTimeoutError) as caught:
            ask(server, {"stream": False}, timeout=Timeout(first=0.3))
        assert caught.value.phase == "first"


def dripping(request: SeenRequest) -> Iterator[Step]:
    """Headers, a byte at a time."""
    yield b"HTTP/1.1 200 OK\r\nx: "
    for _ in range(100):
        yield Pause(0.1)
        yield b"x"


def promising(request: SeenRequest) -> Iterator[Step]:
    """Interim answers, again and again."""
    for _ in range(100):
        yield Pause(0.1)
        yield b"HTTP/1.1 102 Processing\r\n\r\n"


@pytest.mark.parametrize("transport", ["httpx", "aiohttp", "httpx2"])
@pytest.mark.parametrize("handler", [dripping, promising])
@pytest.mark.parametrize("phase", ["first", "total"])
def test_headers_that_never_end_do_not_outlast_a_limit_of_asynchronous_calls(
    phase: str, handler: Callable[[SeenRequest], Iterator[Step]], transport: str
) -> None:
    limit = Timeout(**{phase: 0.5})
    with LoopbackServer(handler) as server, ending_within(3):
        with pytest.raises(RequestTimeoutError) as caught:
            ask_async(server, {}, timeout=limit, transport=transport, max_retries=0)
        assert caught.value.phase == phase


def test_content_restarts_the_gap_and_not_the_total(ask: Ask) -> None:
    def slow(request: SeenRequest) -> Iterator[Step]:
        yield HEAD
        for _ in range(4):
            yield Pause(0.2)
            yield piece("word ")
        yield from list(answer(["end"]))[1:]

    with LoopbackServer(slow) as server:
        response = ask(server, {}, timeout=Timeout(first=0.75, gap=0.75))
        assert response.content == "word word word word end"
        with pytest.raises(RequestTimeoutError) as caught:
            ask(server, {}, timeout=Timeout(total=0.5))
        assert caught.value.phase == "total"
        assert caught.value.partial is not None
        assert caught.value.partial.content in ("word ", "word word ")


@pytest.mark.parametrize("kind", ["reasoning", "refusal", "arguments"])
def test_content_that_is_no_text_restarts_the_gap_too(kind: str, ask: Ask) -> None:
    def thinking(request: SeenRequest) -> Iterator[Step]:
        deltas: dict[str, Any] = {
            "reasoning": CHAT.chunk({"reasoning_content": "hm "}),
            "refusal": CHAT.chunk({"refusal": "no "}),
            "arguments": CHAT.fragment(0, "xx"),
        }
        yield HEAD
        frames = [CHAT.script().frame(p) for p in CHAT.calls([("c1", "add", ['{"a": "'])])]
        yield from list(chunked(frames if kind == "arguments" else []))[:-1]
        frame = CHAT.script().frame(deltas[kind])
        for _ in range(20):
            yield Pause(0.15)
            yield b"%x\r\n%s\r\n" % (len(frame), frame)
        yield from list(answer(["end"]))[1:]

    with LoopbackServer(thinking) as server:
        response = ask(server, {}, timeout=Timeout(first=2.2, gap=2.2))
        assert response.content == "end"


def test_pings_and_native_events_do_not_restart_the_gap() -> None:
    ping = b'event: ping\ndata: {"type": "ping"}\n\n'

    def pinging(request: SeenRequest) -> Iterator[Step]:
        anthropic = DIALECTS["anthropic"].script()
        yield HEAD
        yield from list(chunked(anthropic.frames()[:4]))[:-1]
        for _ in range(100):
            yield Pause(0.05)
            yield b"%x\r\n%s\r\n" % (len(ping), ping)

    with LoopbackServer(pinging) as server:
        for native in (False, True):
            client = Chimeric(anthropic_api_key="k", anthropic_base_url=server.url)
            with client, ending_within(3), pytest.raises(RequestTimeoutError) as caught:
                stream = client.generate(
                    "anthropic:m", "Hello", stream=True, native=native, timeout=Timeout(gap=0.4)
                )
                list(stream)
            assert caught.value.phase == "gap"


def test_a_slow_reader_does_not_use_up_the_gap() -> None:
    limits = Timeout(first=0.5, gap=0.3)
    with LoopbackServer(echo) as server, client_of(server, timeout=limits) as client:
        stream = client.generate(**ASK)
        next(stream)
        time.sleep(0.6)
        assert stream.collect().content == "Hello " * 40


def test_the_total_covers_tries_and_waits(ask: Ask) -> None:
    def refusing(request: SeenRequest) -> Iterable[Step]:
        return [b"HTTP/1.1 429 Busy\r\nretry-after: 5\r\ncontent-length: 2\r\n\r\n{}"]

    with LoopbackServer(refusing) as server, ending_within(2):
        with pytest.raises(RateLimitError):
            ask(server, {}, timeout=Timeout(total=1))
        assert len(server.requests) == 1


def test_a_port_that_nobody_listens_at_is_tried_again_and_then_told(ask: Ask) -> None:
    with LoopbackServer(echo) as server:
        pass
    with pytest.raises(ConnectionFailedError) as caught:
        ask(server, {})
    assert caught.value.retryable
    assert caught.value.partial is None


def test_a_connection_that_nobody_accepts_is_a_connect_timeout(ask: Ask) -> None:
    import socket

    # A listener with a full queue answers no further handshake.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(8):
            filler = socket.socket()
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(listener.getsockname())
            waiting.append(filler)

        class Full:
            url = "http://{}:{}".format(*listener.getsockname())

        try:
            with pytest.raises(RequestTimeoutError, match=r"Timeout\.connect") as caught:
                ask(Full, {}, timeout=Timeout(connect=0.3), max_retries=1)
            assert caught.value.phase == "connect"
        finally:
            for filler in waiting:
                filler.close()


@pytest.mark.parametrize("bad", [0, -1, float("nan"), "10", True, Timeout(gap=0)])
def test_a_time_limit_that_is_none_is_refused(bad: Any) -> None:
    with pytest.raises(ConfigurationError):
        Chimeric(timeout=bad)


# --- sizes ---


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


def test_an_error_whose_body_breaks_off_is_still_that_error(ask: Ask) -> None:
    def broken(request: SeenRequest) -> Iterator[Step]:
        yield b"HTTP/1.1 400 Bad\r\ncontent-length: 1000\r\n\r\n" + b'{"error": {"mess'
        yield Close()

    with LoopbackServer(broken) as server:
        with pytest.raises(ChimericError) as caught:
            ask(server, {})
        assert getattr(caught.value, "status_code", None) == 400
        assert len(server.requests) == 1


# --- answers that are not streamed ---

GOOD = (
    b'{"id": "c", "model": "m", "choices": [{"index": 0, "finish_reason": "stop", '
    b'"message": {"role": "assistant", "content": "Hello"}}]}'
)


def document(body: bytes, *, status: bytes = b"200 OK") -> Callable[[SeenRequest], list[Step]]:
    head = b"HTTP/1.1 %s\r\ncontent-length: %d\r\n\r\n" % (status, len(body))
    return lambda request: [head + body]


WHOLE: list[tuple[str, bytes, type[ChimericError] | None]] = [
    ("good", GOOD, None),
    ("empty", b"", StreamInterruptedError),
    ("spaces", b"  \n", StreamInterruptedError),
    ("page", b"<html>", ProtocolError),
    ("no JSON", b"{oops", ProtocolError),
    ("half", GOOD[:60], ProtocolError),
    ("number", b"42", ProtocolError),
    ("another object", b'{"a": 1}', ProtocolError),
    ("error", b'{"error": {"message": "no", "type": "invalid_request_error"}}', ChimericError),
]


@pytest.mark.parametrize(("body", "error"), [w[1:] for w in WHOLE], ids=[w[0] for w in WHOLE])
@pytest.mark.parametrize("stream", [False, True], ids=["asked whole", "asked as a stream"])
def test_a_whole_answer_is_read_or_refused(
    body: bytes, error: type[ChimericError] | None, stream: bool, ask: Ask
) -> None:
    with LoopbackServer(document(body)) as server:
        if error is None:
            response = ask(server, {"stream": stream})
            assert (response.content, response.finish_reason) == ("Hello", "stop")
            return
        if stream and body == b"42":
            error = StreamInterruptedError  # no field of an event stream: it is skipped
        with pytest.raises(error):
            ask(server, {"stream": stream}, max_retries=0)


def test_a_whole_answer_that_breaks_off_is_tried_again(ask: Ask) -> None:
    tries: list[int] = []

    def once(request: SeenRequest) -> Iterator[Step]:
        tries.append(1)
        if len(tries) == 1:
            yield b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"
            yield Close()
        else:
            yield from document(GOOD)(request)

    with LoopbackServer(once) as server:
        assert ask(server, {"stream": False}).content == "Hello"
        assert len(tries) == 2


def test_an_answer_whose_end_does_not_come_is_whole_all_the_same(ask: Ask) -> None:
    def hanging(request: SeenRequest) -> Iterator[Step]:
        script = CHAT.script()
        yield HEAD
        yield b"%x\r\n%s\r\n" % (len(script.body()), script.body())
        yield Pause(10)

    with LoopbackServer(hanging) as server, ending_within(2):
        assert ask(server, {}).finish_reason == "stop"
        assert server.wait_closed()


def test_many_waits_share_one_watching_thread() -> None:
    with LoopbackServer(talking) as server, client_of(server) as client:
        failed: list[ChimericError] = []

        def work() -> None:
            try:
                client.generate(**ASK, timeout=Timeout(total=0.4)).collect()
            except ChimericError as error:
                failed.append(error)

        workers = [threading.Thread(target=work) for _ in range(8)]
        for worker in workers:
            worker.start()
        names = [t.name for t in threading.enumerate()]
        for worker in workers:
            worker.join(5)
        assert len(failed) == 8
        assert names.count("chimeric-watchdog") <= 1


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_an_error_in_an_encoding_that_cannot_be_read_is_still_that_error(
    encoding: str, ask: Ask
) -> None:
    def odd(request: SeenRequest) -> Iterator[Step]:
        yield b"HTTP/1.1 403 No\r\ncontent-length: 4\r\ncontent-encoding: %s\r\n\r\nabcd" % (
            encoding.encode()
        )

    with LoopbackServer(odd) as server:
        with pytest.raises(ChimericError) as caught:
            ask(server, {})
        assert getattr(caught.value, "status_code", None) == 403


def test_an_error_whose_body_never_comes_is_still_that_error(ask: Ask) -> None:
    def stuck(request: SeenRequest) -> Iterator[Step]:
        yield b"HTTP/1.1 500 Oh\r\ncontent-length: 400\r\n\r\noh"
        yield Pause(10)

    with LoopbackServer(stuck) as server, ending_within(3):
        with pytest.raises(ServerError) as caught:
            ask(server, {}, timeout=Timeout(read=0.3), max_retries=0)
        assert caught.value.body == "oh"
        assert server.wait_closed()


# --- native streams ---

RESPONSES = DIALECTS["responses"]
NATIVE = {**ASK, "api": "responses", "native": True}
FRAMES = RESPONSES.script().frames()


def natives_sync(server: LoopbackServer) -> list[Any]:
    with client_of(server) as client:
        return list(client.generate(**NATIVE))


def natives_async(server: LoopbackServer) -> list[Any]:
    async def main() -> list[Any]:
        async with client_of(server) as client:
            return [event async for event in await client.agenerate(**NATIVE)]

    return asyncio.run(main())


@pytest.mark.parametrize(
    "natives",
    [natives_sync, natives_async, under_uvloop(natives_async)],
    ids=["sync", "async", "uvloop"],
)
def test_a_native_stream_gives_every_event_or_a_typed_error(
    natives: Callable[[LoopbackServer], list[Any]],
) -> None:
    def good(request: SeenRequest) -> Iterator[Step]:
        yield HEAD
        yield from chunked(FRAMES)

    odd = b'data: {"type": "response.output_text.delta", "delta": "odd", "sequence_number": {}}\n\n'

    def strange(request: SeenRequest) -> Iterator[Step]:
        yield HEAD
        yield from list(chunked([*FRAMES[:3], odd]))[:-1]
        yield Pause(10)

    with LoopbackServer(good) as server:
        events = natives(server)
        assert len(events) == len(FRAMES)
        assert events[2].delta == "Hello"
    with LoopbackServer(strange) as server, ending_within(3):
        with pytest.raises(ProtocolError) as caught:
            natives(server)
        assert caught.value.partial is not None
        assert caught.value.partial.content == "Helloodd"
        assert server.wait_closed()
