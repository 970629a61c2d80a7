"""Native streams give every event, or a typed error."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, Pause, SeenRequest, Step
from chimeric_testing.server import chunked

from chimeric import ProtocolError

from .calls import ending_within
from .dialects import DIALECTS
from .loops import under_uvloop
from .streams import ASK, HEAD, client_of

RESPONSES = DIALECTS["responses"]
NATIVE = {**ASK, "api": "responses", "native": True}
FRAMES = RESPONSES.script().frames()


def natives_sync(server: LoopbackServer) -> list[Any]:
    with client_of(server) as client:
        return list(client.generate(**NATIVE))


def natives_async(server: LoopbackServer) -> list[Any]:
    async def main() -> list[Any]:
        async with client_of(server) as client:
            return [event async for event in await client.agenerate(**NATIVE)]

    return asyncio.run(main())


@pytest.mark.parametrize(
    "natives",
    [natives_sync, natives_async, under_uvloop(natives_async)],
    ids=["sync", "async", "uvloop"],
)
def test_a_native_stream_gives_every_event_or_a_typed_error(
    natives: Callable[[LoopbackServer], list[Any]],
) -> None:
    def good(request: SeenRequest) -> Iterator[Step]:
        yield HEAD
        yield from chunked(FRAMES)

    odd = b'data: {"type": "response.output_text.delta", "delta": "odd", "sequence_number": {}}\n\n'

    def strange(request: SeenRequest) -> Iterator[Step]:
        yield HEAD
        yield from list(chunked([*FRAMES[:3], odd]))[:-1]
        yield Pause(60)

    with LoopbackServer(good) as server:
        events = natives(server)
        assert len(events) == len(FRAMES)
        assert events[2].delta == "Hello"
    with LoopbackServer(strange) as server, ending_within(20):
        with pytest.raises(ProtocolError) as caught:
            natives(server)
        assert caught.value.partial is not None
        assert caught.value.partial.content == "Helloodd"
        assert server.wait_closed()
