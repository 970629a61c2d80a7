"""Tools as streams: results as they come, progress of generators, and their ends."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio
import pytest

from chimeric import (
    RequestTimeoutError,
    StreamChunk,
    StreamInterruptedError,
    Timeout,
    Tool,
    hookimpl,
)
from chimeric.transport.tool_threads import ROOM
from tests.hooks.modes import run_on

from .crew import MODES, PATIENCE, Crew, calls, listen, wait_for

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def crew() -> Iterator[Crew]:
    with Crew() as crew:
        yield crew


def named(name: str, function: Callable[..., Any]) -> Tool:
    return Tool(name=name, function=function)


# --- one by one -----------------------------------------------------------------------------------


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


# --- progress -------------------------------------------------------------------------------------


def sync_steps() -> Iterator[Any]:
    yield "looking"
    yield {"found": 2}
    return "done"


async def async_steps() -> AsyncIterator[Any]:
    yield "looking"
    yield {"found": 2}
    yield "done"


class Stepper:
    def __call__(self) -> Iterator[Any]:
        return sync_steps()


class AsyncStepper:
    async def __call__(self) -> AsyncIterator[Any]:
        async for step in async_steps():
            yield step


LOOKING = [("t", "progress", "looking"), ("t", "progress", '{"found":2}')]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("together", [False, True], ids=["alone", "with another"])
@pytest.mark.parametrize(
    ("function", "last"),
    [
        (sync_steps, []),
        (async_steps, [("t", "progress", "done")]),
        (lambda: sync_steps(), []),
        (lambda: async_steps(), [("t", "progress", "done")]),
        (functools.partial(async_steps), [("t", "progress", "done")]),
        (Stepper(), []),
        (AsyncStepper(), [("t", "progress", "done")]),
    ],
    ids=["sync", "async", "returned", "async returned", "partial", "object", "async object"],
)
def test_what_a_generator_yields_is_progress_and_what_it_returns_the_result(
    crew: Crew, mode: str, together: bool, function: Any, last: Any
) -> None:
    wanted = ["t", "u"] if together else ["t"]
    tools = [named("t", function), named("u", lambda: "other")]
    heard = listen(mode, crew.client(), calls(*wanted), tools=tools)
    of_it = [step for step in heard.steps if step[0] == "t"]
    assert of_it == [*LOOKING, *last, ("t", "completed", "done")]
    assert heard.response.tool_results[0].output == "done"
    assert heard.response.content.startswith("Got ['done'")
    assert {chunk.turn for chunk in heard.chunks if chunk.tool_results} == {0}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_generator_that_fails_after_two_steps_has_two_steps_and_an_error(
    crew: Crew, mode: str, kind: str
) -> None:
    def steps() -> Iterator[int]:
        yield 1
        yield 2
        raise RuntimeError("no third step")

    async def asteps() -> AsyncIterator[int]:
        for step in steps():
            yield step

    tools = [named("t", steps if kind == "sync" else asteps)]
    heard = listen(mode, crew.client(), calls("t"), tools=tools)
    failed = ("t", "completed", "RuntimeError: no third step")
    assert heard.steps == [("t", "progress", "1"), ("t", "progress", "2"), failed]
    assert [r.is_error for r in heard.results] == [False, False, True]
    assert [r.output for r in heard.response.tool_results] == [failed[2]]
    assert heard.response.finish_reason == "stop"


@pytest.mark.parametrize("mode", MODES)
def test_a_generator_that_returns_nothing_has_the_last_step_as_its_result(
    crew: Crew, mode: str
) -> None:
    def steps() -> Iterator[int]:
        yield 1
        yield 2

    def nothing() -> Iterator[int]:
        yield from ()

    async def anothing() -> AsyncIterator[int]:
        for number in ():
            yield number

    tools = [named("s", steps), named("n", nothing), named("a", anothing)]
    heard = listen(mode, crew.client(), calls("s", "n", "a"), tools=tools)
    assert [r.output for r in heard.response.tool_results] == ["2", "null", "null"]


class Shy:
    def __repr__(self) -> str:
        raise RuntimeError("nobody shall know")


@pytest.mark.parametrize("mode", MODES)
def test_progress_without_a_json_form_is_shown_and_a_result_without_one_is_an_error(
    crew: Crew, mode: str
) -> None:
    def steps() -> Iterator[Any]:
        yield 1 + 2j
        yield Shy()
        yield "x" * 2_000_000
        yield "half \ud83d"
        return 1 + 2j

    heard = listen(mode, crew.client(), calls("t"), tools=[named("t", steps)])
    complex_, shy, long, half, result = heard.results
    assert (complex_.output, complex_.is_error, complex_.value) == ("(1+2j)", False, 1 + 2j)
    assert (shy.output, shy.status) == ("", "progress")
    assert len(long.output) == 1024 * 1024
    assert half.output == "half ?"
    assert result.is_error
    assert "has no JSON form" in result.output or "cannot be sent" in result.output
    assert heard.error is None


@pytest.mark.parametrize("mode", MODES)
def test_progress_is_as_text_and_as_json_like_any_result(crew: Crew, mode: str) -> None:
    heard = listen(mode, crew.client(), calls("t"), tools=[named("t", sync_steps)])
    first, *_, last = (chunk for chunk in heard.chunks if chunk.tool_results)
    assert first.to_dict()["tool_results"][0]["status"] == "progress"
    assert "status" not in last.to_dict()["tool_results"][0]


def test_an_async_generator_runs_in_a_sync_call_inside_a_running_loop(crew: Crew) -> None:
    async def main() -> Any:
        return listen("sync", crew.client(), calls("t"), tools=[named("t", async_steps)])

    heard = asyncio.run(main())
    assert heard.steps[-1] == ("t", "completed", "done")


# --- ends -----------------------------------------------------------------------------------------


class Endless:
    """Tools that never end, and what became of them."""

    def __init__(self, pause: float = 0.005) -> None:
        self.pause = pause
        self.steps = 0
        self.closed = threading.Event()

    def sync(self) -> Iterator[int]:
        try:
            while True:
                time.sleep(self.pause)
                self.steps += 1
                yield self.steps
        finally:
            self.closed.set()

    async def asynchronous(self) -> AsyncIterator[int]:
        try:
            while True:
                await anyio.sleep(self.pause)
                self.steps += 1
                yield self.steps
        finally:
            self.closed.set()

    def tool(self, kind: str) -> Tool:
        return named("t", self.sync if kind == "sync" else self.asynchronous)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("wanted", [("t",), ("t", "u")], ids=["alone", "with another"])
def test_total_ends_a_generator_that_never_ends(
    crew: Crew, mode: str, kind: str, wanted: tuple[str, ...]
) -> None:
    endless = Endless()
    tools = [endless.tool(kind), named("u", lambda: "other")]
    heard = listen(mode, crew.client(), calls(*wanted), tools=tools, timeout=Timeout(total=0.5))
    assert isinstance(heard.error, RequestTimeoutError)
    assert heard.error.phase == "total"
    assert endless.closed.wait(PATIENCE)
    partial = heard.error.partial
    assert partial is not None
    assert [r.output for r in partial.tool_results] == ["other"] * (len(wanted) - 1)
    assert [m.role for m in partial.messages] == ["user", "assistant", "tool"][: len(wanted) + 1]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("wanted", [("t",), ("t", "u")], ids=["alone", "with another"])
def test_a_reader_who_leaves_closes_the_generators(
    crew: Crew, mode: str, kind: str, wanted: tuple[str, ...]
) -> None:
    endless = Endless()

    def read(chunk: StreamChunk) -> str | None:
        ours = [r for r in chunk.tool_results if r.name == "t"]
        return "leave" if ours and ours[0].value == 3 else None

    tools = [endless.tool(kind), named("u", lambda: "other")]
    heard = listen(mode, crew.client(), calls(*wanted), read, tools=tools)
    assert heard.error is None
    assert endless.closed.wait(PATIENCE)
    assert len(crew.requests) == 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_generator_is_only_so_far_ahead_of_its_reader(crew: Crew, mode: str, kind: str) -> None:
    endless, seen = Endless(pause=0), threading.Event()

    def read(chunk: StreamChunk) -> threading.Event | str | None:
        if not any(result.name == "t" for result in chunk.tool_results):
            return None
        if seen.is_set():
            return "leave"
        threading.Timer(0.3, seen.set).start()
        return seen

    tools = [endless.tool(kind), named("u", lambda: "other")]
    listen(mode, crew.client(), calls("t", "u"), read, tools=tools)
    assert endless.closed.wait(PATIENCE)
    assert endless.steps <= ROOM + 5


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("wanted", [("t",), ("t", "u")], ids=["alone", "with another"])
def test_close_from_another_thread_ends_a_generator(
    crew: Crew, kind: str, wanted: tuple[str, ...]
) -> None:
    endless = Endless()
    tools = [endless.tool(kind), named("u", lambda: "other")]
    with crew.client() as client:
        stream = client.generate("crew:crew", calls(*wanted), stream=True, tools=tools)
        closer = threading.Timer(0.2, stream.close)
        closer.start()
        with pytest.raises(StreamInterruptedError, match="closed"):
            stream.collect()
        closer.join()
    assert endless.closed.wait(PATIENCE)


@pytest.mark.parametrize("mode", MODES[1:])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_cancellation_ends_a_generator(crew: Crew, mode: str, kind: str) -> None:
    endless = Endless()

    async def main() -> None:
        async with crew.client() as client:
            stream = await client.agenerate(
                "crew:crew", calls("t"), stream=True, tools=[endless.tool(kind)]
            )
            with anyio.move_on_after(0.3) as scope:
                await stream.collect()
            assert scope.cancelled_caught
            await wait_for(endless.closed.is_set)

    run_on(mode, main)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_stream_that_is_dropped_closes_its_generators(crew: Crew, mode: str, kind: str) -> None:
    endless = Endless()
    call: dict[str, Any] = {"model": "crew:crew", "messages": calls("t", "u"), "stream": True}
    call["tools"] = [endless.tool(kind), named("u", lambda: "other")]

    async def main() -> None:
        async with crew.client() as client:
            stream = await client.agenerate(**call)
            while not (await anext(stream)).tool_results:
                pass
            del stream
            gc.collect()
            await wait_for(endless.closed.is_set)

    if mode != "sync":
        run_on(mode, main)
        return
    with crew.client() as client:
        stream = client.generate(**call)
        while not next(stream).tool_results:
            pass
        del stream
        gc.collect()
        assert endless.closed.wait(PATIENCE)


def test_a_tool_that_ignores_its_end_does_not_hold_the_closer_up(crew: Crew) -> None:
    async def stubborn() -> str:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                await asyncio.sleep(20)
            except asyncio.CancelledError:
                continue
        return "late"

    async def main() -> float:
        client = crew.client()
        stream = await client.agenerate(
            "crew:crew", calls("t"), stream=True, tools=[named("t", stubborn)]
        )
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stream.collect(), 0.2)
        began = time.monotonic()
        await stream.aclose()
        return time.monotonic() - began

    loop = asyncio.new_event_loop()
    try:
        assert loop.run_until_complete(main()) < 8
    finally:
        loop.close()


@pytest.mark.parametrize("mode", MODES)
def test_a_generator_that_fails_while_it_is_closed_changes_nothing(crew: Crew, mode: str) -> None:
    def rude() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            raise RuntimeError("not so fast")

    def read(chunk: StreamChunk) -> str | None:
        return "leave" if chunk.tool_results else None

    heard = listen(mode, crew.client(), calls("t"), read, tools=[named("t", rude)])
    assert heard.error is None


# --- middleware -----------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_middleware_sees_one_at_a_time_and_may_drop_progress(crew: Crew, mode: str) -> None:
    seen: list[list[str]] = []

    class Watch:
        @hookimpl
        def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk | None:
            if chunk.tool_results:
                seen.append([result.status for result in chunk.tool_results])
                if chunk.tool_results[0].output == "looking":
                    return None
            return chunk

    tools = [named("t", sync_steps), named("u", lambda: "other")]
    heard = listen(mode, crew.client(Watch()), calls("t", "u"), tools=tools)
    assert sorted(seen) == [["completed"], ["completed"], ["progress"], ["progress"]]
    assert [s for s in heard.steps if s[0] == "t"] == [LOOKING[1], ("t", "completed", "done")]
    assert [r.output for r in heard.response.tool_results] == ["done", "other"]
