"""Limits hold over real calls, whatever way they are made and however they end."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from chimeric_limit import Amounts, Granted, Ledger, Limit, NoRoom, Rates
from chimeric_testing import Close

from chimeric import (
    Chimeric,
    PluginError,
    PluginWarning,
    RateLimitError,
    RefusedError,
    ServerError,
    StreamInterruptedError,
)

from .conftest import MODES, Server, ask, event, run, said


class Watched(Ledger):
    """Notes what is taken and settled."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.open = 0
        self.most = 0
        self.settled: list[Amounts | None] = []

    def take(self, key: str, rates: Rates, amounts: Amounts) -> Granted | NoRoom:
        told = super().take(key, rates, amounts)
        if isinstance(told, Granted):
            self.open += 1
            self.most = max(self.most, self.open)
        return told

    def settle(self, key: str, ticket: str, rates: Rates, amounts: Amounts | None) -> None:
        self.open -= 1
        self.settled.append(amounts)
        super().settle(key, ticket, rates, amounts)


@pytest.mark.parametrize("mode", MODES)
def test_a_request_waits_until_there_is_room(server: Server, mode: str) -> None:
    began = time.monotonic()
    told = ask(mode, server.client(Limit(requests=2, window=0.5)), "a", "b", "c", "d", "e")
    assert told == ["Once upon"] * 5
    assert time.monotonic() - began >= 1.0


@pytest.mark.parametrize("mode", MODES)
def test_a_request_that_would_wait_too_long_is_refused_and_not_sent(
    server: Server, mode: str
) -> None:
    one, other = ask(mode, server.client(Limit(requests=1, wait=0)), "a", "b")
    assert one == "Once upon"
    assert isinstance(other, RefusedError)
    assert "the limit of 1 requests in 60 s for compatible is reached" in str(other)
    assert other.retry_after is not None
    assert 50 < other.retry_after <= 60
    assert not other.retryable
    assert server.asked == 1


@pytest.mark.parametrize("mode", ["asyncio", "trio"])
def test_only_so_many_are_under_way_at_a_time(server: Server, mode: str) -> None:
    ledger = Watched()
    client = server.client(Limit(concurrent=3, store=ledger))
    told = ask(mode, client, *map(str, range(20)), together=True)
    assert told == ["Once upon"] * 20
    assert (ledger.most, ledger.open) == (3, 0)


def test_threads_share_the_places(server: Server) -> None:
    ledger, meet = Watched(), threading.Barrier(2)

    def answer(body: Any) -> Any:
        meet.wait(30)  # none is answered alone
        return said("Once ", "upon")

    server.answer = answer
    with server.client(Limit(concurrent=2, store=ledger)) as client:

        def work() -> None:
            client.generate("compatible:m", "Hi", stream=True).collect()

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (ledger.most, ledger.open) == (2, 0)
    assert len(ledger.settled) == 8


def test_a_place_is_given_back_on_every_end(server: Server) -> None:
    ledger = Watched()
    with server.client(Limit(concurrent=1, tokens=10_000, store=ledger), max_retries=1) as client:
        ask_it: Any = {"model": "compatible:m", "messages": "Hi", "stream": True}
        server.answer = lambda body: (500, {"retry-after-ms": "1"})
        with pytest.raises(ServerError):
            client.generate(**ask_it).collect()
        assert ledger.settled == [Amounts(), Amounts()]  # each attempt for itself, and no tokens
        server.answer = lambda body: [event("Once"), Close()]
        with pytest.raises(StreamInterruptedError):
            client.generate(**ask_it).collect()
        server.answer = lambda body: said("Once ", "upon")
        stream = client.generate(**ask_it)
        next(iter(stream))
        stream.close()
        for _ in client.generate(**ask_it):
            break
        dropped = client.generate(**ask_it)
        next(iter(dropped))
        del dropped
        gc.collect()
        assert client.generate(**ask_it).collect().content == "Once upon"
    assert ledger.open == 0
    assert len(ledger.settled) == 7
    assert ledger.settled[-1] == Amounts(10)


@pytest.mark.parametrize("mode", ["asyncio", "trio"])
def test_a_place_is_given_back_when_the_caller_is_cancelled(server: Server, mode: str) -> None:
    ledger = Watched()
    ended = threading.Event()

    def slow(body: Any) -> Any:
        yield event("Once")
        ended.wait(20)
        yield from said()

    server.answer = slow

    async def main() -> None:
        async with server.client(Limit(concurrent=1, store=ledger)) as client:
            if mode == "asyncio":
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.3):
                        await (await asked(client)).collect()
            else:
                import trio

                with trio.move_on_after(0.3):
                    await (await asked(client)).collect()

    async def asked(client: Chimeric) -> Any:
        return await client.agenerate("compatible:m", "Hi", stream=True)

    try:
        run(mode, main)
    finally:
        ended.set()
    assert ledger.open == 0


def test_the_estimate_is_corrected_by_what_was_used(server: Server) -> None:
    server.answer = lambda body: said("Once", tokens=90)
    limit = Limit(tokens=200, answer=50, wait=0)
    one, two, three = ask("sync", server.client(limit), "a", "b", "c")
    assert (one, two) == ("Once", "Once")
    assert isinstance(three, RefusedError)
    server.answer = lambda body: said("Once", tokens=5)
    assert (
        ask("sync", server.client(Limit(tokens=200, answer=150, wait=0)), *"abcdef") == ["Once"] * 6
    )


def test_a_stream_whose_budget_runs_out_ends_with_what_it_has(server: Server) -> None:
    sent = [f"word{n} " for n in range(200)]
    server.answer = lambda body: said(*sent)
    (error,) = ask("sync", server.client(Limit(tokens=120, answer=30, wait=0)), "a")
    assert isinstance(error, RefusedError)
    assert error.partial is not None
    text = error.partial.content
    assert "".join(sent).startswith(text)
    assert 100 < len(text) < 500
    (error,) = ask("asyncio", server.client(Limit(tokens=120, answer=30, wait=0)), "a")
    assert isinstance(error, RefusedError)
    assert error.partial is not None
    assert error.partial.content == text


def test_a_request_that_is_more_than_the_limit_is_refused_at_once(server: Server) -> None:
    (error,) = ask("sync", server.client(Limit(tokens=100, wait=60)), "a" * 4000)
    assert isinstance(error, RefusedError)
    assert error.retry_after is None
    assert server.asked == 0


@pytest.mark.parametrize(
    ("per", "asked"),
    [
        (["provider"], 1),
        (["provider", "model"], 2),
        (["tenant"], 2),
        ([lambda context: context.user["tenant"]], 2),
        ([], 1),
    ],
    ids=["provider", "model", "tenant", "function", "nothing"],
)
def test_each_key_has_a_limit_of_its_own(server: Server, per: Any, asked: int) -> None:
    with server.client(Limit(requests=1, per=per, wait=0)) as client:
        for place in (0, 1):
            try:
                client.generate(
                    f"compatible:m{place}", "Hi", stream=True, user_context={"tenant": place}
                ).collect()
            except RefusedError:
                continue
    assert server.asked == asked


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "30"},
        {"retry-after-ms": "30000"},
        {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "30s"},
    ],
    ids=str,
)
def test_a_provider_that_asks_for_a_pause_gets_one(server: Server, headers: dict[str, str]) -> None:
    server.answer = lambda body: (429, headers)
    first, second = ask("sync", server.client(Limit(wait=0.1)), "a", "b")
    assert isinstance(first, RateLimitError)
    assert isinstance(second, RefusedError)
    assert "asked for a pause" in str(second)
    assert second.retry_after is not None
    assert 25 < second.retry_after <= 30
    assert server.asked == 1
    first, second = ask("sync", server.client(Limit(wait=0.1, learn=False)), "a", "b")
    assert isinstance(second, RateLimitError)


def test_an_answer_may_say_that_it_was_the_last_for_now(server: Server) -> None:
    server.headers = {"anthropic-ratelimit-requests-remaining": "0"}
    server.headers["anthropic-ratelimit-requests-reset"] = "2999-01-01T00:00:00Z"
    assert ask("sync", server.client(Limit(wait=0)), "a", "b") == ["Once upon"] * 2  # unbelievable
    server.headers["anthropic-ratelimit-requests-reset"] = "20s"
    one, two = ask("sync", server.client(Limit(wait=0)), "a", "b")
    assert one == "Once upon"
    assert isinstance(two, RefusedError)


class Down(Ledger):
    blocks = True

    def take(self, key: str, rates: Rates, amounts: Amounts) -> Granted | NoRoom:
        raise OSError("no route to host")


@pytest.mark.parametrize("mode", MODES)
def test_a_store_that_is_down_lets_calls_pass_or_fails_them_as_was_chosen(
    server: Server, mode: str
) -> None:
    with pytest.warns(PluginWarning, match="no route to host"):
        assert ask(mode, server.client(Limit(requests=1, store=Down())), "a") == ["Once upon"]
    limit = Limit(requests=1, store=Down(), on_error="fail")
    (error,) = ask(mode, server.client(limit), "a")
    assert isinstance(error, PluginError)
    assert "Limit" in str(error)


def test_several_limits_hold_together(server: Server) -> None:
    limits = (Limit(requests=3, wait=0), Limit(requests=2, per=["model"], wait=0))
    told = ask("sync", server.client(*limits), "a", "b", "c")
    assert [type(one).__name__ for one in told] == ["str", "str", "RefusedError"]


def test_the_environment_sets_it_for_all_clients(server: Server) -> None:
    source = (
        "import sys; from chimeric import Chimeric\n"
        "client = Chimeric(base_urls={'compatible': sys.argv[1]})\n"
        "for _ in range(2):\n"
        "    try: print(client.generate('compatible:m', 'Hi', stream=True).collect().content)\n"
        "    except Exception as error: print(type(error).__name__, error)"
    )

    def told(limit: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", source, f"{server.loopback.url}/v1"],
            env={**os.environ, "CHIMERIC_LIMIT": limit},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout.splitlines()

    one, two = told("requests=1, wait=0")
    assert one == "Once upon"
    assert two.startswith("RefusedError the limit of 1 requests")
    one, _ = told("request=1")
    assert one.startswith("ConfigurationError")
    assert "takes requests=N" in one
    one, _ = told("requests=-1,")
    assert one.startswith("ConfigurationError CHIMERIC_LIMIT is 'requests=-1,'")


@pytest.mark.parametrize(
    "wrong",
    [
        {"requests": -1},
        {"window": 0},
        {"per": "provider"},
        {"on_error": "ignore"},
        {"spending": -0.5},
        {"spending": float("nan")},
        {"window": float("nan")},
    ],
    ids=str,
)
def test_a_wrong_setting_is_told_at_once(wrong: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        Limit(**wrong)
