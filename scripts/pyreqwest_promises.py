"""Asks pyreqwest for what a transport promises: each line of docs/reference/transports.md.

``pip install pyreqwest chimeric-testing``, then ``python scripts/pyreqwest_promises.py``. Each
question has a process of its own, since one of them ends it. When a newer pyreqwest answers yes to
all of them, a transport over it is worth another try.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from typing import Any

from chimeric_testing import Close, LoopbackServer, Pause, SeenRequest, Step
from pyreqwest.client import ClientBuilder, SyncClientBuilder

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
SILENCE = 4.0
"""Seconds for which a server says nothing before it closes the connection."""
SOON = 2.0
"""Seconds in which whatever is to happen at once has happened, on a busy machine too."""


def mute(request: SeenRequest) -> Iterator[Step]:
    """No answer at all."""
    yield Pause(SILENCE)
    yield Close()


def silent(request: SeenRequest) -> Iterator[Step]:
    """An answer that says nothing after its first bytes."""
    yield HEAD + b"3\r\nabc\r\n"
    yield Pause(SILENCE)
    yield Close()


def dripping(request: SeenRequest) -> Iterator[Step]:
    """Headers that come slowly: a byte every tenth of a second."""
    yield b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx: "
    for _ in range(20):
        yield Pause(0.1)
        yield b"x"
    yield b"\r\n\r\n"


def asked(url: str) -> AbstractContextManager[Any]:
    """A streamed request, blocking."""
    builder = SyncClientBuilder().build().post(url).body_bytes(b"{}")
    return builder.streamed_read_buffer_limit(0).build_streamed()


def interrupt() -> bool:
    """Ctrl-C ends a blocked read."""
    main = threading.main_thread().ident
    assert main is not None
    with LoopbackServer(silent) as server, asked(server.url) as response:
        reader = response.body_reader
        reader.read_chunk()
        threading.Timer(0.3, signal.pthread_kill, (main, signal.SIGINT)).start()
        began = time.monotonic()
        with suppress(KeyboardInterrupt):
            reader.read_chunk()
        return time.monotonic() - began < SOON


def close_elsewhere() -> bool:
    """Another thread closes an answer that is being read."""
    with LoopbackServer(silent) as server:
        request = asked(server.url)
        reader = request.__enter__().body_reader
        reader.read_chunk()
        threading.Thread(target=reader.read_chunk, daemon=True).start()
        time.sleep(0.3)
        closer = threading.Thread(target=request.__exit__, args=(None, None, None), daemon=True)
        closer.start()
        closer.join(SOON)
        return not closer.is_alive() and server.wait_closed(SOON)


def cancel() -> bool:
    """A cancelled request closes its connection while its headers are awaited."""

    async def main() -> bool:
        request = ClientBuilder().build().post(server.url).body_bytes(b"{}").build_streamed()

        async def ask() -> None:
            async with request:
                pass

        task = asyncio.create_task(ask())
        await asyncio.sleep(0.3)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return await asyncio.to_thread(server.wait_closed, SOON)

    with LoopbackServer(mute) as server:
        return asyncio.run(main())


def fork() -> bool:
    """A child has clients of its own after its parent had one."""
    with LoopbackServer(lambda request: [HEAD + b"0\r\n\r\n"]) as server:
        SyncClientBuilder().build().get(server.url).build().send()
        child = os.fork()
        if not child:
            signal.alarm(10)
            code = 1
            with suppress(Exception):
                code = int(SyncClientBuilder().build().get(server.url).build().send().status != 200)
            os._exit(code)
        return os.waitpid(child, 0)[1] == 0


def drip() -> bool:
    """The time limit for a read starts again with each byte of the headers."""
    with LoopbackServer(dripping) as server:
        client = SyncClientBuilder().read_timeout(timedelta(seconds=1)).build()
        with suppress(TimeoutError):
            return bool(client.get(server.url).build().send().status == 200)
        return False


QUESTIONS: dict[str, Callable[[], bool]] = {
    question.__name__: question for question in (interrupt, close_elsewhere, cancel, fork, drip)
}


def held(name: str) -> str:
    """The answer of a process of its own."""
    command = [sys.executable, __file__, name]
    done = subprocess.run(command, stderr=subprocess.DEVNULL, timeout=60)
    if done.returncode < 0:
        return f"no: the process ends by {signal.Signals(-done.returncode).name}"
    return {0: "yes", 1: "no"}.get(done.returncode, f"code {done.returncode}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        os._exit(int(not QUESTIONS[sys.argv[1]]()))
    for name, question in QUESTIONS.items():
        sys.stdout.write(f"{question.__doc__} {held(name)}\n")
