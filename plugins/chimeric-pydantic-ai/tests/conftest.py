"""A simulator, clients of it, and a server that gives two clients the same bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from chimeric_sim import Simulator
from chimeric_testing import LoopbackServer, SeenRequest
from pydantic_ai import Agent

from chimeric import Chimeric

__all__ = ["Twice", "answered"]


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def client(sim: Simulator) -> Iterator[Chimeric]:
    """A client whose OpenAI and Anthropic are the simulator."""
    names = ("openai", "anthropic")
    made = Chimeric(
        api_keys=dict.fromkeys(names, "any"),
        base_urls={name: sim.base_url(name) for name in names},
        max_retries=0,
    )
    yield made
    asyncio.run(made.aclose())


def answered(agent: Agent[Any, Any], prompt: Any, *, stream: bool = False, **more: Any) -> Any:
    """The result of a run in an event loop of its own."""

    async def run() -> Any:
        if not stream:
            return await agent.run(prompt, **more)
        async with agent.run_stream_events(prompt, **more) as events:
            async for event in events:
                last = event
        return last.result  # type: ignore[union-attr]

    return asyncio.run(run())


class Twice:
    """Passes requests on to a simulator, and answers the second client of each turn with the very
    bytes that the first one got. What the second asks goes to the simulator too: it judges it."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim
        self._answers: dict[Any, httpx.Response] = {}
        self.refused: list[str] = []
        self.loopback = LoopbackServer(self._serve)

    @property
    def url(self) -> str:
        return f"{self.loopback.url}/v1"

    def _serve(self, request: SeenRequest) -> Iterator[bytes]:
        body = request.json()
        said = body.get("messages") or body.get("input")
        answered = [m for m in said if m.get("role") == "assistant" or "output" in m]
        turn = (request.path, bool(body.get("stream")), len(answered))
        url = self._sim.base_url("openai") + request.path.removeprefix("/v1")
        with httpx.Client() as http:
            answer = http.post(url, json=body, headers={"authorization": "Bearer any"})
        if answer.status_code != 200:
            self.refused.append(answer.text)
        answer = self._answers.setdefault(turn, answer)
        kind = answer.headers["content-type"]
        yield (
            f"HTTP/1.1 {answer.status_code} OK\r\ncontent-type: {kind}\r\n"
            f"x-request-id: req_1\r\ncontent-length: {len(answer.content)}\r\n\r\n"
        ).encode()
        yield answer.content


@pytest.fixture
def twice(sim: Simulator) -> Iterator[Twice]:
    server = Twice(sim)
    yield server
    server.loopback.close()
