"""What a call of a server's tool costs here, beside the SDK used by hand.

``python -m tests.benchmarks.mcp_calls [CALLS]``: milliseconds for one call over one connection to
one server (stdio), the median of rounds that are taken in turns.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from chimeric_mcp import MCPServer
from chimeric_mcp.calling import async_call, blocking_call
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from chimeric import Context, Request, Tool, ToolCall
from chimeric.transport.tool_tasks import arun_tool
from chimeric.transport.tool_threads import run_tool

ROOT = Path(__file__).parents[2]
SERVER = str(ROOT / "plugins" / "chimeric-mcp" / "tests" / "servers" / "library.py")
CALL = ToolCall("1", "add", '{"a": 3, "b": 4}')
ROUNDS = 9


def tool(function: Any) -> Tool:
    """The tool as the tool loop runs it."""
    return Tool(name="add", parameters={"type": "object", "properties": {}}, function=function)


async def timed(work: Callable[[], Awaitable[Any]], calls: int) -> float:
    """Milliseconds for a call."""
    began = time.perf_counter()
    for _ in range(calls):
        await work()
    return (time.perf_counter() - began) / calls * 1000


async def together(work: Callable[[], Awaitable[Any]], calls: int) -> float:
    """Milliseconds for a call, while a hundred run at a time."""
    began = time.perf_counter()
    for _ in range(calls // 100):
        await asyncio.gather(*(work() for _ in range(100)))
    return (time.perf_counter() - began) / (calls // 100 * 100) * 1000


async def measured(calls: int) -> dict[str, list[float]]:
    """All that is compared on an event loop, round by round."""
    server = MCPServer(sys.executable, SERVER)
    ours = tool(async_call(server.pool, "add"))
    found: dict[str, list[float]] = {}
    program = StdioServerParameters(command=sys.executable, args=[SERVER])
    async with Client(program, cache=None) as client, server:
        assert (await arun_tool(ours, CALL)).output == "7"

        async def by_hand() -> Any:
            return await client.call_tool("add", {"a": 3, "b": 4}, read_timeout_seconds=60)

        async def here() -> Any:
            return await arun_tool(ours, CALL)

        await by_hand()
        for _ in range(ROUNDS):
            for name, measure, work in (
                ("one at a time, SDK by hand", timed, by_hand),
                ("one at a time, chimeric-mcp", timed, here),
                ("a hundred at a time, SDK by hand", together, by_hand),
                ("a hundred at a time, chimeric-mcp", together, here),
            ):
                found.setdefault(name, []).append(await measure(work, calls))
    return found


def blocking(calls: int) -> list[float]:
    """The same for a blocking caller, through the thread of all servers."""
    context = Context(Request(model="m", messages=()))
    with MCPServer(sys.executable, SERVER) as server:
        ours = tool(blocking_call(server.pool, "add", context))
        assert run_tool(ours, CALL).output == "7"
        times: list[float] = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            for _ in range(calls):
                run_tool(ours, CALL)
            times.append((time.perf_counter() - began) / calls * 1000)
    return times


def main() -> None:
    """Print the table."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    found = asyncio.run(measured(calls))
    found["one at a time, blocking caller"] = blocking(calls)
    for name, times in found.items():
        print(f"{name:<36} {statistics.median(times):7.3f} ms")
    for way in ("one at a time", "a hundred at a time"):
        pairs = zip(found[f"{way}, chimeric-mcp"], found[f"{way}, SDK by hand"], strict=True)
        print(f"{way}: {statistics.median(ours / theirs for ours, theirs in pairs):.2f}x")


if __name__ == "__main__":
    main()
