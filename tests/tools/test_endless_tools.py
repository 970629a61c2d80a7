"""Generators that do not end by themselves: each end of the call is theirs."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import pytest

from chimeric import RequestTimeoutError, StreamChunk, StreamInterruptedError, Timeout, Tool
from chimeric.transport.tool_threads import ROOM
from tests.hooks.modes import run_on

from .crew import MODES, PATIENCE, Crew, calls, listen, named, wait_for

pytestmark = pytest.mark.filterwarnings("error")


class Endless:
    """Tools that never end, and what became of them."""

    def __init__(self, pause: float = 0.005) -> None:
        self.pause = pause
        self.steps = 0
        self.closed = threading.Event()

    def sync(self) -> Iterator[int]:
        try:
            while True:
                time.sleep(self.pause)
                self.steps += 1
                yield self.steps
        finally:
            self.closed.set()

    async def asynchronous(self) -> AsyncIterator[int]:
        try:
            while True:
                await anyio.sleep(self.pause)
                self.steps += 1
                yield self.steps
        finally:
            self.closed.set()

    def tool(self, kind: str) -> Tool:
        return named("t", self.sync if kind == "sync" else self.asynchronous)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("wanted", [("t",), ("t", "u")], ids=["alone", "with another"])
def test_total_ends_a_generator_that_never_ends(
    crew: Crew, mode: str, kind: str, wanted: tuple[str, ...]
) -> None:
    endless = Endless()
    tools = [endless.tool(kind), named("u", lambda: "other")]
    heard = listen(mode, crew.client(), calls(*wanted), tools=tools, timeout=Timeout(total=1.5))
    assert isinstance(heard.error, RequestTimeoutError)
    assert heard.error.phase == "total"
    assert endless.closed.wait(PATIENCE)
    partial = heard.error.partial
    assert partial is not None
    assert [r.output for r in partial.tool_results] == ["other"] * (len(wanted) - 1)
    assert [m.role for m in partial.messages] == ["user", "assistant", "tool"][: len(wanted) + 1]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("wanted", [("t",), ("t", "u")], ids=["alone", "with another"])
def test_a_reader_who_leaves_closes_the_generators(
    crew: Crew, mode: str, kind: str, wanted: tuple[str, ...]
) -> None:
    endless = Endless()

    def read(chunk: StreamChunk) -> str | None:
        ours = [r for r in chunk.tool_results if r.name == "t"]
        return "leave" if ours and ours[0].value == 3 else None

    tools = [endless.tool(kind), named("u", lambda: "other")]
    heard = listen(mode, crew.client(), calls(*wanted), read, tools=tools)
    assert heard.error is None
    assert endless.closed.wait(PATIENCE)
    assert len(crew.requests) == 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_generator_is_only_so_far_ahead_of_its_reader(crew: Crew, mode: str, kind: str) -> None:
    endless, seen = Endless(pause=0), threading.Event()

    def read(chunk: StreamChunk) -> threading.Event | str | None:
        if not any(result.name == "t" for result in chunk.tool_results):
            return None
        if seen.is_set():
            return "leave"
        threading.Timer(0.3, seen.set).start()
        return seen

    tools = [endless.tool(kind), named("u", lambda: "other")]
    listen(mode, crew.client(), calls("t", "u"), read, tools=tools)
    assert endless.closed.wait(PATIENCE)
    assert endless.steps <= ROOM + 5


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("wanted", [("t",), ("t", "u")], ids=["alone", "with another"])
def test_close_from_another_thread_ends_a_generator(
    crew: Crew, kind: str, wanted: tuple[str, ...]
) -> None:
    endless = Endless()
    tools = [endless.tool(kind), named("u", lambda: "other")]
    with crew.client() as client:
        stream = client.generate("crew:crew", calls(*wanted), stream=True, tools=tools)

        def close() -> None:
            until = time.monotonic() + PATIENCE
            while not endless.steps and time.monotonic() < until:
                time.sleep(0.01)
            stream.close()

        closer = threading.Thread(target=close)
        closer.start()
        with pytest.raises(StreamInterruptedError, match="closed"):
            stream.collect()
        closer.join()
    assert endless.closed.wait(PATIENCE)


@pytest.mark.parametrize("mode", MODES[1:])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_cancellation_ends_a_generator(crew: Crew, mode: str, kind: str) -> None:
    endless = Endless()

    async def main() -> None:
        async with crew.client() as client:
            stream = await client.agenerate(
                "crew:crew", calls("t"), stream=True, tools=[endless.tool(kind)]
            )
            async with anyio.create_task_group() as group:
                group.start_soon(stream.collect)
                await wait_for(lambda: endless.steps > 0)
                group.cancel_scope.cancel()
            await wait_for(endless.closed.is_set)

    run_on(mode, main)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_stream_that_is_dropped_closes_its_generators(crew: Crew, mode: str, kind: str) -> None:
    endless = Endless()
    call: dict[str, Any] = {"model": "crew:crew", "messages": calls("t", "u"), "stream": True}
    call["tools"] = [endless.tool(kind), named("u", lambda: "other")]

    async def main() -> None:
        async with crew.client() as client:
            stream = await client.agenerate(**call)
            while not (await anext(stream)).tool_results:
                pass
            del stream
            gc.collect()
            await wait_for(endless.closed.is_set)

    if mode != "sync":
        run_on(mode, main)
        return
    with crew.client() as client:
        stream = client.generate(**call)
        while not next(stream).tool_results:
            pass
        del stream
        gc.collect()
        assert endless.closed.wait(PATIENCE)


def test_a_tool_that_ignores_its_end_does_not_hold_the_closer_up(crew: Crew) -> None:
    async def stubborn() -> str:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                await asyncio.sleep(20)
            except asyncio.CancelledError:
                continue
        return "late"

    async def main() -> float:
        client = crew.client()
        stream = await client.agenerate(
            "crew:crew", calls("t"), stream=True, tools=[named("t", stubborn)]
        )
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stream.collect(), 0.2)
        began = time.monotonic()
        await stream.aclose()
        return time.monotonic() - began

    loop = asyncio.new_event_loop()
    try:
        assert loop.run_until_complete(main()) < 15
    finally:
        loop.close()


@pytest.mark.parametrize("mode", MODES)
def test_a_generator_that_fails_while_it_is_closed_changes_nothing(crew: Crew, mode: str) -> None:
    def rude() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            raise RuntimeError("not so fast")

    def read(chunk: StreamChunk) -> str | None:
        return "leave" if chunk.tool_results else None

    heard = listen(mode, crew.client(), calls("t"), read, tools=[named("t", rude)])
    assert heard.error is None
