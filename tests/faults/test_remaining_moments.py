"""Rare moments of closing, and rare transports: what the tests of closing pass by."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, Pause, SeenRequest, Step

from chimeric import (
    StreamChunk,
    StreamInterruptedError,
)

from .plugins import middleware
from .streams import ASK, CHAT, all_given_up, answer, busy, client_of, echo, when_asked
from .test_turns import calling, in_turn, served

WHOLE = "Hello " * 40


def with_a_call() -> Callable[[SeenRequest], Any]:
    return in_turn(served(calling(CHAT, "ls")), answer(["never"]))


# --- closing while nothing is read ---


def test_closing_while_the_callers_own_thread_runs_a_tool_ends_the_stream_after_it() -> None:
    closed = threading.Event()

    def run(cmd: str) -> str:
        """Run a command."""
        stream.close()
        closed.set()
        return "ran"

    with LoopbackServer(with_a_call()) as server, client_of(server) as client:
        stream = client.generate(**ASK, tools=[run])
        with pytest.raises(StreamInterruptedError, match="closed") as caught:
            stream.collect()
        assert closed.is_set()
        assert caught.value.partial is not None
        assert len(server.requests) == 1


def test_closing_from_another_task_cancels_the_tools_that_run() -> None:
    async def main() -> None:
        started = asyncio.Event()
        ended: list[str] = []

        async def run(cmd: str) -> str:
            """Run a command."""
            started.set()
            try:
                await asyncio.sleep(30)
            finally:
                ended.append(cmd)
            return "never"

        async with client_of(server) as client:
            stream = await client.agenerate(**ASK, tools=[run])
            task = asyncio.ensure_future(stream.collect())
            await started.wait()
            await stream.aclose()
            with pytest.raises(StreamInterruptedError, match="closed"):
                await task
        assert ended == ["ls"]
        assert stream.response.content == "Let me see. "

    began = time.monotonic()
    with LoopbackServer(with_a_call()) as server:
        asyncio.run(main())
        assert len(server.requests) == 1
    assert time.monotonic() - began < 20


def test_closing_the_client_ends_a_wait_between_tries_of_a_task() -> None:
    async def main() -> None:
        async with client_of(server) as client:
            task = asyncio.ensure_future(client.agenerate(**ASK))
            while not server.requests:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            await client.aclose()
            with pytest.raises(StreamInterruptedError, match="closed"):
                await task

    with LoopbackServer(busy) as server:
        asyncio.run(main())
        assert len(server.requests) == 1


def test_closing_the_client_ends_a_wait_for_the_body_of_an_error() -> None:
    def half(request: SeenRequest) -> Iterator[Step]:
        yield b"HTTP/1.1 500 Oh\r\ncontent-length: 100\r\n\r\n{"
        yield Pause(60)

    with LoopbackServer(half) as server, client_of(server) as client:
        closing = when_asked(server, client.close)
        with pytest.raises(StreamInterruptedError, match="closed"):
            client.generate(**ASK)
        closing.join()
        assert len(server.requests) == 1


def test_an_async_stream_dropped_between_two_turns_sends_nothing_more() -> None:
    def run(cmd: str) -> str:
        """Run a command."""
        return "ran"

    async def main() -> None:
        async with client_of(server) as client:
            stream = await client.agenerate(**ASK, tools=[run])
            while not (await anext(stream)).tool_results:
                pass
            del stream
            gc.collect()
            await asyncio.sleep(0.05)

    with LoopbackServer(with_a_call()) as server:
        asyncio.run(main())
        assert len(server.requests) == 1


def no_terminal(request: SeenRequest) -> Iterator[Step]:
    """An answer with its finish, and the end of the body instead of the terminal signal."""
    script = CHAT.made_of(CHAT.say("Hello"), *CHAT.finish())
    yield from served(script.frames())


def test_closing_after_the_end_of_the_body_is_no_abort() -> None:
    async def main() -> None:
        client = client_of(server)
        stream = await client.agenerate(**ASK)
        while not (await anext(stream)).finish_reason:
            pass
        await client.aclose()
        assert stream.response.finish_reason == "stop"

    with LoopbackServer(no_terminal) as server:
        asyncio.run(main())
        client = client_of(server)
        stream = client.generate(**ASK)
        while not next(stream).finish_reason:
            pass
        client.close()
        assert stream.response.finish_reason == "stop"
        assert all_given_up(server)
        assert server.aborted == 0


def test_a_hook_that_closes_the_stream_it_belongs_to_keeps_what_came() -> None:
    class Closing:
        stream: Any = None

        def process(self, chunk: StreamChunk) -> StreamChunk:
            return chunk

        def flush(self) -> None:
            with pytest.raises(StopIteration):
                self.stream.aclose().send(None)

    async def main() -> None:
        closing = Closing()
        keeper = middleware(chimeric_stream_processor=lambda context: closing)
        async with client_of(server, plugins=[keeper]) as client:
            closing.stream = stream = await client.agenerate(**ASK)
            text = [chunk.delta or "" async for chunk in stream]
            assert "".join(text) == WHOLE
            assert stream.response.finish_reason == "stop"

    with LoopbackServer(echo) as server:
        asyncio.run(main())
        assert all_given_up(server)
