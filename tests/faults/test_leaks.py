"""Streams leave nothing over: no bytes read ahead, no files, no threads, no garbage."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from chimeric_testing import LoopbackServer

from chimeric import Chimeric

from .streams import ASK, all_given_up, client_of, echo


def test_a_slow_consumer_does_not_make_the_client_read_ahead() -> None:
    sent = 0

    def flood(request: Any) -> Any:
        nonlocal sent
        from .streams import HEAD, piece

        block = piece("x" * 1000) * 64
        yield HEAD
        for _ in range(4000):
            sent += len(block)
            yield block

    with LoopbackServer(flood) as server, client_of(server) as client:
        stream = client.generate(**ASK)
        for _ in range(3):
            next(stream)
            time.sleep(0.3)
        assert sent < 32 * 1024 * 1024  # what the buffers of both sockets hold, of 270 MB
        stream.close()
        assert all_given_up(server)


def test_many_streams_leave_nothing_over() -> None:
    with LoopbackServer(echo) as server, client_of(server) as client:
        client.generate(**ASK).collect()
        gc.collect()
        before = threading.active_count(), open_files()
        for number in range(600):
            stream = client.generate(**ASK)
            if number % 10:
                stream.collect()
            else:
                next(stream)
                stream.close()
        del stream
        gc.collect()
        server.wait_idle()
        until = time.monotonic() + 10  # the server's own end of a connection may linger
        while open_files() > before[1] + 2 and time.monotonic() < until:
            time.sleep(0.05)
        assert open_files() <= before[1] + 2
        # The server has a thread for each connection; the client has none of its own.
        assert threading.active_count() <= before[0] + 1
    assert server.open == 0


def garbage(work: Callable[[], None]) -> list[object]:
    """What only the garbage collector finds after some work."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        work()
        gc.collect()
        return list(gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.usefixtures("each_loop")
def test_a_stream_that_ended_leaves_nothing_for_the_garbage_collector() -> None:
    async def several(client: Chimeric) -> None:
        for _ in range(20):
            await (await client.agenerate(**ASK)).collect()

    with LoopbackServer(echo) as server, client_of(server) as client, asyncio.Runner() as runner:

        def work() -> None:
            for _ in range(20):
                client.generate(**ASK).collect()
            runner.run(several(client))

        work()
        found = garbage(work)
        runner.run(client.aclose())
    modules = {type(one).__module__.partition(".")[0] for one in found}
    assert not modules & {"chimeric", "chimeric_chat_completions", "httpx", "httpcore"}, found


def open_files() -> int:
    return len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
