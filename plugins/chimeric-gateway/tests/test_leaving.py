"""A client that leaves, reads nothing, or comes with many others."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, Pause, SeenRequest

SOON = 10.0
"""Seconds within which an upstream is certainly let go; two are promised, of a machine at rest."""
PATHS = ("/v1/chat/completions", "/v1/responses", "/v1/messages")
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
FIRST = b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"}}]}\n\n'

Upstream = Callable[..., LoopbackServer]


def body(path: str, *, stream: bool) -> bytes:
    """A request in the protocol of a path."""
    asked: dict[str, Any] = {"model": "fast", "stream": stream, "max_tokens": 100}
    if path == "/v1/responses":
        asked = {"model": "fast", "stream": stream, "input": "Hi"}
    else:
        asked["messages"] = [{"role": "user", "content": "Hi"}]
    return json.dumps(asked).encode()


def connect(url: str) -> socket.socket:
    host, _, port = url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=10)


def request(path: str, content: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(content)}\r\n\r\n"
    return head.encode() + content


def settings(server: LoopbackServer, **more: Any) -> dict[str, Any]:
    endpoint = {"provider": "compatible", "base_url": f"{server.url}/v1", "api_key": "k"}
    return {"endpoints": {"up": endpoint}, "models": {"fast": {"model": "up:m"}}, **more}


@pytest.fixture(scope="module")
def place(new_place: Callable[[str], Any]) -> Iterator[Any]:
    with new_place("k") as place:
        yield place


def mute(_: SeenRequest) -> Iterator[Any]:
    """Takes a request, and never answers."""
    yield Pause(60)


def slow(_: SeenRequest) -> Iterator[Any]:
    """Begins a stream, and does not go on."""
    yield HEAD + FIRST
    yield Pause(60)


def headers_only(_: SeenRequest) -> Iterator[Any]:
    """Says 200, and nothing else."""
    yield HEAD
    yield Pause(60)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("answer", [mute, headers_only, slow])
def test_a_client_that_leaves_ends_the_upstream(
    place: Any, eventually: Any, path: str, stream: bool, answer: Any
) -> None:
    place.answers(answer)
    server, aborted = place.server, place.server.aborted
    with connect(place.url) as client:
        client.sendall(request(path, body(path, stream=stream)))
        eventually(lambda: server.answering)
        if stream and answer is slow:
            assert client.recv(4096).startswith(b"HTTP/1.1 200")
        else:
            time.sleep(0.2)
    assert server.wait_idle(SOON)
    assert server.wait_closed(SOON)
    assert server.aborted == aborted + 1


def flood(_: SeenRequest) -> Iterator[Any]:
    """Tells a story that does not end."""
    yield HEAD
    text = "x" * 10_000
    event = f'data: {{"choices":[{{"index":0,"delta":{{"content":"{text}"}}}}]}}\n\n'.encode()
    for _number in range(20_000):
        yield event


def test_an_upstream_is_read_no_faster_than_the_client_reads(
    serving: Any, upstream: Upstream
) -> None:
    sent = 0

    def counted(seen: SeenRequest) -> Iterator[Any]:
        nonlocal sent
        for step in flood(seen):
            yield step
            sent += len(step)

    server = upstream(counted)
    with serving(settings(server)) as url, connect(url) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        client.sendall(request(PATHS[0], body(PATHS[0], stream=True)))
        last = -1
        while sent != last or sent == 0:
            last = sent
            time.sleep(0.5)
        assert sent < 50_000_000  # what sockets hold, of 200 MB
        assert httpx_health(url) == 200
        client.close()
        assert server.wait_idle(SOON)


def httpx_health(url: str) -> int:
    import httpx

    return httpx.get(f"{url}/healthz", trust_env=False, timeout=10).status_code


def test_half_a_request_harms_nobody(serving: Any, upstream: Upstream) -> None:
    server = upstream(mute)
    whole = request(PATHS[0], body(PATHS[0], stream=True))
    with serving(settings(server)) as url:
        halves = [connect(url) for _ in range(20)]
        for size, client in enumerate(halves):
            client.sendall(whole[: len(whole) * size // len(halves)])
        assert httpx_health(url) == 200
        for client in halves:
            client.close()
        assert httpx_health(url) == 200
    assert server.requests == []


def test_two_thousand_connections_that_say_nothing_harm_nobody(serving: Any) -> None:
    resource = pytest.importorskip("resource")
    needed = 5000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        pytest.skip("this system does not allow so many files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    with serving(None) as url:
        clients = [connect(url) for _ in range(2000)]
        assert httpx_health(url) == 200
        for client in clients[::2]:
            client.sendall(b"GET /heal")
        assert httpx_health(url) == 200
        for client in clients:
            client.close()
        assert httpx_health(url) == 200
