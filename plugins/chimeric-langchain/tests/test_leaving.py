"""Streams and tasks that are left half-way close their connections."""

from __future__ import annotations

import asyncio
import time

import pytest
from chimeric_langchain import ChatChimeric
from chimeric_sim import Simulator
from langchain_core.messages import AIMessageChunk

from chimeric import Chimeric


def slow(client: Chimeric) -> ChatChimeric:
    params = {"extra_body": {"sim": {"rate": 20}}}
    return ChatChimeric(model="openai:gpt-sim-story", client=client, params=params)


def ended(sim: Simulator) -> None:
    """Wait until no answer is on its way; one was given up."""
    for _ in range(3000):
        if not sim.traffic.streaming:
            break
        time.sleep(0.01)
    assert sim.traffic.streaming == 0
    assert sim.traffic.abandoned >= 1


def test_a_stream_that_is_left_half_way_closes_its_connection(
    sim: Simulator, client: Chimeric
) -> None:
    for chunk in slow(client).stream("A story in 500 words"):
        assert isinstance(chunk, AIMessageChunk)
        break
    ended(sim)


def test_an_asynchronous_stream_that_is_left_half_way_closes_its_connection(
    sim: Simulator, client: Chimeric
) -> None:
    async def run() -> None:
        async for _ in slow(client).astream("A story in 500 words"):
            break
        for _ in range(3000):
            if not sim.traffic.streaming:
                break
            await asyncio.sleep(0.01)

    asyncio.run(run())
    ended(sim)


def test_a_cancelled_task_closes_its_connection(sim: Simulator, client: Chimeric) -> None:
    async def read() -> None:
        async for _ in slow(client).astream("A story in 500 words"):
            pass

    async def run() -> None:
        task = asyncio.create_task(read())
        while not sim.traffic.streaming:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    ended(sim)
