"""However a stream is left, its connection is closed within a second."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from typing import Any

import pytest
from chimeric_testing import LoopbackServer

from chimeric import ConfigurationError, StreamInterruptedError

from .streams import (
    ASK,
    all_given_up,
    busy,
    client_of,
    echo,
    quiet,
    silent,
    still_good,
    when_asked,
    when_reading,
)


def test_break_closes_the_connection(server: LoopbackServer) -> None:
    with client_of(server) as client:
        stream = client.generate(**ASK)
        for chunk in stream:
            if chunk.content.startswith("one two"):
                break
        assert all_given_up(server)
        assert stream.response.content.startswith("one two")
        assert server.aborted == 1
        still_good(client, server)


def test_close_is_immediate_and_idempotent(server: LoopbackServer) -> None:
    with client_of(server) as client:
        stream = client.generate(**ASK)
        next(stream)
        stream.close()
        assert all_given_up(server)
        stream.close()
        assert list(stream) == []
        assert stream.response.content == "one "
        still_good(client, server)


def test_close_before_the_first_chunk_and_after_the_end(server: LoopbackServer) -> None:
    with client_of(server) as client:
        client.generate(**ASK).close()
        assert all_given_up(server)
        server._handler = echo
        stream = client.generate(**ASK)
        stream.collect()
        stream.close()
        stream.close()
        assert stream.response.finish_reason == "stop"


def test_an_exception_in_the_loop_body_closes_the_connection(server: LoopbackServer) -> None:
    with client_of(server) as client:
        with pytest.raises(KeyError):
            for _ in client.generate(**ASK):
                raise KeyError("the caller's own")
        assert all_given_up(server)
        still_good(client, server)


def test_keyboard_interrupt_passes_and_closes_the_connection(server: LoopbackServer) -> None:
    with client_of(server) as client:
        with pytest.raises(KeyboardInterrupt), client.generate(**ASK) as stream:
            next(stream)
            raise KeyboardInterrupt
        assert all_given_up(server)
        still_good(client, server)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals to threads are needed")
def test_an_interrupt_in_a_blocked_read_passes_and_closes_the_connection() -> None:
    with LoopbackServer(silent) as server, client_of(server) as client:
        stream = client.generate(**ASK)
        main = threading.main_thread().ident
        assert main is not None
        when_reading(lambda: signal.pthread_kill(main, signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            for _ in stream:
                pass
        assert all_given_up(server)
        assert stream.response.content == "one two three "
        still_good(client, server)


def test_a_dropped_stream_closes_its_connection(server: LoopbackServer) -> None:
    with client_of(server) as client:
        stream = client.generate(**ASK)
        next(stream)
        del stream
        assert all_given_up(server)
        still_good(client, server)


def test_a_stream_in_a_reference_cycle_closes_its_connection(server: LoopbackServer) -> None:
    with client_of(server) as client:
        holder: dict[str, Any] = {"stream": client.generate(**ASK)}
        holder["self"] = holder
        next(holder["stream"])
        del holder
        assert all_given_up(server)


def test_closing_the_client_closes_its_streams(server: LoopbackServer) -> None:
    client = client_of(server)
    stream = client.generate(**ASK)
    next(stream)
    client.close()
    assert all_given_up(server)
    with pytest.raises(StreamInterruptedError):
        for _ in stream:
            pass
    assert stream.response.content.startswith("one ")


def test_a_closed_client_says_so(server: LoopbackServer) -> None:
    client = client_of(server)
    client.close()
    client.close()
    with pytest.raises(ConfigurationError, match="closed"):
        client.generate(**ASK)
    with pytest.raises(ConfigurationError, match="closed"):
        asyncio.run(client.agenerate(**ASK))
    assert server.requests == []


@pytest.mark.parametrize("handler", [silent, quiet], ids=["in-mid-stream", "before-the-first-byte"])
@pytest.mark.parametrize("what", ["stream", "client"])
def test_closing_from_another_thread_ends_a_blocked_read(what: str, handler: Any) -> None:
    with LoopbackServer(handler) as server, client_of(server) as client:
        stream = client.generate(**ASK)
        if handler is silent:
            assert [next(stream).delta for _ in range(3)] == ["one ", "two ", "three "]
        closing = when_reading(stream.close if what == "stream" else client.close)
        began = time.monotonic()
        with pytest.raises(StreamInterruptedError, match="closed") as caught:
            next(stream)
        closing.join()
        assert time.monotonic() - began < 20
        assert not caught.value.retryable
        assert caught.value.partial is not None
        assert all_given_up(server)
        assert len(server.requests) == 1  # what was closed is not tried again


def test_closing_the_client_ends_a_wait_between_tries() -> None:
    with LoopbackServer(busy) as server, client_of(server) as client:
        closing = when_asked(server, client.close)
        began = time.monotonic()
        with pytest.raises(StreamInterruptedError, match="closed"):
            client.generate(**ASK)
        closing.join()
        assert time.monotonic() - began < 20
        assert len(server.requests) == 1


def test_a_stream_abandoned_in_another_thread_closes_its_connection(
    server: LoopbackServer,
) -> None:
    with client_of(server) as client:

        def work() -> None:
            next(client.generate(**ASK))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert all_given_up(server)
        still_good(client, server)
