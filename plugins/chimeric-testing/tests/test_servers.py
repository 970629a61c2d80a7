"""The scripted server, and the faults that it serves."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterable

import pytest
from chimeric_testing import (
    FAULTS,
    Close,
    FaultServer,
    LoopbackServer,
    Pause,
    Reset,
    Script,
    SeenRequest,
    Step,
)

pytest_plugins = ["chimeric_testing.fixtures"]

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"
ANSWER = Script(payloads=(b'{"say":"Once"}', b'{"say":" upon"}', b'{"end":"done"}'), cut=1)


def ask(url: str, body: bytes = b"{}") -> bytes:
    """What a POST is answered with."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=5)
    try:
        connection.request("POST", "/say", body, {"X-Mine": "1"})
        return connection.getresponse().read()
    finally:
        connection.close()


def test_a_server_sends_the_bytes_that_it_is_told_and_keeps_the_requests():
    def handler(request: SeenRequest) -> Iterable[Step]:
        yield HEAD
        yield b"he"
        yield Pause(0.01)
        yield b"llo"

    with LoopbackServer(handler) as server:
        assert ask(server.url, b'{"a":1}') == b"hello"
        (request,) = server.requests
        assert (request.method, request.path, request.json()) == ("POST", "/say", {"a": 1})
        assert request.headers["x-mine"] == "1"
        assert server.wait_closed()
        assert (server.connections, server.aborted) == (1, 0)


CUT = b"POST /say HTTP/1.1\r\ncontent-length: 9\r\n\r\n{}"


@pytest.mark.parametrize("sent", [CUT, CUT[:30], CUT[:40]], ids=["body", "name", "value"])
def test_a_request_that_breaks_off_is_none(sent):
    with LoopbackServer(lambda request: [HEAD + b"hello"]) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            assert client.recv(100) == b""
        assert server.requests == []


@pytest.mark.parametrize(
    ("step", "error"), [(Close(), http.client.IncompleteRead), (Reset(), ConnectionResetError)]
)
def test_a_connection_can_be_closed_and_reset_in_the_middle(step, error):
    def handler(request: SeenRequest) -> Iterable[Step]:
        yield HEAD + b"he"
        yield Pause(0.05)
        yield step

    with LoopbackServer(handler) as server, pytest.raises(error):
        ask(server.url)


def test_a_client_that_leaves_is_noticed():
    def handler(request: SeenRequest) -> Iterable[Step]:
        yield HEAD
        yield Pause(30)

    with LoopbackServer(handler) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)
        connection.request("GET", "/")
        connection.getresponse().close()
        connection.close()
        assert server.wait_idle()
        assert server.aborted == 1


@pytest.mark.parametrize("framing", ["sse", "ndjson"])
def test_a_script_is_read_back_from_its_own_body(framing):
    answer = Script(payloads=ANSWER.payloads, cut=1, framing=framing)
    assert Script.of_body(answer.body(), cut=1, framing=framing) == answer
    assert answer.before() + answer.after() == answer.body()


def test_a_server_of_faults_can_change_its_mind():
    with FaultServer(ANSWER) as server:
        assert ask(server.url) == ANSWER.body()
        server.play("reset-mid-event")
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            ask(server.url)
        server.play("ok")
        assert ask(server.url) == ANSWER.body()


def test_every_fault_says_what_is_served_and_what_is_right():
    assert len(FAULTS) > 40
    for name, fault in FAULTS.items():
        assert fault.name == name
        assert fault.what.endswith(".")


def test_the_fixture_starts_a_server_and_closes_it(serve_fault):
    server = serve_fault(ANSWER)
    assert ask(server.url) == ANSWER.body()
