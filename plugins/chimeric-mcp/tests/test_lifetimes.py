"""When servers begin and end: what is shared, what is left, what a crash does."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from chimeric_mcp import MCPServer, MCPServerError

from chimeric import Chimeric, StreamInterruptedError

from .conftest import (
    MODES,
    ODD,
    SERVERS,
    ask,
    descriptors,
    http_library,
    library,
    nothing_is_left,
    odd,
    outputs,
    programs,
    run,
)

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
            with anyio.move_on_after(1.0):
                await asked.agenerate("sim:tools", texts, tools=[server])
            response = await asked.agenerate("sim:tools", "use only what_happened", tools=[server])
            return list(response.tool_results[0].value["result"])

    if mode != "sync":
        assert run(mode, main) == ["slept", "cancelled"]
        return
    with client() as asked:
        server.tools()
        with pytest.raises(Exception, match="total"):
            asked.generate("sim:tools", texts, tools=[server], timeout=_total(1.0))
        time.sleep(0.3)
        response = asked.generate("sim:tools", "use only what_happened", tools=[server])
        assert response.tool_results[0].value["result"] == ["slept", "cancelled"]


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
        threading.Timer(1.0, stream.close).start()
        with pytest.raises(StreamInterruptedError):
            for _ in stream:
                pass
        time.sleep(0.3)
        response = asked.generate("sim:tools", "use only what_happened", tools=[server])
        assert response.tool_results[0].value["result"] == ["slept"] * count + ["cancelled"] * count


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
        _, errors = program.communicate(timeout=20)
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
        out, errors = program.communicate(timeout=30)
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
        out, _ = program.communicate(timeout=30)
    assert out.splitlines() == ['say: {"word": "Rome"}', 'say: {"word": "Oslo"}']


# --- servers that end -----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_a_crash_in_mid_call_is_the_result_of_that_call(mode: str, client: Client) -> None:
    dying, other = odd("dying", name="dying"), odd("plain", name="other")
    texts = ["use only dying__say in Oslo", "use only other__say in Oslo"]
    first, second = ask(mode, client(), *texts, tools=[dying, other])
    assert first.tool_results[0].is_error
    assert "ended in mid-call" in first.tool_results[0].output
    assert first.finish_reason == "stop"
    assert outputs(second) == ['say: {"word": "Oslo"}']


def test_the_next_call_after_a_crash_has_a_new_server(client: Client) -> None:
    server = library()
    texts = ["use only die", "use only add with 3 and 4"]
    first, second = ask("asyncio", client(), *texts, tools=[server])
    assert first.tool_results[0].is_error
    assert outputs(second) == ["7"]


def test_a_crash_of_a_server_over_http_is_a_result_and_a_new_one_is_found(
    client: Client,
) -> None:
    with http_library() as url, client() as asked:
        server = MCPServer(url)
        assert outputs(
            asked.generate("sim:tools", "use only add with 3 and 4", tools=[server])
        ) == (["7"])
        with pytest.warns(match="cannot be used"):
            response = asked.generate("sim:tools", "use only die", tools=[server])
        assert "ended in mid-call" in outputs(response)[0]


def test_a_server_that_does_not_want_to_end_is_killed(client: Client) -> None:
    server = odd("stubborn")
    with client() as asked:
        asked.generate("sim:tools", "use only say", tools=[server])
        assert len(programs()) == 1
    assert programs() == []


def test_what_was_closed_meanwhile_is_an_error_of_the_server(client: Client) -> None:
    server = odd("silent", connect_timeout=20)
    timer = threading.Timer(0.5, server.close)
    timer.start()
    with pytest.raises(MCPServerError, match="closed"):
        server.tools()
    timer.join()
