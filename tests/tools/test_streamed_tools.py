"""Tools as streams: results as they come."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from chimeric import StreamChunk

from .crew import MODES, PATIENCE, Crew, calls, listen, named, wait_for

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["function", "coroutine"])
def test_a_result_is_told_while_another_tool_still_runs(crew: Crew, mode: str, kind: str) -> None:
    told = threading.Event()

    def slow() -> str:
        assert told.wait(PATIENCE)
        return "late"

    async def aslow() -> str:
        await asyncio.sleep(0) if mode == "sync" else await wait_for(told.is_set)
        return slow()

    def read(chunk: StreamChunk) -> None:
        if chunk.tool_results:
            told.set()

    tools = [named("slow", slow if kind == "function" else aslow), named("quick", lambda: "now")]
    heard = listen(mode, crew.client(), calls("slow", "quick"), read, tools=tools)
    assert [(r.name, r.output) for r in heard.results] == [("quick", "now"), ("slow", "late")]
    assert all(len(chunk.tool_results) < 2 for chunk in heard.chunks)
    assert [r.name for r in heard.response.tool_results] == ["slow", "quick"]
    assert [m.name for m in heard.response.messages if m.role == "tool"] == ["slow", "quick"]
    assert [row[1] for row in crew.told[1][2:]] == ["c0", "c1"]
    assert heard.response.content == "Got ['late', 'now']"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["function", "coroutine", "generator", "async generator"])
def test_a_slow_reader_stops_no_other_tool(crew: Crew, mode: str, kind: str) -> None:
    read_one, finished = threading.Event(), threading.Event()

    def function() -> str:
        assert read_one.wait(PATIENCE)
        finished.set()
        return "done"

    async def coroutine() -> str:
        await wait_for(read_one.is_set) if mode != "sync" else await asyncio.sleep(0)
        return function()

    def generator() -> Iterator[str]:
        yield function()

    async def async_generator() -> AsyncIterator[str]:
        yield await coroutine()

    def read(chunk: StreamChunk) -> threading.Event | None:
        if not any(result.name == "quick" for result in chunk.tool_results):
            return None
        read_one.set()
        return finished  # the reader takes nothing more until the other tool is done

    functions = [function, coroutine, generator, async_generator]
    other = functions[["function", "coroutine", "generator", "async generator"].index(kind)]
    tools = [named("other", other), named("quick", lambda: "now")]
    heard = listen(mode, crew.client(), calls("quick", "other"), read, tools=tools)
    assert heard.error is None
    assert [r.output for r in heard.response.tool_results] == ["now", "done"]


@pytest.mark.parametrize("mode", MODES)
def test_whole_answers_have_the_final_results_in_the_order_of_the_calls(
    crew: Crew, mode: str
) -> None:
    def steps() -> Iterator[int]:
        yield from (1, 2)
        time.sleep(0.05)

    tools = [named("steps", steps), named("quick", lambda: "now")]
    heard = listen(mode, crew.client(), calls("steps", "quick"), tools=tools)
    assert [(r.name, r.output, r.status) for r in heard.response.tool_results] == [
        ("steps", "2", "completed"),
        ("quick", "now", "completed"),
    ]


@pytest.mark.parametrize("mode", MODES)
def test_no_more_tools_run_at_a_time_than_allowed(crew: Crew, mode: str) -> None:
    running, most, lock = [0], [0], threading.Lock()

    def steps() -> Iterator[int]:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        for number in range(3):
            time.sleep(0.01)
            yield number
        with lock:
            running[0] -= 1

    client = crew.client(max_parallel_tools=2)
    heard = listen(mode, client, calls(*["steps"] * 5), tools=[named("steps", steps)])
    assert [r.output for r in heard.response.tool_results] == ["2"] * 5
    assert most == [2]


@pytest.mark.parametrize("mode", MODES)
def test_tools_have_the_callers_context_variables(crew: Crew, mode: str) -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")

    async def afterwards() -> AsyncIterator[str]:
        yield name.get()

    tools = [named("plain", lambda: name.get()), named("afterwards", afterwards)]
    name.set("Ada")
    heard = listen(mode, crew.client(), calls("plain", "afterwards"), tools=tools)
    assert [r.output for r in heard.response.tool_results] == ["Ada", "Ada"]
