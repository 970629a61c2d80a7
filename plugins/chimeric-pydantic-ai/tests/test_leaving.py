"""One model on several loops, and runs that are left, cancelled or outlive their loop."""

from __future__ import annotations

import asyncio
import gc
import time
import warnings
from typing import Any

import pytest
from chimeric_pydantic_ai import ChimericModel
from chimeric_sim import Simulator
from pydantic_ai import Agent
from pydantic_ai.messages import ModelRequest
from pydantic_ai.models import ModelRequestParameters

from chimeric import Chimeric


def test_one_model_serves_one_event_loop_after_the_other(client: Chimeric) -> None:
    agent = Agent(ChimericModel(client, "openai:echo"))
    for number in range(3):
        assert asyncio.run(_ask(agent, str(number))) == str(number)


async def _ask(agent: Agent[Any, str], prompt: str) -> str:
    async with agent.run_stream(prompt) as answer:
        return await answer.get_output()


def test_a_stream_that_is_left_half_way_closes_its_connection(
    sim: Simulator, client: Chimeric
) -> None:
    agent = Agent(ChimericModel(client, "openai:gpt-sim-story"), model_settings=slow(sim))

    async def run() -> str:
        async with agent.run_stream("A story in 500 words") as answer:
            async for _ in answer.stream_text(delta=True, debounce_by=None):
                break
        return str(answer.response.state)

    state = asyncio.run(run())
    assert state != "complete"
    ended(sim)


def test_a_cancelled_stream_is_interrupted_and_closes_its_connection(
    sim: Simulator, client: Chimeric
) -> None:
    agent = Agent(ChimericModel(client, "openai:gpt-sim-story"), model_settings=slow(sim))

    async def run() -> Any:
        async with agent.run_stream("A story in 500 words") as answer:
            async for _ in answer.stream_text(delta=True, debounce_by=None):
                await answer.cancel()
        return answer.response

    response = asyncio.run(run())
    assert response.state == "interrupted"
    assert response.text
    ended(sim)


def test_a_cancelled_task_closes_its_connection(sim: Simulator, client: Chimeric) -> None:
    waits: Any = {"extra_body": {"sim": {"delay": 30}}}
    agent = Agent(ChimericModel(client, "openai:gpt-sim-story"), model_settings=waits)

    async def run() -> None:
        task = asyncio.create_task(agent.run("A story in 500 words"))
        while not sim.requests:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        for _ in range(3000):
            if not sim.traffic.open:
                break
            await asyncio.sleep(0.01)
        assert sim.traffic.open == 0

    asyncio.run(run())


def test_a_stream_whose_loop_has_ended_says_so_and_never_ends_normally(
    sim: Simulator, client: Chimeric
) -> None:
    model = ChimericModel(client, "openai:gpt-sim-story", settings=slow(sim))
    request = [ModelRequest.user_text_prompt("A story in 500 words")]
    kept: list[Any] = []

    async def begin() -> None:
        opened = model.request_stream(request, None, ModelRequestParameters())
        stream = await opened.__aenter__()
        events = aiter(stream)
        await anext(events)
        kept.extend([opened, stream, events])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        asyncio.run(begin())
        opened, stream, events = kept

        async def go_on(events: Any) -> None:
            async for _ in events:
                pass

        with pytest.raises(Exception, match=r"loop|closed"):
            asyncio.run(go_on(events))
        assert stream.get().state == "incomplete"
        del opened, stream, events
        kept.clear()
        gc.collect()
    ended(sim)


def slow(sim: Simulator) -> Any:
    return {"extra_body": {"sim": {"rate": 20}}}


def ended(sim: Simulator) -> None:
    """Wait until no answer is on its way; one was given up."""
    for _ in range(3000):
        if not sim.traffic.streaming:
            break
        time.sleep(0.01)
    assert sim.traffic.streaming == 0
    assert sim.traffic.abandoned >= 1
