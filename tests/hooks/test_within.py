"""``within``: a limit of time for what a hook asks for; ``Request.handled``."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import (
    Chimeric,
    HTTPRequest,
    PluginError,
    Request,
    RequestTimeoutError,
    Timeout,
    fetch,
    hookimpl,
    run,
    wait,
    within,
)

from .acme import hangs
from .modes import LOOPS, run_on

MODES = ("sync", *LOOPS)
STUCK = threading.Event()


class Asks:
    """Asks for something before the request is sent, within a time."""

    def __init__(self, asking: Any, *, seconds: float = 0.1, catches: bool = True) -> None:
        self.asking, self.seconds, self.catches = asking, seconds, catches
        self.told: Any = None

    @hookimpl
    def chimeric_prepare_request(self, request: Request) -> Any:
        try:
            self.told = yield from within(self.seconds, self.asking())
        except TimeoutError:
            self.told = "late"
            if not self.catches:
                raise


def said(mode: str, plugin: Asks, **ask: Any) -> str:
    client = Chimeric(plugins=[plugin], only_plugins=["sim"])
    if mode == "sync":
        with client:
            return client.generate("sim:echo", "Hello", **ask).content

    async def main() -> str:
        async with client:
            return (await client.agenerate("sim:echo", "Hello", **ask)).content

    return run_on(mode, main)


def several() -> Iterator[Any]:
    yield from wait(0.01)
    yield from wait(30)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "asking", [lambda: wait(30), lambda: run(STUCK.wait, 30), several], ids=["wait", "run", "both"]
)
def test_what_takes_longer_is_given_up(mode: str, asking: Any) -> None:
    plugin = Asks(asking)
    began = time.monotonic()
    assert said(mode, plugin) == "Hello"
    assert plugin.told == "late"
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("mode", MODES)
def test_a_fetch_is_given_up_too(mode: str) -> None:
    with LoopbackServer(hangs) as server:
        plugin = Asks(lambda: fetch(HTTPRequest(url=server.url, body={})))
        assert said(mode, plugin) == "Hello"
        assert plugin.told == "late"


@pytest.mark.parametrize("mode", MODES)
def test_what_is_done_in_time_gives_its_value(mode: str) -> None:
    plugin = Asks(lambda: run(len, "four"), seconds=30)
    assert said(mode, plugin) == "Hello"
    assert plugin.told == 4


def test_who_does_not_catch_it_fails_the_call() -> None:
    with pytest.raises(PluginError, match="TimeoutError") as caught:
        said("sync", Asks(lambda: wait(30), catches=False))
    assert isinstance(caught.value.__cause__, TimeoutError)


def test_the_sooner_of_two_limits_holds() -> None:
    def nested() -> Iterator[Any]:
        try:
            yield from within(0.05, wait(30))
        except TimeoutError:
            return "inner"

    plugin = Asks(nested, seconds=20)
    said("sync", plugin)
    assert plugin.told == "inner"
    plugin = Asks(lambda: within(20, wait(30)), seconds=0.05)
    said("sync", plugin)
    assert plugin.told == "late"


def test_the_limit_of_the_call_is_no_limit_of_within() -> None:
    plugin = Asks(lambda: wait(30), seconds=20)
    with pytest.raises(RequestTimeoutError, match="total"):
        said("sync", plugin, timeout=Timeout(total=0.1))
    assert plugin.told is None


class Handles:
    @hookimpl
    def chimeric_prepare_request(self, request: Request) -> Request:
        return request.replace(handled=frozenset({"stop"}))


@pytest.mark.parametrize("handled", [True, False])
def test_what_middleware_handles_is_not_reported(handled: bool) -> None:
    """The Responses API has neither ``stop`` nor ``seed``; what is not handled is told as ever."""

    def answer(request: SeenRequest) -> list[bytes]:
        return [b"HTTP/1.1 400 Bad\r\ncontent-length: 2\r\n\r\n", b"{}"]

    plugins = [Handles()] if handled else []
    with LoopbackServer(answer) as server, warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        client = Chimeric(
            openai_api_key="k", openai_base_url=server.url, plugins=plugins, max_retries=0
        )
        with client, pytest.raises(Exception, match="400"):
            client.generate("openai:gpt-4o", "Hi", stop=["END"], seed=1)
        assert b"stop" not in server.requests[0].body
    texts = [str(warning.message) for warning in told]
    assert any("seed" in text for text in texts)
    assert any("stop" in text for text in texts) is not handled
