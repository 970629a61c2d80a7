"""A server that is told to go ends its open streams at once, and tells their readers."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.slow

pytest.importorskip("chimeric_sim", reason="the simulator is not installed")
pytest.importorskip("uvicorn", reason="uvicorn is not installed")

APP = """
import os, sys
from chimeric import Chimeric, StreamChunk
from chimeric_serving import ndjson_response, sse_response, ui_stream_response
from chimeric_serving import SSEEncoder, StreamResponse
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.routing import Route

client = Chimeric()
SLOW = {"rate": 5, "tokens": 4000, "stream": True}

async def sse(request):
    return sse_response(await client.agenerate("sim:story", "Hello", **SLOW))

async def ui(request):
    return ui_stream_response(await client.agenerate("sim:story", "Hello", **SLOW))

async def ndjson(request):
    return ndjson_response(await client.agenerate("sim:story", "Hello", **SLOW))

def sync(request):
    return sse_response(client.generate("sim:story", "Hello", **SLOW))

async def chunks():
    try:
        while True:
            yield StreamChunk("x" * 100_000)
    finally:
        print("the source is closed", file=sys.stderr)

async def flood(request):
    return StreamResponse(chunks(), SSEEncoder())

app = Starlette(routes=[Route("/" + f.__name__, f) for f in (sse, ui, ndjson, sync, flood)])
if "wrapped" in sys.argv:  # what stands between the server and its applications in many
    app.add_middleware(BaseHTTPMiddleware, dispatch=lambda request, call_next: call_next(request))

if __name__ == "__main__":
    import uvicorn
    uvicorn.run(app, port=0, log_level="info")
"""

LAST = {
    "sse": 'event: error\ndata: {"kind":"incomplete"',
    "sync": 'event: error\ndata: {"kind":"incomplete"',
    "ui": 'data: {"type":"error","errorText":"the answer was cut off"}\n\ndata: [DONE]',
    "ndjson": '{"event":"error","kind":"incomplete"',
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("kind", [*LAST, "ui wrapped"])
def test_open_streams_end_at_once_with_an_error_and_the_server_is_gone(
    tmp_path: Path, kind: str, number: signal.Signals
) -> None:
    (tmp_path / "app.py").write_text(APP)
    kind, *more = kind.split()
    command = [sys.executable, "app.py", *more]
    server = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        port = _port_of(server)
        with httpx.stream("GET", f"http://127.0.0.1:{port}/{kind}", timeout=30) as reply:
            texts = reply.iter_text()
            text = next(texts) + next(texts)
            server.send_signal(number)
            began = time.monotonic()
            text += "".join(texts)
        errors = _ended(server)
        assert time.monotonic() - began < 20
        assert LAST[kind] in text
        assert "finish" not in text.replace("finish_reason", "")
        assert "Traceback" not in errors
        assert "without completing" not in errors
    finally:
        if server.poll() is None:
            server.kill()
            server.wait(10)


def test_a_reader_that_reads_nothing_does_not_keep_the_server(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    command = [sys.executable, "app.py"]
    server = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        with socket.create_connection(("127.0.0.1", _port_of(server))) as sock:
            sock.sendall(b"GET /flood HTTP/1.1\r\nhost: x\r\n\r\n")
            time.sleep(2)  # until its buffers are full
            server.send_signal(signal.SIGINT)
            began = time.monotonic()
            errors = _ended(server)
        assert "Traceback" not in errors
        assert "the source is closed" in errors
        assert time.monotonic() - began < 20
    finally:
        if server.poll() is None:
            server.kill()
            server.wait(10)


def _ended(server: subprocess.Popen[str]) -> str:
    errors: str = server.communicate(timeout=60)[1]
    return errors


def _port_of(server: subprocess.Popen[str]) -> int:
    """Where it serves, as its log says once it does."""
    assert server.stderr is not None
    for line in server.stderr:
        if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", line):
            return int(found[1])
    raise AssertionError("the server did not start")
