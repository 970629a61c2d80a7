"""Processors that ask: what they yield, what waits meanwhile, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from chimeric_testing import Close

from chimeric import (
    Chimeric,
    ConnectionFailedError,
    Delta,
    HTTPRequest,
    HTTPResponse,
    PluginError,
    PluginWarning,
    StreamChunk,
    StreamInterruptedError,
)
from chimeric.values.hooks.wants import FetchWant, RunWant, WaitWant, fetch, run, wait

from .hand import Hand
from .talk import CALL, hear, plugin, serving, ways, weather


class Passing:
    """Passes everything, and remembers nothing."""

    def process(self, chunk: StreamChunk) -> Any:
        return chunk

    def flush(self) -> Any:
        return None


class Waiting(Passing):
    """Waits before each text, in front of it and at its end."""

    def process(self, chunk: StreamChunk) -> Any:
        return self.waited(chunk) if chunk.delta else chunk

    def waited(self, chunk: StreamChunk) -> Iterator[Any]:
        yield from wait(0.01)
        yield chunk.replace(delta=f"[{chunk.delta}")
        yield from wait(0.02)
        yield StreamChunk("]")


class Asking(Passing):
    """Asks of each text whether it may pass."""

    def process(self, chunk: StreamChunk) -> Any:
        return self.asked(chunk) if chunk.delta else chunk

    def asked(self, chunk: StreamChunk) -> Generator[Any, Any, None]:
        request = HTTPRequest(url="https://guard.test", body={"text": chunk.delta})
        try:
            answer = yield from fetch(request)
        except ConnectionFailedError:
            yield chunk.replace(delta="?")
        else:
            yield chunk.replace(delta=answer.body.decode())


class Holding(Passing):
    """Holds all text back, and asks about it when it has to go."""

    def __init__(self) -> None:
        self.held = ""

    def process(self, chunk: StreamChunk) -> Any:
        if not chunk.delta:
            return chunk
        self.held += chunk.delta
        return None

    def flush(self) -> Any:
        held, self.held = self.held, ""
        if held:
            changed = yield from run(str.upper, held)
            yield StreamChunk(changed)


def guard(want: Any) -> HTTPResponse:
    """Answers with the text backwards."""
    assert isinstance(want, FetchWant)
    text = want.request.body["text"]  # type: ignore[index,call-overload]
    return HTTPResponse(status=200, headers={}, body=text[::-1].encode())


def call(want: Any) -> Any:
    assert isinstance(want, RunWant)
    return want.function(*want.args)


# --- by hand ----------------------------------------------------------------------------------


@pytest.mark.parametrize("alone", [False, True], ids=["in one read", "each in its own"])
def test_what_follows_waits_until_the_processor_goes_on(alone: bool) -> None:
    hand = Hand(Waiting())
    if alone:
        chunks = [chunk for said in ("a", "b") for chunk in hand.one(said)]
    else:
        chunks = hand.hear("a", "b")
    chunks += hand.end()
    once = [WaitWant(0.01), "[a", WaitWant(0.02), "]"]
    assert hand.log == [*once, WaitWant(0.01), "[b", WaitWant(0.02), "]", "stop"]
    assert [chunk.content for chunk in chunks] == ["[a", "[a]", "[a][b", "[a][b]", "[a][b]"]
    assert hand.delivery.asking is None


def test_a_reply_is_what_the_processor_gets() -> None:
    hand = Hand(Asking(), perform=guard)
    hand.hear("abc", Delta(reasoning="hm"), "def")
    hand.end()
    assert [step for step in hand.log if isinstance(step, str)] == ["cba", "hm", "fed", "stop"]


def test_a_failure_is_thrown_into_the_processor() -> None:
    def fail(want: Any) -> Any:
        raise ConnectionFailedError("nobody there")

    hand = Hand(Asking(), perform=fail)
    assert [chunk.delta for chunk in hand.hear("abc", "def")] == ["?", "?"]


def test_what_it_does_not_catch_ends_the_call_and_a_strange_error_names_it() -> None:
    def refuse(error: Exception) -> Callable[[Any], Any]:
        def perform(want: Any) -> Any:
            raise error

        return perform

    for error in (ConnectionFailedError("gone"), KeyError("k")):
        hand = Hand(Waiting(), perform=refuse(error))
        kind = ConnectionFailedError if isinstance(error, ConnectionFailedError) else PluginError
        with pytest.raises(kind) as caught:
            hand.hear("a", "b")
        if isinstance(caught.value, PluginError):
            assert caught.value.plugin == "P0"
            assert caught.value.__cause__ is error
        assert hand.delivery.given_up() == []


def test_held_text_asks_at_the_end_of_its_block_and_is_not_overtaken() -> None:
    hand = Hand(Holding(), perform=call)
    hand.hear("a", "b", Delta(reasoning="hm"), "c")
    hand.end()
    assert [step for step in hand.log if isinstance(step, str)] == ["AB", "hm", "C", "stop"]
    assert hand.answer.log.text() == "ABC"


def test_two_that_ask_stand_one_behind_the_other() -> None:
    hand = Hand(
        Holding(),
        Asking(),
        perform=lambda want: (call if isinstance(want, RunWant) else guard)(want),
    )
    hand.hear("a", "b", Delta(reasoning="hm"), "c")
    hand.end()
    assert [step for step in hand.log if isinstance(step, str)] == ["BA", "hm", "C", "stop"]
    kinds = [type(step) for step in hand.log if not isinstance(step, str)]
    assert kinds == [RunWant, FetchWant, RunWant, FetchWant]


def test_events_after_the_finish_reason_wait_too() -> None:
    hand = Hand(Waiting())
    hand.hear("a", Delta(finish_reason="stop"), "late", Delta(done=True))
    hand.finish()
    texts = [step for step in hand.log if isinstance(step, str)]
    assert texts == ["[a", "]", "[late", "]", "stop"]


def test_a_caller_of_native_events_sees_no_chunk_of_a_processor_that_asks() -> None:
    hand = Hand(Asking(), perform=guard)
    hand.begin(native_only=True)
    chunks = hand.hear("abc", "def")
    assert [(chunk.delta, chunk.raw) for chunk in chunks] == [(None, b"0"), (None, b"1")]
    assert hand.answer.log.text() == "cbafed"


def test_what_a_generator_returns_comes_out_as_well() -> None:
    class Returning(Passing):
        def process(self, chunk: StreamChunk) -> Any:
            yield from wait(0)
            return chunk

    hand = Hand(Returning())
    assert [chunk.delta for chunk in hand.hear("a", "b")] == ["a", "b"]


def test_a_decorated_generator_is_one_too() -> None:
    def decorated(function: Any) -> Any:
        return lambda *args: function(*args)

    class Decorated(Passing):
        @decorated
        def process(self, chunk: StreamChunk) -> Any:
            yield from wait(0.5)
            yield chunk

    hand = Hand(Decorated())
    hand.hear("a")
    assert hand.log == [WaitWant(0.5), "a"]


@pytest.mark.parametrize("wrong", ["text", 1, None, ["a"], object()])
def test_a_generator_that_yields_anything_else_is_the_plugins_fault(wrong: Any) -> None:
    class Wrong(Passing):
        closed = False

        def process(self, chunk: StreamChunk) -> Any:
            try:
                yield chunk
                yield wrong
            finally:
                Wrong.closed = True

    hand = Hand(Wrong())
    with pytest.raises(PluginError, match=f"'P0' returned {type(wrong).__name__}"):
        hand.hear("a", "b")
    assert Wrong.closed
    assert hand.answer.log.text() == "a"


def test_a_generator_without_end_is_read_only_as_far_as_the_caller_reads() -> None:
    class Endless(Passing):
        closed = False

        def process(self, chunk: StreamChunk) -> Any:
            try:
                while True:
                    yield from wait(0)
                    yield chunk
            finally:
                Endless.closed = True

    hand = Hand(Endless())
    chunks = hand.run(hand.pipeline.chunks(hand.events("a", "b")))
    assert [next(chunks).delta for _ in range(5)] == ["a"] * 5
    chunks.close()  # type: ignore[attr-defined]
    assert Endless.closed
    assert hand.answer.log.text() == "aaaaa"


def test_one_that_is_closed_while_it_waits_runs_its_finally() -> None:
    closed: list[str] = []

    class Tidy(Passing):
        def process(self, chunk: StreamChunk) -> Any:
            try:
                yield from wait(1)
                yield chunk
            finally:
                closed.append("yes")

    hand = Hand(Tidy())
    assert list(hand.pipeline.chunks(hand.events("a", "b"))) == []
    assert hand.delivery.asking is not None
    assert hand.delivery.given_up() == []
    assert closed == ["yes"]
    assert hand.delivery.asking is None


def test_one_that_will_not_end_is_warned_of_and_ends_nothing_else() -> None:
    class Stubborn(Passing):
        def process(self, chunk: StreamChunk) -> Any:
            try:
                yield from wait(1)
            finally:
                yield from wait(2)

    hand = Hand(Stubborn())
    list(hand.pipeline.chunks(hand.events("a")))
    with pytest.warns(PluginWarning, match="'P0' failed in chimeric_stream_processor while it was"):
        hand.delivery.close()
    assert hand.delivery.asking is None


def test_held_text_of_a_try_that_failed_is_let_go_without_asking() -> None:
    hand = Hand(Holding(), perform=call)
    hand.hear("lost")
    hand.delivery.discard()
    hand.begin()
    hand.hear("found")
    hand.end()
    assert hand.answer.log.text() == "FOUND"


# --- in calls ---------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ways)
def test_a_processor_waits_in_every_kind_of_call(way: str) -> None:
    waiting = plugin("W", chimeric_stream_processor=lambda context: Waiting())
    turns = (["a", "b", {"reasoning": "hm"}, CALL], ["c"])
    with serving(*turns) as server:
        chunks, response = hear(way, server, waiting, tools=[weather])
    assert response.content == ("[a][b][c]" if chunks else "[ab][c]")
    assert response.finish_reason == "stop"
    assert "".join(chunk.delta or "" for chunk in chunks) == (response.content if chunks else "")


@pytest.mark.parametrize("way", ways)
def test_it_may_ask_about_tool_results_and_at_the_end_of_a_turn(way: str) -> None:
    class Results(Passing):
        def process(self, chunk: StreamChunk) -> Any:
            return self.asked(chunk) if chunk.tool_results or chunk.finish_reason else chunk

        def asked(self, chunk: StreamChunk) -> Iterator[Any]:
            yield from wait(0.01)
            yield chunk

        def flush(self) -> Any:
            yield from wait(0.01)
            yield StreamChunk("|")

    asking = plugin("R", chimeric_stream_processor=lambda context: Results())
    with serving(["a", CALL], ["b"]) as server:
        chunks, response = hear(way, server, asking, tools=[weather])
    assert response.content.replace("|", "") == "ab"
    assert response.content.endswith("b|")
    assert len(response.tool_results) == 1
    if chunks:
        assert [chunk.turn for chunk in chunks if chunk.tool_results] == [0]
        assert chunks[-1].finish_reason == "stop"


def test_a_stream_that_is_left_while_a_processor_has_more_closes_it() -> None:
    closed: list[int] = []

    class Counting(Passing):
        def process(self, chunk: StreamChunk) -> Any:
            try:
                for _ in range(100):
                    yield from wait(0)
                    yield chunk
            finally:
                closed.append(1)

    counting = plugin("C", chimeric_stream_processor=lambda context: Counting())
    with serving(["a", "b"]) as server:
        with Chimeric(base_url=f"{server.url}/v1", plugins=[counting]) as client:
            stream = client.generate("compatible:m", "Hi", stream=True)
            for place, _ in enumerate(stream):
                if place == 2:
                    break
            stream.close()
            assert closed == [1]
            assert stream.response.content == "aaa"

    async def main() -> str:
        async with Chimeric(base_url=f"{server.url}/v1", plugins=[counting]) as client:
            stream = await client.agenerate("compatible:m", "Hi", stream=True)
            for _ in range(3):
                await anext(stream)
            await stream.aclose()
            return stream.response.content

    with serving(["a", "b"]) as server:
        assert asyncio.run(main()) == "aaa"
    assert closed == [1, 1]


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_stream_that_breaks_keeps_what_came_out(way: str) -> None:
    waiting = plugin("W", chimeric_stream_processor=lambda context: Waiting())
    with serving(["a", "b", Close()]) as server:
        with pytest.raises(StreamInterruptedError) as caught:
            hear(way, server, waiting)
    assert caught.value.partial is not None
    assert caught.value.partial.content == "[a][b]"


def test_a_generator_of_chunks_alone_asks_for_nothing() -> None:
    class Letters(Passing):
        def process(self, chunk: StreamChunk) -> Any:
            for letter in chunk.delta or "":
                yield chunk.replace(delta=letter)
            if not chunk.delta:
                yield chunk

    hand = Hand(Letters(), Letters())
    chunks = list(hand.pipeline.chunks(hand.events("ab", "cd")))
    assert hand.delivery.asking is None
    assert [chunk.content for chunk in chunks] == ["a", "ab", "abc", "abcd"]
