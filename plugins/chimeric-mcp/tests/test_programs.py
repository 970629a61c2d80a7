"""Servers of a program that is interrupted, ends without a close, or forks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable

import pytest

from chimeric import Chimeric

from .conftest import MODES, ODD, SERVERS, odd

pytestmark = pytest.mark.slow

Client = Callable[..., Chimeric]

PROGRAM = """
import sys, time
sys.path.insert(0, {path!r})
from chimeric import Chimeric
from chimeric_mcp import MCPServer

{body}
"""


def started(body: str) -> subprocess.Popen[str]:
    """A program that uses servers."""
    text = PROGRAM.format(path=str(SERVERS.parent), body=textwrap.dedent(body))
    return subprocess.Popen(
        [sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


WAITING = f"""
class Client(Chimeric):
    pass
server = MCPServer(sys.executable, {str(SERVERS / "library.py")!r})
def main():
    with Chimeric() as client:
        print([t.name for t in server.tools()][0], flush=True)
        client.generate("sim:tools", "use only sleep with 60", tools=[server])
"""


@pytest.mark.parametrize(
    "body",
    [
        f"{WAITING}\nmain()",
        f"""
import asyncio
server = MCPServer(sys.executable, {str(SERVERS / "library.py")!r})
async def main():
    async with Chimeric() as client:
        print((await server.atools())[0].name, flush=True)
        await client.agenerate("sim:tools", "use only sleep with 60", tools=[server])
asyncio.run(main())
""",
        f"""
import trio
server = MCPServer(sys.executable, {str(SERVERS / "library.py")!r})
async def main():
    async with Chimeric() as client:
        print((await server.atools())[0].name, flush=True)
        await client.agenerate("sim:tools", "use only sleep with 60", tools=[server])
trio.run(main)
""",
    ],
    ids=MODES,
)
def test_an_interrupt_ends_the_program_and_its_server(body: str) -> None:
    with started(body) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "add\n"
        time.sleep(0.7)
        children = _children(program.pid)
        assert children
        program.send_signal(signal.SIGINT)
        _, errors = program.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
    assert not any(map(is_there, children))


def _children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def test_a_program_that_ends_without_a_close_leaves_no_server() -> None:
    body = f"""
    import os, subprocess
    server = MCPServer(sys.executable, {ODD!r}, "plain")
    client = Chimeric()
    client.generate("sim:tools", "use only say", tools=[server])
    print(subprocess.run(["pgrep", "-P", str(os.getpid()), "-f", "odd.py"],
                         capture_output=True, text=True).stdout.strip(), flush=True)
    """
    with started(body) as program:
        out, errors = program.communicate(timeout=60)
    assert errors == ""
    assert out.strip()
    assert not is_there(int(out))


def test_a_fork_does_not_touch_the_servers_of_its_parent(client: Client) -> None:
    server = odd("plain")
    body = f"""
    import os
    server = MCPServer(sys.executable, {ODD!r}, "plain")
    client = Chimeric()
    client.generate("sim:tools", "use only say", tools=[server])
    if os.fork() == 0:
        with Chimeric() as mine:
            print(mine.generate("sim:tools", "use only say in Rome", tools=[server])
                      .tool_results[0].output, flush=True)
        os._exit(0)
    os.wait()
    print(client.generate("sim:tools", "use only say in Oslo", tools=[server])
              .tool_results[0].output, flush=True)
    client.close()
    """
    assert server.label == "odd"
    with started(body) as program:
        out, _ = program.communicate(timeout=60)
    assert out.splitlines() == ['say: {"word": "Rome"}', 'say: {"word": "Oslo"}']
