"""Load over endpoints, and the circuit breaker, over real loopback HTTP and a clock that is set."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import anyio
import pytest
import trio
from chimeric_hedge import Balance, Hedge
from chimeric_hedge.breaker import Breaker
from chimeric_testing import LoopbackServer

from chimeric import (
    Chimeric,
    Endpoint,
    ProviderError,
    RefusedError,
    ServerError,
    StreamInterruptedError,
)

from .conftest import Server, ask


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def names(server: Server) -> dict[str, int]:
    """How often each model was asked."""
    return dict(Counter(server.asked))


def client(server: Server, balance: Balance, **settings: Any) -> Chimeric:
    return server.client(balance, **settings)


def of(*models: str, **settings: Any) -> Balance:
    return Balance({"fast": [f"compatible:{model}" for model in models]}, **settings)


def test_idle_endpoints_are_asked_in_turn(server: Server, mode: str) -> None:
    balance = of("one", "two", "three")
    contents = []
    for _ in range(2):
        contents += [ask(mode, client(server, balance), "*fast", stream=True).content]
    assert contents == ["one says so", "two says so"]


def ask_fast(server: Server, balance: Balance, count: int) -> None:
    with client(server, balance) as chimeric:
        for _ in range(count):
            chimeric.generate("fast", "Hi", stream=True).collect()


def test_weights_say_how_often(server: Server) -> None:
    balance = Balance({"fast": {"compatible:big": 3, "compatible:small": 1}})
    ask_fast(server, balance, 8)
    assert names(server) == {"big": 6, "small": 2}
    assert server.asked != ["big"] * 6 + ["small"] * 2  # evenly


def test_the_least_busy_is_asked(server: Server) -> None:
    balance = of("endless", "one")
    with client(server, balance) as chimeric:
        first = chimeric.generate("fast", "Hi", stream=True)
        next(first)
        assert balance.busy("fast") == {"compatible:endless": 1, "compatible:one": 0}
        for _ in range(3):
            chimeric.generate("fast", "Hi", stream=True).collect()
        assert names(server) == {"endless": 1, "one": 3}
        first.close()
        assert balance.busy("fast") == {"compatible:endless": 0, "compatible:one": 0}


def test_by_weight_alone_it_does_not_matter_who_is_busy(server: Server) -> None:
    balance = of("endless", "one", by="weight")
    with client(server, balance) as chimeric:
        streams = [chimeric.generate("fast", "Hi", stream=True) for _ in range(4)]
        assert names(server) == {"endless": 2, "one": 2}
        for stream in streams:
            stream.close()
    assert balance.busy("fast") == {"compatible:endless": 0, "compatible:one": 0}


def test_a_call_that_fails_goes_on_to_another_endpoint(server: Server, mode: str) -> None:
    balance = of("status-503", "good")
    response = ask(mode, client(server, balance), "*fast", stream=True)
    assert response.content == "good says so"
    assert server.asked == ["status-503", "good"]


def test_it_stays_where_it_is_when_it_may_not_go_on(server: Server) -> None:
    with pytest.raises(ServerError):
        ask_fast(server, of("status-503", "good", failover=False), 1)
    assert server.asked == ["status-503"]


def test_content_is_not_begun_anew_elsewhere(server: Server) -> None:
    with pytest.raises(StreamInterruptedError) as caught:
        ask_fast(server, of("cut", "good"), 1)
    assert caught.value.partial is not None
    assert server.asked == ["cut"]


def test_an_endpoint_that_fails_rests_and_is_tried_again(server: Server) -> None:
    clock = Clock()
    balance = of("status-503", "good", failures=2, window=60, rest=30, clock=clock)
    ask_fast(server, balance, 8)
    assert names(server) == {"status-503": 2, "good": 8}
    assert balance.resting("fast") == {"compatible:status-503": 30}
    clock.now = 31
    assert balance.resting("fast") == {}
    ask_fast(server, balance, 4)  # one trial, which fails
    assert names(server) == {"status-503": 3, "good": 12}
    assert balance.resting("fast") == {"compatible:status-503": 30}


def test_failures_that_are_far_apart_do_not_count(server: Server) -> None:
    clock = Clock()
    balance = of("status-503", "good", failures=2, window=10, clock=clock)
    for _ in range(4):
        ask_fast(server, balance, 2)
        clock.now += 11
    assert balance.resting("fast") == {}


@pytest.mark.parametrize("status", [400, 401, 404])
def test_what_is_no_fault_of_the_endpoint_does_not_count(server: Server, status: int) -> None:
    balance = of(f"status-{status}", failures=1)
    for _ in range(3):
        with pytest.raises(ProviderError):
            ask_fast(server, balance, 1)
    assert balance.resting("fast") == {}


def test_an_endpoint_rests_as_long_as_it_asks_to() -> None:
    head = b"HTTP/1.1 429 Busy\r\nretry-after: 90\r\ncontent-length: 2\r\n\r\n{}"
    with LoopbackServer(lambda _: [head]) as busy:
        balance = Balance({"fast": ["compatible:m"]}, failures=1, rest=30, clock=Clock())
        chimeric = Chimeric(base_url=busy.url, max_retries=0, plugins=[balance])
        with chimeric, pytest.raises(Exception, match="429"):
            chimeric.generate("fast", "Hi")
    assert balance.resting("fast") == {"compatible:m": 90}


def test_when_all_rest_the_error_says_why_and_until_when(server: Server, mode: str) -> None:
    balance = of("status-503", "status-500", failures=1, rest=30, clock=Clock())
    with pytest.raises(ServerError):
        ask(mode, client(server, balance), "*fast", stream=True)
    with pytest.raises(RefusedError) as caught:
        ask(mode, client(server, balance), "*fast", stream=True)
    assert caught.value.message == (
        "no endpoint of 'fast' can be asked: compatible:status-503 rests for 30.0 s after 1 "
        "failures, the last a ServerError 503; compatible:status-500 rests for 30.0 s after 1 "
        "failures, the last a ServerError 500"
    )
    assert caught.value.retry_after == 30
    assert len(server.asked) == 2


def test_an_error_names_the_endpoints_that_were_not_asked(server: Server) -> None:
    balance = of("cut", "status-503", failures=1, clock=Clock())
    with pytest.raises(StreamInterruptedError):
        ask_fast(server, balance, 1)
    with pytest.raises(ServerError) as caught:
        ask_fast(server, balance, 1)
    (note,) = caught.value.__notes__
    assert note == (
        "not asked: compatible:cut rests for 30.0 s after 1 failures, the last a "
        "StreamInterruptedError"
    )


def test_a_trial_that_is_given_up_says_nothing() -> None:
    breaker = Breaker(1, 60, 30)
    breaker.failed(0)
    assert not breaker.passes(29)
    assert breaker.passes(30)
    assert breaker.begin(30)
    assert not breaker.passes(31)  # the others wait for the trial
    breaker.given_up(trial=True)
    assert breaker.passes(31)
    assert breaker.begin(31)
    assert not breaker.passes(32)
    assert breaker.passes(61)  # nothing was heard of it
    breaker.answered(trial=True)
    assert breaker.passes(32)
    assert not breaker.begin(32)  # closed


def test_a_trial_that_goes_well_closes_the_breaker(server: Server) -> None:
    clock = Clock()
    balance = of("sick-good", failures=1, rest=30, clock=clock)
    with pytest.raises(ServerError):
        ask_fast(server, balance, 1)
    clock.now = 30
    ask_fast(server, balance, 3)
    assert balance.resting("fast") == {}


def test_while_one_is_on_trial_the_others_wait(server: Server) -> None:
    clock = Clock()
    balance = of("sick-silent", failures=1, rest=30, clock=clock)
    with pytest.raises(ServerError):
        ask_fast(server, balance, 1)
    clock.now = 30
    with client(server, balance) as chimeric:
        trial = chimeric.generate("fast", "Hi", stream=True)
        with pytest.raises(RefusedError, match="on trial"):
            chimeric.generate("fast", "Hi", stream=True)
        trial.close()  # it says nothing
        chimeric.generate("fast", "Hi", stream=True).close()


def test_a_tool_loop_stays_where_it_began(server: Server, mode: str) -> None:
    def now() -> str:
        """Tell the time."""
        return "noon"

    balance = of("tools", "good")
    response = ask(mode, client(server, balance), "*fast", stream=True, tools=[now])
    assert response.content == "tools says so"
    assert server.asked == ["tools", "tools"]


def test_a_name_takes_part_in_a_hedge(server: Server, mode: str) -> None:
    balance = of("silent", "mute")
    hedge = Hedge(client(server, balance), {"fast": ["compatible:good"]}, delay=0.02)
    response = ask(mode, hedge, "*fast", stream=True)
    assert response.content == "good says so"
    assert [entry["model"] for entry in response.metadata["hedge"]["asked"]] == [
        "fast",
        "compatible:good",
    ]
    assert balance.busy("fast") == {"compatible:silent": 0, "compatible:mute": 0}
    assert balance.resting("fast") == {}


def test_named_endpoints_with_keys_of_their_own(server: Server) -> None:
    endpoints = {
        name: Endpoint("compatible", base_url=server.base_url, api_key=f"key-{name}")
        for name in ("eu", "us")
    }
    balance = Balance({"fast": ["eu:good", "us:good"]})
    with client(server, balance, endpoints=endpoints) as chimeric:
        for _ in range(2):
            chimeric.generate("fast", "Hi")
    keys = [request.headers["authorization"] for request in server.loopback.requests]
    assert keys == ["Bearer key-eu", "Bearer key-us"]


def test_other_models_are_left_alone(server: Server) -> None:
    with client(server, of("one", "two")) as chimeric:
        assert chimeric.generate("compatible:fast", "Hi").content == "whole fast"


def test_threads_and_loops_share_a_balance(server: Server) -> None:
    balance = of("one", "two")
    with client(server, balance) as chimeric:

        def work() -> None:
            for _ in range(10):
                chimeric.generate("fast", "Hi")

        async def amain() -> None:
            async with anyio.create_task_group() as tasks:
                for _ in range(10):
                    tasks.start_soon(chimeric.agenerate, "fast", "Hi")

        workers: list[Callable[[], Any]] = [work, work, lambda: asyncio.run(amain())]
        threads = [threading.Thread(target=w) for w in [*workers, lambda: trio.run(amain)]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(names(server).values()) == 40
    assert balance.busy("fast") == {"compatible:one": 0, "compatible:two": 0}


@pytest.mark.parametrize(
    ("models", "settings", "error", "words"),
    [
        ({"fast": "a"}, {}, TypeError, "must be a list"),
        ({"fast": []}, {}, ValueError, "stands for no model"),
        ({"fast": ["a", "a"]}, {}, ValueError, "names one model twice"),
        ({"fast": ["fast"]}, {}, ValueError, "cannot stand for itself"),
        ({"fast": {"a": 0}}, {}, ValueError, "weight"),
        ({"fast": {"a": float("nan")}}, {}, ValueError, "weight"),
        ({}, {}, ValueError, "no name is given"),
        ({"fast": ["a"]}, {"by": "luck"}, ValueError, "least_busy"),
        ({"fast": ["a"]}, {"failures": 0}, ValueError, "more than 0"),
        ({"fast": ["a"]}, {"window": 0}, ValueError, "more than 0"),
        ({"fast": ["a"]}, {"rest": float("nan")}, ValueError, "more than 0"),
    ],
)
def test_a_balance_that_makes_no_sense_is_refused(
    models: Any, settings: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        Balance(models, **settings)


PROGRAM = """
from chimeric import Chimeric
client = Chimeric(base_url={url!r}, max_retries=0)
try:
    print([client.generate("fast", "Hi").content for _ in range(4)])
except Exception as error:
    print(type(error).__name__, error)
"""


def program(server: Server, told: str | None) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "CHIMERIC_BALANCE"}
    if told is not None:
        environment["CHIMERIC_BALANCE"] = told
    code = PROGRAM.format(url=server.base_url)
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_environment_names_endpoints(server: Server) -> None:
    told = "fast=compatible:big*3, compatible:small; other=compatible:x"
    answers = program(server, told)
    assert answers.count("whole big") == 3
    assert answers.count("whole small") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        "fast=compatible:big*x",
        "fast",
        "fast=",
        "=compatible:big",
        "fast=compatible:big,compatible:big",
        "fast=compatible:big; fast=compatible:small",
    ],
)
def test_an_environment_that_cannot_be_read_is_told(server: Server, wrong: str) -> None:
    assert "CHIMERIC_BALANCE cannot be read" in program(server, wrong)


def test_without_it_a_name_is_no_model(server: Server) -> None:
    assert program(server, None).startswith("ProviderNotFoundError")
