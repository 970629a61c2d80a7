"""The server on the wire: framing, pace, back-pressure, leaving clients, and its end."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import socket
import threading
import time
from collections.abc import Callable

import httpx
import pytest
from chimeric_sim import Simulator

HEADERS = {"authorization": "Bearer any"}


def eventually(check: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until ``check`` is true."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.01)


def body(model: str = "echo", text: str = "hello", **more: object) -> dict[str, object]:
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


def request_bytes(payload: dict[str, object], **headers: str) -> bytes:
    data = json.dumps(payload).encode()
    lines = ["POST /v1/chat/completions HTTP/1.1", "host: sim", "authorization: Bearer any"]
    lines += [f"{k.replace('_', '-')}: {v}" for k, v in headers.items()]
    lines.append(f"content-length: {len(data)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + data


def connect(sim: Simulator) -> socket.socket:
    return socket.create_connection(("127.0.0.1", sim.port), timeout=60)


def read_until(sock: socket.socket, end: bytes) -> bytes:
    got = b""
    while not got.endswith(end):
        piece = sock.recv(65536)
        assert piece, f"the connection ended after {got[-200:]!r}"
        got += piece
    return got


def test_a_connection_serves_one_request_after_the_other(sim):
    with connect(sim) as sock:
        for _ in range(3):
            sock.sendall(request_bytes(body()))
            assert b"hello" in read_until(sock, b"}")
        assert sim.traffic.accepted == 1
        assert sim.traffic.open == 1


def test_pipelined_requests_are_answered_in_order(sim):
    with connect(sim) as sock:
        sock.sendall(b"".join(request_bytes(body(text=f"text{n}")) for n in range(5)))
        got = b""
        while got.count(b"HTTP/1.1 200") < 5 or b"text4" not in got:
            got += sock.recv(65536)
    assert [got.index(f"text{n}".encode()) for n in range(5)] == sorted(
        got.index(f"text{n}".encode()) for n in range(5)
    )


def test_a_request_may_come_byte_by_byte(sim):
    with connect(sim) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request_bytes(body()):
            sock.send(bytes([byte]))
        assert b"200 OK" in read_until(sock, b"}")


def test_a_request_body_may_be_chunked(sim):
    def pieces():
        for byte in json.dumps(body()).encode():
            yield bytes([byte])

    reply = httpx.post(
        f"{sim.base_url()}/chat/completions", headers=HEADERS, content=pieces(), timeout=10
    )
    assert reply.json()["choices"][0]["message"]["content"] == "hello"


def test_a_client_may_ask_whether_to_continue(sim):
    whole = request_bytes(body(), expect="100-continue")
    head, _, data = whole.partition(b"\r\n\r\n")
    with connect(sim) as sock:
        sock.sendall(head + b"\r\n\r\n")
        assert read_until(sock, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(data)
        assert b"200 OK" in read_until(sock, b"}")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\ncontent-length: 999999999999\r\n\r\n", b"413"),
        (b"GET / HTTP/1.1\r\nx: " + b"y" * 70_000, b"431"),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", b"400"),
    ],
)
def test_what_is_no_request_is_refused_and_closed(sim, sent, status):
    with connect(sim) as sock:
        sock.sendall(sent)
        got = b""
        while piece := sock.recv(65536):
            got += piece
    assert got.startswith(b"HTTP/1.1 " + status)


def test_a_connection_is_closed_when_the_client_says_so(sim):
    with connect(sim) as sock:
        sock.sendall(request_bytes(body(), connection="close"))
        got = b""
        while piece := sock.recv(65536):
            got += piece
    assert b"connection: close" in got


def test_an_old_client_gets_a_body_that_ends_with_the_connection(sim):
    old = request_bytes(body(stream=True)).replace(b"HTTP/1.1", b"HTTP/1.0", 1)
    with connect(sim) as sock:
        sock.sendall(old)
        got = b""
        while piece := sock.recv(65536):
            got += piece
    assert b"transfer-encoding" not in got
    assert got.endswith(b"data: [DONE]\n\n")


def test_the_rate_is_kept(sim):
    payload = body("story", stream=True, sim={"rate": 100, "tokens": 30})
    started = time.monotonic()
    reply = httpx.post(f"{sim.base_url()}/chat/completions", headers=HEADERS, json=payload)
    pieces = reply.text.count("data: ") - 3
    took = time.monotonic() - started
    assert 0.6 * pieces / 100 < took < pieces  # on a busy machine it may take longer, not less


def test_a_rate_sends_one_event_in_each_chunk(sim):
    payload = body(text="a b c", stream=True, sim={"rate": 0})
    with connect(sim) as sock:
        sock.sendall(request_bytes(payload))
        got = read_until(sock, b"0\r\n\r\n")
    assert got.count(b"\r\ndata: ") == 4


def test_nothing_is_produced_for_a_client_that_does_not_read(sim):
    with connect(sim) as sock:
        sock.sendall(request_bytes(body("story", "a story that goes on forever", stream=True)))
        eventually(lambda: sim.traffic.streamed_bytes > 0)
        before = -1
        while before != sim.traffic.streamed_bytes:
            before = sim.traffic.streamed_bytes
            time.sleep(0.3)
        assert before < 20_000_000
        for _ in range(200):
            sock.recv(65536)
        eventually(lambda: sim.traffic.streamed_bytes > before)


@pytest.mark.parametrize("rate", [None, 0, 50])
def test_a_client_that_leaves_ends_its_stream(sim, rate):
    payload = body("story", "go on forever", stream=True, sim={"rate": rate} if rate else {})
    with connect(sim) as sock:
        sock.sendall(request_bytes(payload))
        sock.recv(1000)
        eventually(lambda: sim.traffic.streaming == 1)
    eventually(lambda: sim.traffic.abandoned == 1)
    assert (sim.traffic.streaming, sim.traffic.open) == (0, 0)


def test_a_stream_can_be_cut_off(sim):
    payload = body("story", stream=True, sim={"cut_after": 3})
    with (
        pytest.raises(httpx.RemoteProtocolError),
        httpx.stream(
            "POST", f"{sim.base_url()}/chat/completions", headers=HEADERS, json=payload
        ) as reply,
    ):
        reply.read()


def test_closing_ends_streams_sockets_and_the_thread():
    before = threading.active_count()
    sim = Simulator()
    with connect(sim) as sock:
        sock.sendall(request_bytes(body("story", "on forever", stream=True, sim={"rate": 20})))
        sock.recv(1000)
        sim.close()
        sim.close()
        assert threading.active_count() == before
        with contextlib.suppress(ConnectionResetError):
            while sock.recv(65536):
                pass
    with pytest.raises(ConnectionRefusedError):
        connect(sim)
    assert repr(sim) == "<Simulator closed>"


def test_closing_while_clients_connect_leaves_no_socket_open(recwarn, caplog):
    for _ in range(50):
        sim = Simulator()
        with contextlib.ExitStack() as clients:
            for _ in range(8):
                clients.enter_context(connect(sim))
            sim.close()
        del sim
    gc.collect()
    assert [str(warning.message) for warning in recwarn] == []
    assert caplog.messages == []


def test_a_simulator_that_is_dropped_closes_itself():
    before = threading.active_count()
    sim = Simulator()
    port = sim.port
    del sim
    eventually(lambda: threading.active_count() == before)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=60)


def test_a_port_that_is_taken_is_an_error_at_once(sim):
    with pytest.raises(OSError, match="in use"):
        Simulator(port=sim.port)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_can_close_its_copy_and_the_parent_goes_on(sim):
    child = os.fork()
    if child == 0:
        sim.close()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0
    reply = httpx.post(f"{sim.base_url()}/chat/completions", headers=HEADERS, json=body())
    assert reply.status_code == 200


def test_hundreds_of_streams_run_at_once(sim):
    socks = [connect(sim) for _ in range(300)]
    payload = request_bytes(body("story", stream=True, sim={"rate": 10, "tokens": 100}))
    for sock in socks:
        sock.sendall(payload)
    eventually(lambda: sim.traffic.streaming > 250)
    for sock in socks:
        assert b"[DONE]" in read_until(sock, b"0\r\n\r\n")
        sock.close()
    eventually(lambda: sim.traffic.finished == 300)  # counted after the last byte is written
