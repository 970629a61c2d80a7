"""An httpx client of the caller's: with hooks that read, of the wrong kind, closed, on HTTP/2."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import anyio
import h2.config
import h2.connection
import h2.events
import httpx
import pytest
import trio
from chimeric_testing import LoopbackServer, SeenRequest, Step

from chimeric import (
    AuthenticationError,
    Chimeric,
    ConfigurationError,
    RequestTimeoutError,
    StreamInterruptedError,
    Timeout,
)

from .loops import Runner, on_asyncio, on_uvloop
from .streams import ASK, CHAT, client_of, echo, mute, silent, when_reading

RUNNERS = [
    pytest.param(on_asyncio, id="asyncio"),
    pytest.param(on_uvloop, id="uvloop"),
    pytest.param(trio.run, id="trio"),
]


def refusing(request: SeenRequest) -> Iterator[Step]:
    body = b'{"error": {"message": "who are you?"}}'
    yield b"HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\n"
    yield b"content-length: %d\r\n\r\n" % len(body) + body


def read(response: httpx.Response) -> None:
    response.read()


async def aread(response: httpx.Response) -> None:
    await response.aread()


class Reader(httpx.HTTPTransport):
    """A transport that looks at every answer."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        response.read()
        return response


class Auth(httpx.Auth):
    requires_response_body = True

    def auth_flow(self, request: httpx.Request) -> Any:
        yield request


@pytest.mark.parametrize(
    "made",
    [
        lambda: httpx.Client(event_hooks={"response": [read]}),
        lambda: httpx.Client(transport=Reader()),
        lambda: httpx.Client(auth=Auth()),
    ],
    ids=["hook", "transport", "auth"],
)
def test_an_answer_that_the_callers_client_has_read_is_read_on(made: Any) -> None:
    with LoopbackServer(echo) as server, made() as http:
        client = client_of(server, http_client=http, timeout=Timeout(total=10))
        assert client.generate(**ASK).collect().content == "Hello " * 40
        server._handler = refusing
        with pytest.raises(AuthenticationError, match="who are you"):
            client.generate(**ASK)


def test_an_answer_that_the_callers_async_client_has_read_is_read_on() -> None:
    async def main() -> str:
        async with httpx.AsyncClient(event_hooks={"response": [aread]}) as http:
            client = client_of(server, async_http_client=http, timeout=Timeout(total=10))
            return (await (await client.agenerate(**ASK)).collect()).content

    with LoopbackServer(echo) as server:
        assert asyncio.run(main()) == "Hello " * 40


def test_an_answer_that_a_hook_has_taken_away_is_an_error_that_says_so() -> None:
    def take(response: httpx.Response) -> None:
        assert list(response.iter_lines())

    with LoopbackServer(echo) as server, httpx.Client(event_hooks={"response": [take]}) as http:
        with pytest.raises(ConfigurationError, match=r"response\.read\(\)"):
            client_of(server, http_client=http).generate(**ASK)


@pytest.mark.parametrize("reading", [True, False])
def test_a_hook_that_raises_the_status_is_the_providers_error(reading: bool) -> None:
    def strict(response: httpx.Response) -> None:
        if reading:
            response.read()
        response.raise_for_status()

    with LoopbackServer(refusing) as server:
        with httpx.Client(event_hooks={"response": [strict]}) as http:
            with pytest.raises(AuthenticationError) as caught:
                client_of(server, http_client=http).generate(**ASK)
        assert not caught.value.retryable
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("http_client", httpx.AsyncClient()),
        ("async_http_client", httpx.Client()),
        ("http_client", object()),
        ("async_http_client", "http://127.0.0.1"),
    ],
)
def test_a_client_of_the_wrong_kind_is_refused_at_once(name: str, wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} takes an httpx"):
        Chimeric(**{name: wrong})


def test_a_closed_client_of_the_callers_is_told_from_ours() -> None:
    http = httpx.Client()
    http.close()
    with pytest.raises(ConfigurationError, match="the given httpx client is closed"):
        Chimeric(base_url="http://127.0.0.1:9", http_client=http).generate("compatible:m", "Hi")


def test_an_async_client_of_a_loop_that_has_ended_is_not_told_as_closed() -> None:
    program = """
import asyncio, sys
import httpx
from chimeric import Chimeric, ConfigurationError
client = Chimeric(base_url=sys.argv[1], async_http_client=httpx.AsyncClient(), max_retries=0)
async def main():
    await (await client.agenerate("compatible:m", "Hi", stream=True)).collect()
asyncio.run(main())
try:
    asyncio.run(main())
except ConfigurationError as error:
    print(error.message)
"""
    with LoopbackServer(echo) as server:
        done = subprocess.run(
            [sys.executable, "-c", program, server.url], capture_output=True, text=True, timeout=60
        )
    assert "belongs to one loop" in done.stdout, done.stdout + done.stderr


def test_first_holds_over_the_callers_client_while_nothing_comes() -> None:
    with LoopbackServer(mute) as server, httpx.Client() as http:
        client = client_of(server, http_client=http, timeout=Timeout(first=0.4), max_retries=0)
        with pytest.raises(RequestTimeoutError, match=r"Timeout\.first"):
            client.generate(**ASK)
    with LoopbackServer(silent) as server, httpx.Client() as http:
        client = client_of(server, http_client=http, timeout=Timeout(first=2, gap=2.5))
        with pytest.raises(RequestTimeoutError, match=r"Timeout\.gap"):
            client.generate(**ASK).collect()


def test_a_call_over_the_callers_async_client_ends_while_headers_are_awaited() -> None:
    async def main() -> None:
        async with httpx.AsyncClient() as http:
            client = client_of(server, async_http_client=http)
            asyncio.get_running_loop().call_later(0.3, client.close)
            with pytest.raises(StreamInterruptedError, match="closed"):
                await client.agenerate(**ASK)

    with LoopbackServer(mute) as server:
        began = time.monotonic()
        asyncio.run(main())
        assert time.monotonic() - began < 20


# --- HTTP/2 ---


class Http2Server:
    """Words every 50 ms, on each stream of each connection, until the client resets it."""

    def __init__(self, words: int) -> None:
        self._words = words
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Http2Server:
        return self

    def __exit__(self, *exc_info: object) -> None:
        for sock in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    @property
    def connections(self) -> int:
        return len(self._open)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self._open.append(sock)
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        config = h2.config.H2Configuration(client_side=False)
        connection, lock = h2.connection.H2Connection(config), threading.Lock()
        connection.initiate_connection()
        with contextlib.suppress(OSError):
            sock.sendall(connection.data_to_send())
            while data := sock.recv(65536):
                with lock:
                    events = connection.receive_data(data)
                    sock.sendall(connection.data_to_send())
                for event in events:
                    if isinstance(event, h2.events.StreamEnded):
                        answer = (sock, connection, lock, event.stream_id)
                        threading.Thread(target=self._answer, args=answer, daemon=True).start()

    def _answer(self, sock: Any, connection: Any, lock: Any, stream: int) -> None:
        script = CHAT.made_of(*[CHAT.say("word ")] * self._words, *CHAT.finish(), *CHAT.terminal())
        with contextlib.suppress(OSError, h2.exceptions.ProtocolError):
            with lock:
                headers = [(":status", "200"), ("content-type", "text/event-stream")]
                connection.send_headers(stream, headers)
                sock.sendall(connection.data_to_send())
            for frame in script.frames():
                time.sleep(0.05)
                with lock:
                    connection.send_data(stream, frame)
                    sock.sendall(connection.data_to_send())
            with lock:
                connection.end_stream(stream)
                sock.sendall(connection.data_to_send())


@pytest.mark.parametrize("leaving", ["break", "limit", "close", "drop"])
@pytest.mark.parametrize("run", RUNNERS)
def test_leaving_one_stream_of_an_http2_connection_leaves_the_others(
    run: Runner, leaving: str
) -> None:
    async def main() -> None:
        http = httpx.AsyncClient(http1=False, http2=True)
        client = Chimeric(
            openai_api_key="k", openai_base_url=server.url, async_http_client=http, max_retries=0
        )
        whole: list[Any] = []

        async def other() -> None:
            whole.append((await (await client.agenerate(**ASK)).collect()).finish_reason)

        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(other)
            await anyio.sleep(0.3)
            limit = Timeout(total=0.4) if leaving == "limit" else Timeout()
            stream = await client.agenerate(**ASK, timeout=limit)
            if leaving == "break":
                async for _ in stream:
                    break
            elif leaving == "limit":
                with pytest.raises(RequestTimeoutError):
                    await stream.collect()
            elif leaving == "close":
                async with anyio.create_task_group() as closing:
                    closing.start_soon(anyio.sleep, 0)
                    await anext(stream)
                    await stream.aclose()
            else:
                await anext(stream)
                del stream
        assert whole == ["stop"] * 3
        assert server.connections == 1
        await http.aclose()

    with Http2Server(30) as server:
        run(main)


@pytest.mark.parametrize("leaving", ["limit", "close"])
def test_leaving_one_blocking_stream_of_an_http2_connection_leaves_the_others(
    leaving: str,
) -> None:
    http = httpx.Client(http1=False, http2=True)
    with Http2Server(30) as server, http:
        client = Chimeric(
            openai_api_key="k", openai_base_url=server.url, http_client=http, max_retries=0
        )
        whole: list[Any] = []

        def other() -> None:
            whole.append(client.generate(**ASK).collect().finish_reason)

        others = [threading.Thread(target=other) for _ in range(3)]
        for thread in others:
            thread.start()
        time.sleep(0.3)
        limit = Timeout(total=0.4) if leaving == "limit" else Timeout()
        stream = client.generate(**ASK, timeout=limit)
        if leaving == "close":
            when_reading(stream.close)
        with pytest.raises((RequestTimeoutError, StreamInterruptedError)):
            for _ in stream:
                pass
        for thread in others:
            thread.join(20)
        assert whole == ["stop"] * 3
        assert server.connections == 1
