"""All middleware at once, where a call goes elsewhere, fails, or is left: nothing stays behind."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import trio
from chimeric_hedge import Race
from chimeric_limit import Amounts
from chimeric_testing import Close, LoopbackServer, SeenRequest

from chimeric import AuthenticationError, Chimeric, StreamInterruptedError
from tests.hooks.modes import LOOPS, WAYS, Way, run_on

from .middleware import KEY, MIDDLEWARE, SHOWING, World, told

ASKED = "Tell me about tides in 60 words"
FIRST = {"model": "openai:gpt-4o-mini", "api": "chat_completions", "messages": ASKED}


@pytest.fixture
def nowhere() -> Iterator[str]:
    """The address of a port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_an_answer_of_the_next_model_is_not_kept_as_that_of_the_first(
    world: World, urls: dict[str, str], nowhere: str, way: Way
) -> None:
    client = world.client({**urls, "openai": nowhere})
    first, second = way.ask_all(client, [FIRST, FIRST])
    assert first.metadata["provider"] == second.metadata["provider"] == "anthropic"
    assert first.content == second.content
    assert "[redacted]" in first.content
    assert told(first) == told(second) == {"hit": False}
    assert world.kept == []
    assert first.metadata["cost"]["total"] == second.metadata["cost"]["total"] > 0
    # Two attempts for each: one that was not charged, one that was.
    assert world.books.granted == 4
    used = first.usage.total_tokens or 0
    assert world.books.settled == [Amounts(), Amounts(used)] * 2
    assert world.calls == 2
    assert all("tide" not in text.lower() for text in (world.traced, *world.recorded))


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_an_error_of_the_provider_is_the_caller_s(
    world: World, urls: dict[str, str], way: Way
) -> None:
    ask = {"model": "groq:m", "messages": ASKED, "extra_headers": {"x-sim-status": "401"}}
    with pytest.raises(AuthenticationError) as caught:
        way.ask_all(world.client(urls), [ask])
    assert KEY not in str(caught.value)
    assert world.kept == []
    assert world.books.settled == [Amounts()]
    assert world.calls == 1
    assert all(KEY not in text for text in (world.traced, *world.recorded))


def cut(request: SeenRequest) -> Iterator[Any]:
    """Half an answer."""
    yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    yield b'data: {"choices":[{"index":0,"delta":{"content":"High tide. Low ti"}}]}\n\n'
    yield Close()


@pytest.mark.parametrize("names", [SHOWING, tuple(MIDDLEWARE)], ids=["shown", "guarded"])
@pytest.mark.parametrize("mode", ["sync", *LOOPS])
def test_a_stream_that_is_cut_gives_what_may_be_given_and_is_not_kept(
    world: World, mode: str, names: tuple[str, ...]
) -> None:
    with LoopbackServer(cut) as server:
        client = world.client({"mistral": f"{server.url}/v1"}, *names)
        with pytest.raises(StreamInterruptedError) as caught:
            Way(mode, True).ask_all(client, [{"model": "mistral:m", "messages": "Hi"}])
    assert caught.value.partial is not None
    # All that it had, or what the guard was asked about by then.
    had = "High [redacted]. Low ti" if names == SHOWING else world.checked.get("text", "")
    assert caught.value.partial.content == had
    assert world.kept == []
    assert len(world.books.settled) == world.books.granted == 1
    assert world.calls == 1


def left(mode: str, client: Chimeric) -> None:
    """Ask, and leave after the first text."""
    ask: Any = {**FIRST, "messages": "Tell me about tides in 400 words", "stream": True}
    if mode == "sync":
        with client, client.generate(**ask) as stream:
            next(iter(stream))
        return

    async def main() -> None:
        async with client, await client.agenerate(**ask) as stream:
            async for _ in stream:
                break

    run_on(mode, main)


@pytest.mark.parametrize("mode", ["sync", *LOOPS])
def test_a_stream_that_is_left_gives_its_place_back_and_is_not_kept(
    world: World, urls: dict[str, str], mode: str
) -> None:
    left(mode, world.client(urls))
    assert world.kept == []
    assert len(world.books.settled) == world.books.granted == 1
    assert world.calls == 1


@pytest.mark.parametrize("mode", ["asyncio", "trio"])
def test_a_call_that_is_cancelled_leaves_nothing_behind(
    world: World, urls: dict[str, str], mode: str
) -> None:
    async def asked() -> None:
        async with world.client(urls) as client:
            ask: Any = {**FIRST, "stream": True, "extra_headers": {"x-sim-rate": "5"}}
            stream: Any = await client.agenerate(**ask)
            await stream.collect()

    async def on_asyncio() -> None:
        async with asyncio.timeout(2):
            await asked()

    async def on_trio() -> None:
        with trio.fail_after(2):
            await asked()

    with pytest.raises((TimeoutError, trio.TooSlowError)):
        run_on(mode, on_trio if mode == "trio" else on_asyncio)
    assert world.kept == []
    assert len(world.books.settled) == world.books.granted == 1
    assert world.calls == 1
    # The next one finds all as it was. (Of the same one there is half a recording.)
    other = {**FIRST, "messages": "Tell me about ebb tides in 60 words"}
    first, second = Way(mode, True).ask_all(world.client(urls), [other, other])
    assert first.content == second.content
    assert told(second)["hit"] is True


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_of_two_models_that_race_one_is_kept_and_each_gives_its_place_back(
    world: World, urls: dict[str, str], way: Way
) -> None:
    models = [FIRST["model"], "groq:llama-3.3-70b-versatile"]
    (response,) = way.ask_all(
        world.client(urls),
        [{"model": models[0], "messages": ASKED}],
        lambda client: Race(client, {models[0]: models[1:]}),
    )
    assert "[redacted]" in response.content
    assert [asked["model"] for asked in response.metadata["hedge"]["asked"]] == models
    assert len(world.kept) == 1
    # The one that is ahead may have won before the other has asked for a place.
    assert len(world.books.settled) == world.books.granted in (1, 2)
    assert world.calls == 2
    assert response.content in world.checked["text"]
