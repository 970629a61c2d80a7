"""Clients in interpreters that fork, that exit, and that have several loops."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from chimeric_testing import LoopbackServer

from .dialects import KEY
from .streams import ASK, all_given_up, client_of, echo

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_gets_its_own_connections(server: LoopbackServer) -> None:
    server._handler = echo
    script = f"""
import os, sys
from chimeric import Chimeric
client = Chimeric(openai_api_key={KEY!r}, openai_base_url={server.url!r})
ask = {ASK!r}
assert client.generate(**ask).collect().content == "Hello " * 40
stream = client.generate(**ask)
next(stream)
child = os.fork()
if child == 0:
    ok = client.generate(**ask).collect().content == "Hello " * 40
    os._exit(0 if ok else 1)
_, status = os.waitpid(child, 0)
assert status == 0, status
assert stream.collect().content == "Hello " * 40
assert client.generate(**ask).collect().content == "Hello " * 40
"""
    done = run_script(script)
    assert (done.returncode, done.stderr) == (0, "")


def run_script(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "always", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )


EXITS = {
    "sync": "stream = client.generate(**ask); next(stream)",
    "sync loop": "for chunk in client.generate(**ask): break",
    "async": """
async def main():
    global stream
    stream = await client.agenerate(**ask)
    await anext(stream)
asyncio.run(main())""",
    "async loop": """
async def main():
    global stream
    stream = await client.agenerate(**ask)
    async for chunk in stream:
        break
asyncio.run(main())""",
    "async left in a task": """
async def work():
    async for chunk in await client.agenerate(**ask):
        pass
async def main():
    asyncio.ensure_future(work())
    await asyncio.sleep(0.3)
asyncio.run(main())""",
    "closed client": "stream = client.generate(**ask); next(stream); client.close()",
}


@pytest.mark.parametrize("body", EXITS.values(), ids=EXITS)
def test_an_interpreter_that_exits_with_an_open_stream_is_silent(
    body: str, server: LoopbackServer
) -> None:
    done = run_script(
        "import asyncio\nfrom chimeric import Chimeric\n"
        f"client = Chimeric(openai_api_key={KEY!r}, openai_base_url={server.url!r})\n"
        f"ask = {ASK!r}\n{body}\n"
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")
    assert all_given_up(server)


@pytest.mark.usefixtures("each_loop")
def test_a_client_is_good_for_a_second_event_loop() -> None:
    with LoopbackServer(echo) as server:
        client = client_of(server)

        async def ask() -> str:
            stream = await client.agenerate(**ASK)
            return str((await stream.collect()).content)

        for _ in range(3):
            assert asyncio.run(ask()) == "Hello " * 40
        assert client.generate(**ASK).collect().content == "Hello " * 40
        client.close()


@pytest.mark.usefixtures("each_loop")
def test_a_stream_of_a_closed_loop_is_dropped_without_a_sound(server: LoopbackServer) -> None:
    client = client_of(server)

    async def begin() -> Any:
        stream = await client.agenerate(**ASK)
        await anext(stream)
        return stream

    stream = asyncio.run(begin())
    del stream
    assert all_given_up(server)
    client.close()


@pytest.mark.usefixtures("each_loop")
def test_the_sync_interface_works_inside_a_running_loop(server: LoopbackServer) -> None:
    server._handler = echo

    async def main() -> None:
        with client_of(server) as client:
            assert client.generate(**ASK).collect().content == "Hello " * 40

    asyncio.run(main())
