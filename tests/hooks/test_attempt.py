"""``chimeric_attempt``: around each attempt, once, however the attempt ends."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest

from chimeric import (
    SEND,
    Chimeric,
    ChimericError,
    Context,
    Outcome,
    PluginError,
    PluginWarning,
    RefusedError,
    Request,
    ServerError,
    Timeout,
    hookimpl,
    run,
    wait,
)

from .acme import KEY, Service
from .modes import LOOPS, MODES, WAYS, Way, run_on


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as service:
        yield service


class Around:
    """Notes what happens; asks before and after."""

    def __init__(
        self, name: str = "a", seconds: float = 0.01, log: list[str] | None = None
    ) -> None:
        self._name, self._seconds = name, seconds
        self.log: list[str] = [] if log is None else log
        self.outcomes: list[Outcome] = []
        self.early: list[bool] = []
        self.done = threading.Event()

    @hookimpl
    def chimeric_attempt(self, request: Request, context: Context) -> Iterator[Any]:
        self.log.append(f"{self._name} before {context.attempt}")
        yield from wait(0.01)
        outcome = yield SEND
        self.outcomes.append(outcome)
        self.early.append(context.closed_early)
        self.log.append(f"{self._name} after")
        yield from wait(self._seconds)
        yield from run(self.log.append, f"{self._name} done")
        self.done.set()


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_first_plugin_is_the_outermost(service: Service, way: Way) -> None:
    log: list[str] = []
    # pluggy calls the plugin first that was registered last.
    way.ask(service.client(Around("inner", log=log), Around("outer", log=log)), "Hi")
    assert log == [
        "outer before 0",
        "inner before 0",
        "inner after",
        "inner done",
        "outer after",
        "outer done",
    ]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_outcome_tells_what_became_of_the_attempt(service: Service, way: Way) -> None:
    around = Around()
    way.ask(service.client(around), "Hi")
    (outcome,) = around.outcomes
    assert (outcome.status, outcome.error) == (200, None)
    assert outcome.usage is not None
    assert outcome.usage.total_tokens == 9
    assert 0 < outcome.seconds < 10
    assert around.early == [False]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_each_retry_is_an_attempt_of_its_own(service: Service, way: Way) -> None:
    around = Around()
    way.ask(service.client(around, max_retries=2), "Hi", model="acme-busy")
    assert around.log == ["a before 0", "a after", "a done", "a before 1", "a after", "a done"]
    first, second = around.outcomes
    assert isinstance(first.error, ServerError)
    assert (first.status, second.status) == (500, 200)


@pytest.mark.parametrize("mode", MODES)
def test_a_connection_that_fails_has_an_outcome_without_a_status(mode: str) -> None:
    around = Around()
    with Service() as service:
        client = service.client(around)
    with pytest.raises(ChimericError) as caught:
        Way(mode, stream=True).ask(client, "Hi")
    (outcome,) = around.outcomes
    assert outcome.status is None
    assert outcome.error is caught.value
    assert around.done.is_set()


@pytest.mark.parametrize("mode", MODES)
def test_no_key_is_in_an_outcome(service: Service, mode: str) -> None:
    service.refused = {KEY}
    around = Around()
    with pytest.raises(ChimericError):
        Way(mode, stream=True).ask(service.client(around), "Hi")
    assert KEY not in f"{around.outcomes} {around.outcomes[0].error!r}"


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_refusal_is_raised_as_it_is_and_nothing_is_sent(service: Service, way: Way) -> None:
    class Refuses:
        @hookimpl
        def chimeric_attempt(self) -> Iterator[Any]:
            yield from wait(0)
            raise RefusedError("not on Sundays", retry_after=86400)

    outer = Around()
    with pytest.raises(RefusedError, match="not on Sundays") as caught:
        way.ask(service.client(Refuses(), outer, max_retries=3), "Hi")
    assert caught.value.retry_after == 86400
    assert service.chats == []
    assert outer.outcomes[0].error is caught.value  # the outer one had begun, so it is told
    assert outer.done.is_set()


@pytest.mark.parametrize("mode", MODES)
def test_a_plugin_may_offer_another_request_for_one_that_was_refused(
    service: Service, mode: str
) -> None:
    class Refuses:
        @hookimpl
        def chimeric_attempt(self, request: Request) -> Iterator[Any]:
            if request.model == "acme-story":
                raise RefusedError("too dear")
            yield SEND

    class Cheaper:
        @hookimpl
        def chimeric_recover(self, error: ChimericError, context: Context) -> Request | None:
            if isinstance(error, RefusedError):
                return context.request.replace(model="acme-cheap", provider=None)
            return None

    Way(mode, stream=True).ask(service.client(Refuses(), Cheaper()), "Hi")
    assert [body["model"] for body in service.chats] == ["acme-cheap"]


# --- the caller leaves in the middle of the answer ---


def left_by_break(client: Chimeric, mode: str, then: Callable[[], Any]) -> Any:
    """Break out of a ``for`` or ``async for`` after two chunks; what ``then`` makes of it."""
    ask: dict[str, Any] = {"model": "acme-silent", "messages": "Hi", "stream": True}
    if mode == "sync":
        with client:
            for _ in client.generate(**ask):
                break
            return then()

    async def main() -> Any:
        async with client:
            async for _ in await client.agenerate(**ask):
                break
            until = time.monotonic() + 3
            while not (done := then()) and time.monotonic() < until:
                await anyio.sleep(0.02)
            return done

    return run_on(mode, main)


@pytest.mark.parametrize("mode", MODES)
def test_a_loop_that_is_left_by_break_has_its_hooks_finished(service: Service, mode: str) -> None:
    around = Around(seconds=0.3)
    assert left_by_break(service.client(around), mode, around.done.is_set)
    (outcome,) = around.outcomes
    assert (outcome.status, outcome.error) == (200, None)
    assert around.early == [True]
    assert around.log[-1] == "a done"
    assert service.wait_closed(2)


@pytest.mark.parametrize("mode", MODES)
def test_a_hook_that_asks_for_more_than_a_second_then_is_given_up(
    service: Service, mode: str
) -> None:
    around = Around(seconds=60)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        began = time.monotonic()
        left_by_break(service.client(around), mode, lambda: len(caught) > 0)
        assert time.monotonic() - began < 8
    assert not around.done.is_set()
    told = [str(w.message) for w in caught if issubclass(w.category, PluginWarning)]
    assert len(told) == 1
    assert "'Around'" in told[0]
    assert "chimeric_attempt" in told[0]


@pytest.mark.parametrize("mode", MODES)
def test_all_hooks_together_have_the_second(service: Service, mode: str) -> None:
    many = [Around(seconds=0.4) for _ in range(5)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)
        began = time.monotonic()
        left_by_break(service.client(*many), mode, lambda: all(a.early for a in many))
        assert time.monotonic() - began < 8
    assert 1 <= sum(around.done.is_set() for around in many) <= 3
    assert [around.early for around in many] == [[True]] * 5  # each was told, in time or not


@pytest.mark.parametrize("mode", MODES)
def test_closing_waits_for_the_hooks(service: Service, mode: str) -> None:
    around = Around(seconds=0.2)
    ask: dict[str, Any] = {"model": "acme-silent", "messages": "Hi", "stream": True}
    client = service.client(around)
    if mode == "sync":
        with client:
            stream = client.generate(**ask)
            next(stream)
            stream.close()
            assert around.done.is_set()
            assert stream.response.content == "Once "
        return

    async def main() -> None:
        async with client:
            stream = await client.agenerate(**ask)
            await anext(stream)
            await stream.aclose()
            assert around.done.is_set()
            assert stream.response.content == "Once "

    run_on(mode, main)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("how", ["scope", "task"])
def test_a_cancelled_reader_has_its_hooks_finished(service: Service, loop: str, how: str) -> None:
    if (loop, how) == ("trio", "task"):
        how = "scope"  # trio has no task.cancel()
    around = Around(seconds=0.3)

    async def main() -> None:
        async with service.client(around) as client, anyio.create_task_group() as group:

            async def read() -> None:
                stream = await client.agenerate("acme-silent", "Hi", stream=True)
                reader.set()
                await stream.collect()

            async def read_task() -> None:
                task = asyncio.create_task(read())
                await reader.wait()
                await anyio.sleep(0.1)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert around.done.is_set()

            reader = anyio.Event()
            if how == "task":
                await read_task()
                return
            group.start_soon(read)
            await reader.wait()
            await anyio.sleep(0.1)
            group.cancel_scope.cancel()
        assert around.done.is_set()

    run_on(loop, main)
    assert around.outcomes[0].error is None
    assert around.early == [True]
    assert service.wait_closed(2)


@pytest.mark.parametrize("mode", MODES)
def test_the_time_of_the_call_passes_and_its_hooks_finish(service: Service, mode: str) -> None:
    around = Around(seconds=0.3)
    with pytest.raises(ChimericError) as caught:
        Way(mode, stream=True).ask(
            service.client(around), "Hi", model="acme-silent", timeout=Timeout(total=0.4)
        )
    assert around.done.is_set()
    assert around.outcomes[0].error is caught.value
    assert around.early == [False]


@pytest.mark.parametrize("mode", MODES)
def test_a_dropped_stream_runs_a_hook_up_to_what_it_asks_for(service: Service, mode: str) -> None:
    around = Around(seconds=0.1)
    ask: dict[str, Any] = {"model": "acme-silent", "messages": "Hi", "stream": True}
    client = service.client(around)
    if mode == "sync":
        with client:
            stream = client.generate(**ask)
            next(stream)
            del stream
            gc.collect()
    else:

        async def main() -> None:
            async with client:
                stream = await client.agenerate(**ask)
                await anext(stream)
                del stream
                gc.collect()
                await anyio.sleep(0.3)

        run_on(mode, main)
    assert service.wait_closed(2)
    assert around.early == [True]
    assert around.log == ["a before 0", "a after"]


@pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")  # trio tells of the drop
@pytest.mark.parametrize("mode", MODES)
def test_a_stream_in_a_cycle_is_dropped_the_same_way(service: Service, mode: str) -> None:
    around = Around(seconds=0.1)
    ask: dict[str, Any] = {"model": "acme-silent", "messages": "Hi", "stream": True}
    client = service.client(around)
    if mode == "sync":
        with client:
            holder: dict[str, Any] = {"stream": client.generate(**ask)}
            holder["self"] = holder
            next(holder["stream"])
            del holder
            gc.collect()
    else:

        async def main() -> None:
            async with client:
                holder: dict[str, Any] = {"stream": await client.agenerate(**ask)}
                holder["self"] = holder
                await anext(holder["stream"])
                del holder
                gc.collect()
                await anyio.sleep(0.3)

        run_on(mode, main)
    assert service.wait_closed(2)
    assert around.log == ["a before 0", "a after"]


# --- hooks that break the contract ---


class Bad:
    """Breaks it in one way."""

    def __init__(self, hook: Callable[[], Any]) -> None:
        self._hook = hook

    @hookimpl
    def chimeric_attempt(self) -> Any:
        return self._hook()


def sends_twice() -> Iterator[Any]:
    yield SEND
    yield SEND


def sends_a_word() -> Iterator[Any]:
    yield "SEND"


def says_a_word_at_the_end() -> Iterator[Any]:
    yield SEND
    yield "done"


def raises_before() -> Iterator[Any]:
    yield from wait(0)
    raise RuntimeError("boom")


def raises_after() -> Iterator[Any]:
    yield SEND
    raise RuntimeError("boom")


BROKEN: list[tuple[Callable[[], Any], str]] = [
    (sends_twice, "yielded Send in chimeric_attempt"),
    (sends_a_word, "yielded str in chimeric_attempt"),
    (says_a_word_at_the_end, "yielded str in chimeric_attempt"),
    (lambda: [SEND], "returned list from chimeric_attempt"),
    (lambda: SEND, "returned Send from chimeric_attempt"),
    (raises_before, "failed in chimeric_attempt: RuntimeError: boom"),
    (raises_after, "failed in chimeric_attempt: RuntimeError: boom"),
]


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(("hook", "words"), BROKEN)
def test_a_hook_that_breaks_the_contract_is_named(
    service: Service, way: Way, hook: Callable[[], Any], words: str
) -> None:
    other = Around()
    with pytest.raises(PluginError, match=words) as caught:
        way.ask(service.client(Bad(hook), other), "Hi")
    assert (caught.value.plugin, caught.value.hook) == ("Bad", "chimeric_attempt")
    assert other.outcomes[0].error is caught.value
    assert other.done.is_set()


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_what_was_received_is_in_the_error_of_a_hook_that_fails_after_it(
    service: Service, way: Way
) -> None:
    with pytest.raises(PluginError) as caught:
        way.ask(service.client(Bad(raises_after)), "Hi")
    assert caught.value.partial is not None
    assert caught.value.partial.content == "Once upon a time. The end."


def never_sends() -> Iterator[Any]:
    yield from wait(0)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_hook_that_ends_without_send_lets_the_request_go(service: Service, way: Way) -> None:
    (response,) = way.ask(service.client(Bad(never_sends)), "Hi")
    assert response.finish_reason == "stop"


@pytest.mark.parametrize("mode", MODES)
def test_a_hooks_fault_while_closing_is_a_warning(service: Service, mode: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        left_by_break(service.client(Bad(raises_after)), mode, lambda: True)
    told = [str(w.message) for w in caught if issubclass(w.category, PluginWarning)]
    assert len(told) == 1
    assert "RuntimeError: boom" in told[0]


@pytest.mark.parametrize("mode", MODES)
def test_a_hooks_fault_does_not_take_the_place_of_the_attempts_own(
    service: Service, mode: str
) -> None:
    with pytest.warns(PluginWarning, match="boom"), pytest.raises(ServerError):
        Way(mode, stream=True).ask(service.client(Bad(raises_after)), "Hi", model="acme-fails")
