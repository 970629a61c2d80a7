"""A stream that is left is noticed by the server, which generates no more."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from chimeric import Chimeric
from tests.real.environments import require
from tests.server import Server

from .calls import settings
from .served import KEY, SPOKEN, Spoken

require("REAL_SERVERS")

ENOUGH = 30_000
"""Tokens that take the server far longer than the test."""

llama_server = pytest.mark.parametrize(
    "spoken", [each for each in SPOKEN if each.server == "llama-server"], ids=str
)


def generated(server: Server) -> int:
    """How many tokens llama-server made until now."""
    headers = {"authorization": f"Bearer {KEY}"}
    shown = httpx.get(f"{server.url}/metrics", headers=headers, timeout=10, trust_env=False).text
    (count,) = re.findall(r"^llamacpp:tokens_predicted_total (\S+)", shown, re.MULTILINE)
    return int(float(count))


def busy(server: Server) -> bool:
    """Whether llama-server works on anything."""
    headers = {"authorization": f"Bearer {KEY}"}
    slots: Any = httpx.get(
        f"{server.url}/slots", headers=headers, timeout=10, trust_env=False
    ).json()
    return any(slot["is_processing"] for slot in slots)


def begun(url: str, spoken: Spoken) -> None:
    with Chimeric(**settings(url, spoken)) as client:
        asked = {"max_tokens": ENOUGH, "stream": True, **spoken.options}
        with client.generate(spoken.model, "on and on", **asked) as stream:
            for _, chunk in zip(range(5), stream, strict=False):
                assert chunk is not None


def abegun(url: str, spoken: Spoken) -> None:
    async def run() -> None:
        async with Chimeric(**settings(url, spoken)) as client:
            asked = {"max_tokens": ENOUGH, "stream": True, **spoken.options}
            async with await client.agenerate(spoken.model, "on and on", **asked) as stream:
                async for chunk in stream:
                    if chunk.content:
                        break

    asyncio.run(run())


def cancelled(url: str, spoken: Spoken) -> None:
    async def run() -> None:
        async with Chimeric(**settings(url, spoken)) as client:
            asked = {"max_tokens": ENOUGH, "stream": True, **spoken.options}
            stream = await client.agenerate(spoken.model, "on and on", **asked)
            came = asyncio.Event()

            async def read() -> None:
                async for _ in stream:
                    came.set()

            task = asyncio.create_task(read())
            await came.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())


@pytest.mark.parametrize("leave", [begun, abegun, cancelled])
@llama_server
def test_a_stream_that_is_left_ends_the_generation(
    server: Callable[[str], Server], spoken: Spoken, leave: Callable[[str, Spoken], None]
) -> None:
    running = server(spoken.server)
    before = generated(running)
    leave(running.url, spoken)
    until = time.monotonic() + 20
    while busy(running):
        assert time.monotonic() < until, "the server goes on"
        time.sleep(0.05)
    assert generated(running) - before < ENOUGH
