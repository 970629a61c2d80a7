"""A simulator, a client for it, and the ways to run a batch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import trio
from chimeric_batch import BatchResult, agenerate_many, generate_many

from chimeric import Chimeric

pytest.importorskip("chimeric_sim", reason="the simulator is not installed")
from chimeric_sim import Simulator

Answer = Callable[..., list[BatchResult]]


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def client(sim: Simulator) -> Iterator[Chimeric]:
    with Chimeric(sim_base_url=sim.base_url("sim")) as client:
        yield client


@pytest.fixture(params=["threads", "asyncio", "trio"])
def answer(request: pytest.FixtureRequest, sim: Simulator) -> Answer:
    """Run a batch to its end, by each of the functions; all its results."""

    def made() -> Chimeric:
        return Chimeric(sim_base_url=sim.base_url("sim"), max_retries=0)

    async def on_a_loop(requests: Any, arguments: dict[str, Any]) -> list[BatchResult]:
        async with made() as client, agenerate_many(client, requests, **arguments) as results:
            return [result async for result in results]

    def answer(requests: Any, **arguments: Any) -> list[BatchResult]:
        arguments = {"model": "sim:echo", **arguments}
        if request.param == "trio":
            return trio.run(on_a_loop, requests, arguments)
        if request.param == "asyncio":
            return asyncio.run(on_a_loop(requests, arguments))
        with made() as client:
            return list(generate_many(client, requests, **arguments))

    return answer
