"""Progress: what generators yield before their result."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from chimeric import StreamChunk, hookimpl

from .crew import MODES, Crew, calls, listen, named

pytestmark = pytest.mark.filterwarnings("error")


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
