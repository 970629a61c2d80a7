"""A forked child never touches the connections of its parent."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, Pause, SeenRequest, Step

from chimeric import Chimeric

from .loops import ASYNC_WAYS, Way
from .streams import ASK, HEAD, answer, client_of

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are needed")

WORDS = ["word "] * 12
ON_LOOPS = {name: way for name, way in ASYNC_WAYS.items() if "trio" not in name}


def slow(request: SeenRequest) -> Iterator[Step]:
    """Twelve words in about a second."""
    steps = list(answer(WORDS))
    yield HEAD
    for step in steps[1:]:
        yield step
        yield Pause(0.08)


def in_a_child(work: Callable[[], Any]) -> None:
    """Fork, do it there, and wait for the child's end."""
    child = os.fork()
    if not child:
        signal.alarm(20)
        code = 1
        try:
            work()
            gc.collect()
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0


def use_and_close(client: Chimeric) -> None:
    with client:
        assert client.generate(**ASK).collect().content == "".join(WORDS)


def test_a_child_that_closes_the_client_leaves_its_parents_stream_alone() -> None:
    with LoopbackServer(slow) as server, client_of(server) as client:
        stream = client.generate(**ASK)
        next(stream)
        in_a_child(lambda: use_and_close(client))
        in_a_child(client.close)
        in_a_child(stream.close)
        assert stream.collect().content == "".join(WORDS)


@pytest.mark.parametrize("way", ON_LOOPS.values(), ids=list(ON_LOOPS))
@pytest.mark.parametrize("what", ["client", "stream", "async client"])
def test_a_child_leaves_its_parents_asynchronous_streams_alone(way: Way, what: str) -> None:
    async def main() -> str:
        client = client_of(server, transport=way.transport)
        streams = [await client.agenerate(**ASK)]
        await anext(streams[0])
        # A child that forgets the loop that it runs in, as os.fork() from a worker thread does.
        await asyncio.to_thread(in_a_child, lambda: work(client, streams))
        text = (await streams[0].collect()).content
        await client.aclose()
        return text

    def work(client: Chimeric, streams: list[Any]) -> None:
        if what == "client":
            client.close()
        elif what == "stream":
            streams.clear()
        else:
            asyncio.run(client.aclose())

    with LoopbackServer(slow) as server:
        assert way.run is not None
        assert way.run(main) == "".join(WORDS)
