"""The far side of the soak: an asyncio server that plays the fault that each request names."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys

from chimeric_testing import FAULTS, Close, Pause, Reset, Script, SeenRequest

from tests.faults.dialects import DIALECTS

PLAYED = (
    "ok",
    "ok",
    "every-byte",
    "crlf",
    "gzip",
    "one-chunk",
    "truncated-chunk",
    "clean-eof-no-finish",
    "reset-mid-event",
    "eof-mid-utf8",
    "malformed-json",
    "http-400",
    "http-401",
    "500-always",
    "429-retry-after-huge",
    "200-html",
    "204",
    "bad-status-line",
    "gzip-corrupt",
    "extra-blank-lines",
)
OUTCOMES = {name: (FAULTS[name].outcome, FAULTS[name].kept) for name in PLAYED}
"""What a client must make of each."""

SCRIPTS: dict[str, Script] = {name: dialect.script() for name, dialect in DIALECTS.items()}


async def read_request(reader: asyncio.StreamReader) -> SeenRequest | None:
    """The next request of a connection, or None at its end."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.split("\r\n")
    headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    method, path, _ = first.split(" ", 2)
    return SeenRequest(method, path, headers, body)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve a connection."""
    with contextlib.suppress(ConnectionError):
        while (request := await read_request(reader)) is not None:
            script = SCRIPTS[request.path.split("/")[1]]
            if not await play(request, script, writer):
                break
    writer.close()


async def play(request: SeenRequest, script: Script, writer: asyncio.StreamWriter) -> bool:
    """Play the steps of a fault; whether the connection may go on."""
    for step in FAULTS[request.headers["x-fault"]].serve(script, 0, request):
        match step:
            case Pause(seconds=seconds):
                await asyncio.sleep(seconds)
            case Close():
                return False
            case Reset():
                sock: socket.socket = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
                return False
            case data:
                writer.write(data)
                await writer.drain()
    return True


async def main() -> None:
    """Serve until the input ends."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096)
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    import resource

    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(main())
