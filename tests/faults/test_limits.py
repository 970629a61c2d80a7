"""The five time limits: each ends the call with an error that names it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, Pause, SeenRequest, Step
from chimeric_testing.server import chunked

from chimeric import (
    Chimeric,
    ChimericError,
    ConfigurationError,
    ConnectionFailedError,
    RateLimitError,
    RequestTimeoutError,
    Timeout,
)

from .calls import Ask, collect_async, ending_within
from .dialects import DIALECTS
from .streams import ASK, CHAT, HEAD, answer, client_of, echo, mute, piece, quiet, silent, talking


def commenting(request: SeenRequest) -> Iterator[Step]:
    """Headers, and keep-alive comments for ever."""
    yield HEAD
    for _ in range(1200):
        yield b"e\r\n: keep-alive\n\n\r\n"
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
    with LoopbackServer(handler) as server, ending_within(20):
        with pytest.raises(RequestTimeoutError, match=f"Timeout.{phase}") as caught:
            ask(server, {}, timeout=timeout)
        assert caught.value.phase == phase
        assert server.wait_closed()
        assert len(server.requests) <= 1  # a busy machine may not come to sending it in time
        if caught.value.partial is not None:
            words = caught.value.partial.content.split()
            assert words[:1] in ([], ["one"], ["word"])


def test_a_limit_of_an_answer_that_is_not_streamed_counts_from_its_sending(ask: Ask) -> None:
    with LoopbackServer(mute) as server, ending_within(20):
        with pytest.raises(RequestTimeoutError) as caught:
            ask(server, {"stream": False}, timeout=Timeout(first=0.3))
        assert caught.value.phase == "first"


def dripping(request: SeenRequest) -> Iterator[Step]:
    """Headers, a byte at a time."""
    yield b"HTTP/1.1 200 OK\r\nx: "
    for _ in range(600):
        yield Pause(0.1)
        yield b"x"


def promising(request: SeenRequest) -> Iterator[Step]:
    """Interim answers, again and again."""
    for _ in range(600):
        yield Pause(0.1)
        yield b"HTTP/1.1 102 Processing\r\n\r\n"


@pytest.mark.parametrize("transport", ["httpx", "aiohttp", "httpx2"])
@pytest.mark.parametrize("handler", [dripping, promising])
@pytest.mark.parametrize("phase", ["first", "total"])
def test_headers_that_never_end_do_not_outlast_a_limit_of_asynchronous_calls(
    phase: str, handler: Callable[[SeenRequest], Iterator[Step]], transport: str
) -> None:
    limit = Timeout(**{phase: 0.5})
    with LoopbackServer(handler) as server, ending_within(20):
        with pytest.raises(RequestTimeoutError) as caught:
            client = client_of(server, timeout=limit, transport=transport, max_retries=0)
            collect_async(client, ASK)
        assert caught.value.phase == phase


def test_content_restarts_the_gap_and_not_the_total(ask: Ask) -> None:
    def slow(request: SeenRequest) -> Iterator[Step]:
        yield HEAD
        for _ in range(20):
            yield Pause(0.15)
            yield piece("word ")
        yield from list(answer(["end"]))[1:]

    with LoopbackServer(slow) as server:
        response = ask(server, {}, timeout=Timeout(first=2.2, gap=2.2))
        assert response.content == "word " * 20 + "end"
        with pytest.raises(RequestTimeoutError) as caught:
            ask(server, {}, timeout=Timeout(total=2))
        assert caught.value.phase == "total"
        assert caught.value.partial is not None
        words = caught.value.partial.content.split()
        assert words == ["word"] * len(words)


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
        for _ in range(1200):
            yield Pause(0.05)
            yield b"%x\r\n%s\r\n" % (len(ping), ping)

    with LoopbackServer(pinging) as server:
        for native in (False, True):
            client = Chimeric(anthropic_api_key="k", anthropic_base_url=server.url)
            with client, ending_within(20), pytest.raises(RequestTimeoutError) as caught:
                stream = client.generate(
                    "anthropic:m", "Hello", stream=True, native=native, timeout=Timeout(gap=0.4)
                )
                list(stream)
            assert caught.value.phase == "gap"


def test_a_slow_reader_does_not_use_up_the_gap() -> None:
    limits = Timeout(first=2, gap=2)
    with LoopbackServer(echo) as server, client_of(server, timeout=limits) as client:
        stream = client.generate(**ASK)
        next(stream)
        time.sleep(2.2)
        assert stream.collect().content == "Hello " * 40


def test_the_total_covers_tries_and_waits(ask: Ask) -> None:
    def refusing(request: SeenRequest) -> Iterable[Step]:
        return [b"HTTP/1.1 429 Busy\r\nretry-after: 30\r\ncontent-length: 2\r\n\r\n{}"]

    with LoopbackServer(refusing) as server, ending_within(20):
        with pytest.raises(RateLimitError):
            ask(server, {}, timeout=Timeout(total=2))
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
            worker.join(20)
        assert len(failed) == 8
        assert names.count("chimeric-watchdog") <= 1
