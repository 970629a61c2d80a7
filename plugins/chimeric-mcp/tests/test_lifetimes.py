"""When servers begin and end: what is shared, what is left, what a crash does."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from chimeric_mcp import MCPServer

from chimeric import Chimeric, StreamInterruptedError

from .conftest import MODES, ask, descriptors, library, nothing_is_left, odd, outputs, programs, run

pytestmark = pytest.mark.slow

Client = Callable[..., Chimeric]


@pytest.mark.parametrize("mode", MODES)
def test_a_server_starts_when_it_is_needed_is_shared_and_ends_with_the_client(
    mode: str, client: Client
) -> None:
    server = odd("plain")

    async def main() -> None:
        async with client() as asked:
            await asked.agenerate("sim:tools", "hello", tool_choice="none")
            assert programs() == []
            for _ in range(3):
                await asked.agenerate("sim:tools", "use only say", tools=[server])
                assert len(programs()) == 1
        assert programs() == []

    if mode != "sync":
        run(mode, main)
        return
    with client(plugins=[server]) as asked:
        assert programs() == []
        for _ in range(3):
            asked.generate("sim:tools", "use only say")
            assert len(programs()) == 1
    assert programs() == []


def test_a_server_of_two_clients_ends_with_the_last_one(client: Client) -> None:
    server = odd("plain")
    first, second = client(), client()
    for asked in (first, second):
        asked.generate("sim:tools", "use only say", tools=[server])
    (program,) = programs()
    first.close()
    assert programs() == [program]
    second.generate("sim:tools", "use only say", tools=[server])
    second.close()
    assert programs() == []


def test_a_client_with_other_options_leaves_the_server_to_the_first(client: Client) -> None:
    server = odd("plain")
    with client() as asked:
        other = asked.with_options(timeout=30)
        other.generate("sim:tools", "use only say", tools=[server])
        other.close()
        assert len(programs()) == 1
    assert programs() == []


def test_a_server_may_be_used_again_after_its_end(client: Client) -> None:
    server = odd("plain")
    for _ in range(2):
        (response,) = ask("asyncio", client(), "use only say in Oslo", tools=[server])
        assert outputs(response) == ['say: {"word": "Oslo"}']
        with server:
            assert len(server.tools()) == 2
        assert programs() == []


@pytest.mark.parametrize("mode", MODES)
def test_a_hundred_calls_at_a_time_share_one_server(mode: str, client: Client) -> None:
    server = library()
    found: list[str] = []

    async def one(asked: Chimeric, number: int) -> None:
        text = f"use only add with {number} and 1"
        found.extend(outputs(await asked.agenerate("sim:tools", text, tools=[server])))

    async def main() -> None:
        async with client() as asked, anyio.create_task_group() as group:
            for number in range(100):
                group.start_soon(one, asked, number)

    def work(asked: Chimeric, number: int) -> None:
        text = f"use only add with {number} and 1"
        found.extend(outputs(asked.generate("sim:tools", text, tools=[server])))

    if mode == "sync":
        with client() as asked:
            threads = [threading.Thread(target=work, args=(asked, n)) for n in range(100)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    else:
        run(mode, main)
    assert sorted(map(int, found)) == list(range(1, 101))


def test_a_hundred_calls_of_one_turn_share_one_server(client: Client) -> None:
    """The tools of one turn, over the server's own limit of calls at a time."""
    from chimeric import Tool

    server = library()

    async def main() -> list[Any]:
        async with client(max_parallel_tools=100) as asked, server:
            tool: Tool = (await _tools(asked, server))["add"]
            assert tool.function is not None

            async def last(number: int) -> Any:
                *_, result = [each async for each in tool.function(a=number, b=1)]  # type: ignore[misc]
                return result.output

            return await asyncio.gather(*map(last, range(100)))

    assert run("asyncio", main) == [str(n + 1) for n in range(100)]


async def _tools(asked: Chimeric, server: MCPServer) -> dict[str, Any]:
    """The tools that a model is offered."""
    from chimeric import hookimpl

    class Look:
        found: dict[str, Any] = {}

        @hookimpl(trylast=True)
        def chimeric_prepare_request(self, request: Any) -> None:
            self.found = {tool.name: tool for tool in request.tools}

    look = Look()
    await asked.agenerate("sim:tools", "hi", tools=[server], use=[look], tool_choice="none")
    return look.found


# --- leaving ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_leaving_a_stream_cancels_its_tool_and_keeps_the_server(mode: str, client: Client) -> None:
    server = library()
    texts = "use only sleep with 30"

    async def main() -> list[str]:
        async with client() as asked:
            await server.atools()
            with anyio.move_on_after(3.0):
                await asked.agenerate("sim:tools", texts, tools=[server])
            while True:
                response = await asked.agenerate(
                    "sim:tools", "use only what_happened", tools=[server]
                )
                happened = list(response.tool_results[0].value["result"])
                if "cancelled" in happened:  # the server is told after the call has ended
                    return happened

    if mode != "sync":
        assert run(mode, main) == ["slept", "cancelled"]
        return
    with client() as asked:
        server.tools()
        with pytest.raises(Exception, match="total"):
            asked.generate("sim:tools", texts, tools=[server], timeout=_total(3.0))
        assert what_happened(asked, server, 1) == ["slept", "cancelled"]


def what_happened(asked: Chimeric, server: MCPServer, cancelled: int) -> list[str]:
    """What the server says once it was told that so many calls are cancelled."""
    for _ in range(200):
        response: Any = asked.generate("sim:tools", "use only what_happened", tools=[server])
        happened = list(response.tool_results[0].value["result"])
        if happened.count("cancelled") >= cancelled:
            break
        time.sleep(0.05)
    return happened


def _total(seconds: float) -> Any:
    from chimeric import Timeout

    return Timeout(total=seconds)


@pytest.mark.parametrize("count", [1, 2])
def test_closing_a_stream_from_another_thread_cancels_the_tools_of_a_blocking_call(
    count: int, client: Client
) -> None:
    server = library()
    with client() as asked:
        server.tools()
        stream: Any = asked.generate(
            "sim:tools",
            f"use only sleep {'twice' * (count - 1)} with 30 and 30",
            tools=[server],
            stream=True,
        )
        threading.Timer(3.0, stream.close).start()
        with pytest.raises(StreamInterruptedError):
            for _ in stream:
                pass
        happened = what_happened(asked, server, count)
        assert happened == ["slept"] * count + ["cancelled"] * count


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("way", ["break", "raise", "close"])
def test_nothing_is_left_however_a_stream_is_left(mode: str, way: str, client: Client) -> None:
    server = odd("plain")
    _leave(mode, way, client(), server)  # what is imported and opened once
    before = descriptors()
    _leave(mode, way, client(), server)
    nothing_is_left()
    gc.collect()
    assert descriptors() <= before


def _leave(mode: str, way: str, asked: Chimeric, server: MCPServer) -> None:
    async def main() -> None:
        async with asked:
            stream: Any = await asked.agenerate(
                "sim:tools", "use only say", tools=[server], stream=True
            )
            async for chunk in stream:
                if chunk.tool_results and way == "break":
                    break
                if chunk.tool_results and way == "raise":
                    raise LookupError
                if chunk.tool_results:
                    await stream.aclose()
            if sys.modules.get("asyncio") and mode == "asyncio":
                await asyncio.sleep(0)
                mine = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
                assert len(mine) < 20
        if mode == "asyncio":
            names = [t.get_coro().__qualname__ for t in asyncio.all_tasks()]  # type: ignore[union-attr]
            assert not [name for name in names if "Connection" in name or "call" in name], names

    if mode != "sync":
        try:
            run(mode, main)
        except LookupError:
            assert way == "raise"
        return
    try:
        with asked:
            stream: Any = asked.generate("sim:tools", "use only say", tools=[server], stream=True)
            for chunk in stream:
                if chunk.tool_results and way == "break":
                    break
                if chunk.tool_results and way == "raise":
                    raise LookupError
                if chunk.tool_results:
                    stream.close()
    except LookupError:
        assert way == "raise"


def test_a_client_and_a_server_that_are_forgotten_end_it(client: Client) -> None:
    asked, server = client(), odd("plain")
    asked.generate("sim:tools", "use only say", tools=[server])
    assert len(programs()) == 1
    del asked, server
    nothing_is_left()


def test_a_loop_that_ends_without_a_close_ends_its_servers(client: Client) -> None:
    asked, server = client(), odd("plain")

    async def main() -> None:
        await asked.agenerate("sim:tools", "use only say", tools=[server])

    for mode in ("asyncio", "trio"):
        run(mode, main)
        assert programs() == []
    asked.close()


def test_one_server_serves_several_loops_and_blocking_callers(client: Client) -> None:
    server, asked = odd("plain"), client()

    async def main() -> list[str]:
        response = await asked.agenerate("sim:tools", "use only say in Oslo", tools=[server])
        return outputs(response)

    expected = ['say: {"word": "Oslo"}']
    with asked:
        assert run("asyncio", main) == expected
        assert run("trio", main) == expected
        assert run("asyncio", main) == expected
        assert outputs(asked.generate("sim:tools", "use only say in Oslo", tools=[server])) == (
            expected
        )


def test_a_blocking_call_inside_of_a_loop_works(client: Client) -> None:
    server = odd("plain")

    async def main() -> list[str]:
        with client() as asked:
            response = asked.generate("sim:tools", "use only say in Oslo", tools=[server])
            return outputs(response)

    assert run("asyncio", main) == ['say: {"word": "Oslo"}']


# --- servers that end -----------------------------------------------------------------------------
