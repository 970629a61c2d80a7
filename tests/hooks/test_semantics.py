"""Which hook may wait when, and what becomes of it when the call ends. Driven by hand."""

from __future__ import annotations

import gc
import os
import sys
import time
import warnings
from typing import Any

import pytest

from chimeric import SEND, Chimeric, RequestTimeoutError, Timeout, hookimpl, wait
from chimeric.exchange.effects import Emit, Ending, Perform
from chimeric.values.hooks.wants import RunWant

from .world import FAILED, TEXT, TOOL, World, add, asking, hooked, mark

MOMENTS = {
    "prepare_request": ["opening", "tools"],
    "answer": ["opening", "tools"],
    "credentials": ["opening"],
    "call_tool": ["tools"],
    "recover": ["streaming"],
    "finish_turn": ["tools", "streaming"],
}
"""When each hook asks: of a call that fails once, calls a tool and answers; the last but one of a
call that breaks at its end."""

ENDS = ("close", "cancel", "time-out", "garbage collection", "fork")


def client_with(*plugins: Any, **settings: Any) -> Chimeric:
    return Chimeric(
        base_url="http://127.0.0.1:9/v1",
        plugins=list(plugins),
        only_plugins=["compatible"],
        **settings,
    )


def is_ask(effect: Any) -> bool:
    return isinstance(effect, Perform)


@pytest.mark.parametrize("hook", MOMENTS)
def test_a_hook_may_wait_at_its_moment(hook: str) -> None:
    log: list[str] = []
    script = [FAILED, TOOL, TEXT]
    if hook == "recover":
        script = [(200, TEXT[1][:1])]
    world = World(client_with(hooked(hook, log)), script, tools=[add])
    world.run()
    assert world.asked == MOMENTS[hook]
    assert log == ["asks", "went on"] * len(world.asked)
    if hook != "recover":
        assert "".join(chunk.delta or "" for chunk in world.chunks) == "Hi there"


@pytest.mark.parametrize("hook", MOMENTS)
@pytest.mark.parametrize("end", ENDS)
def test_a_hook_that_asks_when_the_call_ends_is_closed_where_it_stands(hook: str, end: str) -> None:
    log: list[str] = []
    timeout = Timeout(total=60) if end == "time-out" else Timeout()
    script = [(200, TEXT[1][:1])] if hook == "recover" else [TOOL, TEXT]
    client = client_with(hooked(hook, log), timeout=timeout)
    world = World(client, script, tools=[add])
    asked = world.until(is_ask)
    assert isinstance(asked, Perform)
    match end:
        case "close" | "cancel":
            assert world.leave() == []
            assert world.call.context.closed_early
        case "time-out":
            world.end_late()
            assert isinstance(world.error, RequestTimeoutError)
            assert world.error.phase == "total"
        case "garbage collection":
            world.flow.close()
        case "fork":
            assert in_a_child(lambda: [str(world.leave()), *log]) == "[] asks closed"
            world.leave()
    assert log == ["asks", "closed"]


class Around:
    """An attempt hook that asks before and after."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.outcomes: list[Any] = []

    @hookimpl
    def chimeric_attempt(self, request: Any) -> Any:
        yield from asking(self.log)
        outcome = yield SEND
        self.outcomes.append(outcome)
        yield from asking(self.log)


def test_a_hook_around_each_attempt_asks_before_and_after_it() -> None:
    around = Around()
    world = World(client_with(around), [FAILED, TOOL, TEXT], tools=[add])
    world.run()
    assert [outcome.status for outcome in around.outcomes] == [500, 200, 200]
    assert [outcome.error is None for outcome in around.outcomes] == [False, True, True]
    assert around.log == ["asks", "went on"] * 6
    assert world.asked[0] == "opening"


@pytest.mark.parametrize("end", ENDS)
def test_an_attempt_that_ends_early_is_told_once_and_has_a_second(end: str) -> None:
    around = Around()
    timeout = Timeout(total=60) if end == "time-out" else Timeout()
    world = World(client_with(around, timeout=timeout), [TEXT])
    world.until(lambda effect: isinstance(effect, Emit))
    del around.log[:]
    now = time.monotonic()
    match end:
        case "close" | "cancel":
            (asked,) = world.leave()
            assert asked.ending
            assert asked.work == RunWant(mark)
            assert around.log == ["asks", "went on"]
        case "time-out":
            world.call.deadline = now - 0.5
            world.run()
            assert isinstance(world.error, RequestTimeoutError)
            assert around.log == ["asks", "went on"]
        case "garbage collection":
            world.flow.close()
            assert around.log == ["asks", "closed"]  # nothing of it is begun
        case "fork":
            assert in_a_child(lambda: [str(world.leave()), *around.log]) == "[]"
            world.leave()
    (outcome,) = around.outcomes
    assert outcome.status == 200
    assert (outcome.error is None) == (end != "time-out")


def test_what_is_still_asked_for_after_the_second_is_given_up_and_told() -> None:
    class Slow(Around):
        @hookimpl
        def chimeric_attempt(self, request: Any) -> Any:
            yield SEND
            yield from wait(30)
            self.log.append("went on")

    slow = Slow()
    world = World(client_with(slow), [TEXT])
    world.until(lambda effect: isinstance(effect, Emit))
    with pytest.warns(UserWarning, match="given up in chimeric_attempt"):
        (asked,) = world.leave()
    assert asked.work.seconds <= 1
    assert slow.log == []


def test_a_stream_that_the_collector_finds_performs_nothing() -> None:
    around = Around()
    world: Any = World(client_with(around), [TEXT])
    world.until(lambda effect: isinstance(effect, Emit))
    performed: list[Perform] = []

    class Dropped:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            performed.extend(world.leave())

    gc.collect()
    Dropped()
    gc.collect()
    assert performed == []
    assert len(around.outcomes) == 1


def test_a_hook_that_fails_while_the_call_ends_hides_nothing() -> None:
    class Bad(Around):
        @hookimpl
        def chimeric_attempt(self, request: Any) -> Any:
            yield SEND
            raise ZeroDivisionError("in the hook")

    world = World(client_with(Bad(), max_retries=0), [FAILED])
    with pytest.warns(UserWarning, match="in the hook"):
        world.run()
    assert type(world.error).__name__ == "ServerError"
    world = World(client_with(Bad()), [TEXT])
    world.until(lambda effect: isinstance(effect, Emit))
    with pytest.warns(UserWarning, match="in the hook"):
        world.leave()
    world = World(client_with(Bad()), [TEXT])
    world.run()
    assert type(world.error).__name__ == "PluginError"


def test_a_hook_that_will_not_be_closed_hides_nothing() -> None:
    class Stubborn:
        @hookimpl
        def chimeric_prepare_request(self, request: Any) -> Any:
            try:
                yield from wait(1)
            finally:
                yield from wait(1)

    world = World(client_with(Stubborn()), [TEXT])
    world.until(is_ask)
    with pytest.warns(UserWarning, match="ignored GeneratorExit"):
        assert world.leave() == []


@pytest.mark.parametrize("chunks", [0, 1])
def test_the_first_content_has_its_time_also_when_the_caller_leaves_at_it(chunks: int) -> None:
    told: list[float | None] = []

    class See:
        @hookimpl
        def chimeric_stream_finished(self, context: Any) -> None:
            told.append(context.first_content)

    world = World(client_with(See()), [TEXT])
    emitted: Any = world.until(lambda effect: isinstance(effect, Emit))
    for _ in range(chunks):
        world.take(next(iter(emitted.chunks)))
    world.leave()
    assert [time is not None for time in told] == [chunks > 0]


def in_a_child(work: Any) -> str:
    """What ``work`` returns in a forked child, joined with spaces."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other tests leave threads
        child = os.fork()
    if child == 0:
        try:
            os.write(writing, " ".join(work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    try:
        told = os.read(reading, 65536)
        os.waitpid(child, 0)
    finally:
        os.close(reading)
    return told.decode()


def test_ending_is_no_error_that_a_program_could_catch_by_mistake() -> None:
    assert not issubclass(Ending, Exception)
    assert "chimeric" in sys.modules
