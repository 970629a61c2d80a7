"""Middleware that ends a turn before the provider does: ``context.end_turn``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, Pause, SeenRequest
from chimeric_testing.server import chunked

from chimeric import (
    Chimeric,
    Context,
    Delta,
    FinishedTurn,
    PluginError,
    StreamChunk,
    run,
)

from .talk import CALL, hear, plugin, serving, ways, weather


class Ender:
    """Ends the turn where a word stands, by a thread's word if asked to."""

    def __init__(self, context: Context, *, asks: bool = False) -> None:
        self.context = context
        self.asks = asks
        self.ended = False

    def process(self, chunk: StreamChunk) -> Any:
        if self.ended:
            return chunk if chunk.finish_reason else None
        if not chunk.delta or "END" not in chunk.delta:
            return chunk
        return self.asking(chunk) if self.asks else self.end(chunk)

    def asking(self, chunk: StreamChunk) -> Any:
        yield from run(len, "a")
        yield self.end(chunk)

    def end(self, chunk: StreamChunk) -> StreamChunk:
        self.ended = True
        self.context.end_turn("stop")
        return chunk.replace(delta=(chunk.delta or "").partition("END")[0] or None)

    def flush(self) -> None:
        return None


def ending(**options: Any) -> Any:
    return plugin("Ending", chimeric_stream_processor=lambda context: Ender(context, **options))


def holding() -> Any:
    """Holds all text back to the end of its block."""

    class Holding:
        held = ""

        def process(self, chunk: StreamChunk) -> StreamChunk | None:
            if not chunk.delta:
                return chunk
            self.held += chunk.delta
            return None

        def flush(self) -> StreamChunk | None:
            held, self.held = self.held, ""
            return StreamChunk(held) if held else None

    return plugin("Holding", chimeric_stream_processor=lambda context: Holding())


@pytest.mark.parametrize("asks", [False, True])
@pytest.mark.parametrize("way", ways)
def test_nothing_comes_after_the_end(way: str, asks: bool) -> None:
    with serving(["one ", "twoENDthree", " four"]) as server:
        chunks, response = hear(way, server, ending(asks=asks))
    assert response.content == "one two"
    assert response.finish_reason == "stop"
    if chunks:
        assert [c.delta for c in chunks] == ["one ", "two", None]
        assert chunks[-1].finish_reason == "stop"
    assert response.messages[-1].text == "one two"


@pytest.mark.parametrize("way", ways)
def test_what_later_middleware_holds_comes_out_before_the_last_chunk(way: str) -> None:
    with serving(["one ", "twoEND", "three"]) as server:
        chunks, response = hear(way, server, holding(), ending())  # the last one comes first
    assert response.content == "one two"
    if chunks:
        assert [c.finish_reason for c in chunks] == [None, "stop"]


@pytest.mark.parametrize("way", ways)
def test_the_calls_of_an_ended_turn_are_not_made(way: str) -> None:
    ran: list[str] = []

    def weather(city: str) -> str:
        ran.append(city)
        return "sunny"

    with serving(["END", CALL], ["never asked"]) as server:
        _, response = hear(way, server, ending(), tools=[weather])
        assert len(server.requests) == 1
    assert (ran, response.tool_calls, response.finish_reason) == ([], (), "stop")
    assert response.messages[-1].tool_calls == ()


def test_a_stateless_hook_may_end_a_turn_with_the_chunk_as_it_is() -> None:
    def process(chunk: StreamChunk, context: Context) -> StreamChunk:
        if chunk.delta == "two":
            context.end_turn("length")
        return chunk

    with serving(["one ", "two", "three"]) as server:
        chunks, response = hear("sync", server, plugin(chimeric_process_chunk=process))
    assert response.content == "one two"
    assert chunks[-1].finish_reason == response.finish_reason == "length"


@pytest.mark.parametrize("asks", [False, True])
def test_the_connection_is_closed_at_once(asks: bool) -> None:
    """The server says nothing more, and waits until the client has gone."""
    frame = b'data: {"choices": [{"index": 0, "delta": {"content": "%s"}}]}\n\n'

    def answer(request: SeenRequest) -> Iterator[bytes | Pause]:
        yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        yield from list(chunked([frame % b"one", frame % b"END"]))[:2]
        yield Pause(60)

    with LoopbackServer(answer) as server:
        client = Chimeric(
            base_url=f"{server.url}/v1", plugins=[ending(asks=asks)], only_plugins=["compatible"]
        )
        stream = client.generate("compatible:m", "Hi", stream=True)
        assert [chunk.delta for chunk in stream if chunk.delta] == ["one"]
        assert server.wait_idle(10)
        assert server.aborted == 1
        assert stream.response.finish_reason == "stop"
        client.close()


def test_usage_that_was_told_before_the_end_is_partial() -> None:
    def answer(request: SeenRequest) -> Iterator[bytes]:
        usage = b'"usage": {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}'
        frame = b'data: {"choices": [{"index": 0, "delta": {"content": "%s"}}], %s}\n\n'
        yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        yield from chunked([frame % (b"one", usage), frame % (b"END", usage)])

    with LoopbackServer(answer) as server:
        _, response = hear("sync", server, ending())
    assert (response.usage.prompt_tokens, response.usage.source) == (5, "partial")


@pytest.mark.parametrize("way", ways)
def test_a_plugins_answer_can_be_ended_too(way: str) -> None:
    closed: list[bool] = []

    def answer(request: Any) -> Iterator[Delta | str]:
        try:
            yield from ("one ", "END", "two")
        finally:
            closed.append(True)

    with serving() as server:
        _, response = hear(way, server, ending(), plugin("A", chimeric_answer=answer))
    assert (response.content, response.finish_reason) == ("one ", "stop")
    assert closed == [True]


def test_an_ended_turn_has_no_deltas_to_keep() -> None:
    turns: list[FinishedTurn] = []
    keeper = plugin("K", chimeric_finish_turn=lambda turn: turns.append(turn))
    with serving(["one ", "END", "two"]) as server:
        hear("sync", server, ending(), keeper)
    assert [(turn.text, turn.finish_reason, turn.deltas) for turn in turns] == [
        ("one ", "stop", ())
    ]


def test_a_turn_after_tools_can_be_ended_like_the_first() -> None:
    with serving([CALL], ["one ", "ENDtwo"]) as server:
        _, response = hear("sync", server, ending(), tools=[weather])
    assert (response.text, response.finish_reason) == ("one ", "stop")
    assert [result.output for result in response.tool_results] == ["sunny in Oslo"]


@pytest.mark.parametrize("reason", ["done", ""])
def test_a_reason_that_is_none_is_the_plugins_fault(reason: Any) -> None:
    def process(chunk: StreamChunk, context: Context) -> StreamChunk:
        context.end_turn(reason)
        return chunk

    with serving(["one"]) as server, pytest.raises(PluginError, match="one of stop, length"):
        hear("sync", server, plugin(chimeric_process_chunk=process))


def test_there_is_no_turn_to_end_before_one_is_answered() -> None:
    def prepare(request: Any, context: Context) -> None:
        context.end_turn("stop")

    with serving(["one"]) as server, pytest.raises(PluginError, match="while a turn is answered"):
        hear("sync", server, plugin(chimeric_prepare_request=prepare))
