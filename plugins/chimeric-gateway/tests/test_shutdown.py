"""A gateway that is told to stop: open streams have their time, then they are told the truth."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.slow

pytest.importorskip("chimeric_sim", reason="the simulator is not installed")

PATHS = ("/v1/chat/completions", "/v1/responses", "/v1/messages")
FOREVER = [{"role": "user", "content": "Tell me a story that goes on forever"}]
GOOD_ENDS = ("[DONE]", '"finish_reason":"', "response.completed", "message_stop")

APP = """
import socket, sys
import chimeric_gateway, uvicorn

settings = {"grace": float(sys.argv[1]), "models": {
    "slow": {"model": "sim:story", "params": {"rate": 5, "tokens": 4000}},
    "short": {"model": "sim:story", "params": {"rate": 20, "tokens": 20}},
    "flood": {"model": "sim:story"},
    "mute": {"model": "sim:story", "params": {"delay": 60}},
}}
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
config = uvicorn.Config(chimeric_gateway.app(settings), log_level="warning")
uvicorn.Server(config).run(sockets=[listening])
"""


@contextmanager
def running(folder: Path, grace: float) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A gateway in a process of its own, under uvicorn as anybody starts it."""
    (folder / "served.py").write_text(APP)
    command = [sys.executable, str(folder / "served.py"), str(grace)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        url = f"http://127.0.0.1:{int(process.stdout.readline())}"
        at_work(url)
        yield process, url
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def at_work(url: str) -> None:
    """Wait until it has taken all requests that were sent before."""
    assert httpx.get(f"{url}/healthz", timeout=60, trust_env=False).status_code == 200


def body(path: str, model: str, *, stream: bool = True) -> dict[str, Any]:
    asked: dict[str, Any] = {"model": model, "stream": stream}
    if path == "/v1/responses":
        return {**asked, "input": "Hi"}
    return {**asked, "max_tokens": 4000, "messages": [{"role": "user", "content": "Hi"}]}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("path", PATHS)
def test_streams_that_are_not_done_in_time_end_with_the_protocols_error(
    tmp_path: Path, path: str, number: signal.Signals
) -> None:
    with running(tmp_path, grace=0.5) as (process, url):
        asking = httpx.stream("POST", url + path, json=body(path, "slow"), trust_env=False)
        with asking as answer:
            told = ""
            for piece in answer.iter_text():
                if not told:
                    process.send_signal(number)
                told += piece
        process.wait(60)
    assert process.returncode in (0, -number, 128 + number)
    assert not any(end in told for end in GOOD_ENDS)
    lines = [line[6:] for line in told.splitlines() if line.startswith("data: ")]
    errors = [json.loads(line) for line in lines if '"error":{' in line]
    assert errors


@pytest.mark.parametrize("path", PATHS)
def test_streams_that_are_done_in_time_end_well(tmp_path: Path, path: str) -> None:
    with running(tmp_path, grace=30) as (process, url):
        asking = httpx.stream("POST", url + path, json=body(path, "short"), trust_env=False)
        with asking as answer:
            told = ""
            for piece in answer.iter_text():
                if not told:
                    process.send_signal(signal.SIGTERM)
                told += piece
        process.wait(60)
    assert any(end in told for end in GOOD_ENDS)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("path", PATHS)
def test_what_has_no_answer_yet_is_a_503(tmp_path: Path, path: str, stream: bool) -> None:
    with running(tmp_path, grace=0.3) as (process, url):
        with connect(url) as client:
            client.sendall(request(path, json.dumps(body(path, "mute", stream=stream)).encode()))
            at_work(url)
            process.send_signal(signal.SIGTERM)
            assert b" 503 " in client.recv(65_536).splitlines()[0]
        process.wait(60)


def connect(url: str) -> socket.socket:
    host, _, port = url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=60)


def request(path: str, content: bytes, *, missing: int = 0) -> bytes:
    length = len(content) + missing
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n"
    return head.encode() + content


def test_half_a_request_does_not_keep_it(tmp_path: Path) -> None:
    with running(tmp_path, grace=0.3) as (process, url), connect(url) as client:
        client.sendall(request(PATHS[0], b'{"model"', missing=100))
        at_work(url)
        process.send_signal(signal.SIGTERM)
        assert b" 503 " in client.recv(65_536).splitlines()[0]
        process.wait(60)


def test_a_client_that_reads_nothing_does_not_keep_it(tmp_path: Path) -> None:
    asked = json.dumps({**body(PATHS[0], "flood"), "messages": FOREVER}).encode()
    with running(tmp_path, grace=0.3) as (process, url), connect(url) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(request(PATHS[0], asked))
        time.sleep(2)  # until all buffers are full
        process.send_signal(signal.SIGTERM)
        process.wait(60)
