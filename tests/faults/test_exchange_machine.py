"""The exchange driven by hand with any sequence of replies and faults: it ends, honestly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from chimeric_testing import prepare
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chimeric import (
    Chimeric,
    ChimericError,
    ConnectionFailedError,
    RequestTimeoutError,
    StreamChunk,
    StreamInterruptedError,
)
from chimeric.exchange.effects import (
    Drain,
    Emit,
    Opened,
    Read,
    Relay,
    Release,
    RunTools,
    Send,
    Sleep,
)
from chimeric.exchange.exchange import exchange
from chimeric.transport.tool_threads import begun

from .dialects import DIALECTS, KEY, Dialect
from .observed import arguments

STATUSES = [200] * 12 + [204, 302, 400, 401, 404, 408, 409, 429, 500, 503, 529]
JUNK = [b"data: {oops\n\n", b"\xff\xfe\n\n", b"42\n", b": note\n\n", b"\n", b"{", b"data: null\n\n"]
WORD = "word "


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


class Passing(BaseException):
    """Something that is none of the exchange's business, as a cancellation is."""


class World:
    """Replies to the exchange as hypothesis says, and notes what it did."""

    def __init__(self, draw: Any, dialect: Dialect, client: Chimeric) -> None:
        self.draw = draw
        self.dialect = dialect
        script = dialect.script()
        self.opening = [script.frame(p) for p in dialect.opening()]
        self.word = script.frame(dialect.say(WORD))
        call = [("c1", "add", ['{"a": 1, ', '"b": 2}'])]
        self.call = [script.frame(p) for p in dialect.calls(call)]
        self.ends = {
            reason: b"".join(map(script.frame, dialect.finish(reason) + dialect.terminal()))
            for reason in ("stop", "length", "tools")
        }
        self.error = script.frame(dialect.error())
        self.call_state = prepare(client, tools=[add], max_turns=3, **arguments(dialect))
        self.flow = exchange(self.call_state)
        self.texts: list[str] = []
        self.chunks: list[StreamChunk] = []
        self.sends = 0
        self.sends_of_turn = 0
        self.content_in_turn = False
        self.finished = 0
        self.steps = 0
        self.fault: BaseException | None = None
        self.released = True

    def run(self) -> BaseException | None:
        """Drive it to its end; what it ended with."""
        try:
            effect = next(self.flow)
            while True:
                self.steps += 1
                assert self.steps < 2000
                if self.draw(st.integers(0, 60)) == 60:
                    self.flow.close()
                    return None
                effect = self.reply(effect)
        except StopIteration:
            return None
        except (ChimericError, Passing) as error:
            return error

    def reply(self, effect: Any) -> Any:
        match effect:
            case Emit(chunks=chunks):
                try:
                    for chunk in chunks:
                        self.take(chunk)
                except Exception as error:
                    return self.flow.throw(error)
                return next(self.flow)
            case Send():
                return self.send()
            case Read():
                return self.read(self.flow.send)
            case Relay(take=take):
                return self.relay(take)
            case Sleep(seconds=seconds):
                assert 0 <= seconds <= 60
                assert not self.content_in_turn
                return self.flow.send(None)
            case RunTools(calls=calls):
                assert self.finished
                for _, wanted in calls:
                    assert wanted.arguments == '{"a": 1, "b": 2}'
                return self.flow.send(begun(effect).next())
            case Opened() | Release() | Drain():
                return self.flow.send(None)
        raise AssertionError(f"an unknown effect: {effect!r}")

    def relay(self, take: Callable[[bytes], StreamChunk | None]) -> Any:
        """Read for ``take`` until it makes no chunk; the next effect."""
        nothing = object()

        def feed(data: bytes) -> Any:
            try:
                chunk = take(data)
            except Exception as error:
                return self.flow.throw(error)
            if chunk is None:
                return self.flow.send(None)
            self.take(chunk)
            return nothing

        while (effect := self.read(feed)) is nothing:
            self.steps += 1
        return effect

    def take(self, chunk: StreamChunk) -> None:
        self.chunks.append(chunk)
        self.texts.append(chunk.delta or "")
        assert chunk.content == "".join(self.texts)
        assert not chunk.usage or chunk.finish_reason
        if chunk.delta or chunk.tool_calls:
            self.content_in_turn = True
        if chunk.finish_reason:
            assert self.finished, "a finish that the provider did not tell"
            self.content_in_turn = False
            self.sends_of_turn = 0

    def send(self) -> Any:
        self.sends += 1
        self.sends_of_turn += 1
        assert not self.content_in_turn, "a try after content"
        assert self.sends_of_turn <= 3
        self.frames: list[bytes] | None = None
        self.finished = 0
        match self.draw(st.integers(0, 12)):
            case 0:
                return self.flow.throw(ConnectionFailedError("refused"))
            case 1:
                return self.flow.throw(RequestTimeoutError("slow", phase="connect"))
            case 2:
                return self.flow.throw(RequestTimeoutError("slow", phase="read"))
            case 3:
                return self.flow.throw(Passing())
        status = self.draw(st.sampled_from(STATUSES))
        kind = self.draw(st.sampled_from(["text/event-stream", "application/json"]))
        headers = {"content-type": kind, "retry-after": self.draw(st.sampled_from(["0", "1", "x"]))}
        return self.flow.send((status, headers))

    def read(self, feed: Callable[[bytes], Any]) -> Any:
        if self.frames is None:
            self.frames = list(self.opening)
        if self.frames:
            return feed(self.frames.pop(0))
        match self.draw(st.integers(0, 14)) if self.steps < 300 else 14:
            case 0:
                return self.flow.throw(ConnectionFailedError("reset"))
            case 1:
                return self.flow.throw(RequestTimeoutError("slow", phase="read"))
            case 2:
                return self.flow.throw(Passing())
            case 3:
                return feed(self.draw(st.sampled_from(JUNK)))
            case 4:
                return feed(self.error)
            case 5:
                half = self.draw(st.integers(1, len(self.word) - 1))
                self.frames = [self.word[half:]]
                return feed(self.word[:half])
            case 6:
                self.frames = [*self.call, self.ends["tools"]]
                self.finished += 1
                return feed(b"")
            case 7 | 8:
                self.finished += 1
                return feed(self.ends[self.draw(st.sampled_from(["stop", "length"]))])
            case 9 | 14:
                return feed(b"")
        return feed(self.word)


@pytest.fixture(scope="module")
def client() -> Any:
    with Chimeric(api_keys={d.provider: KEY for d in DIALECTS.values()}) as client:
        yield client


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_any_sequence_of_replies_ends_honestly(dialect: Dialect, client: Chimeric) -> None:
    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def check(data: st.DataObject) -> None:
        world = World(data.draw, dialect, client)
        error = world.run()
        response = world.call_state.answer.response()
        delivered = "".join(world.texts)
        assert response.content == delivered
        if isinstance(error, ChimericError):
            assert error.provider == dialect.provider
            if delivered:
                assert error.partial is not None
                assert error.partial.content == delivered
        for call in response.tool_calls:
            assert call.arguments == '{"a": 1, "b": 2}'
        finishes = [c for c in world.chunks if c.finish_reason]
        assert len({c.turn for c in finishes}) == len(finishes), "two ends of one turn"
        with pytest.raises(StopIteration):
            next(world.flow)

    check()


def test_what_a_loop_throws_in_passes_unchanged(client: Chimeric) -> None:
    call = prepare(client, **arguments(DIALECTS["chat"]))
    flow = exchange(call)
    assert isinstance(next(flow), Send)
    cancelled = asyncio.CancelledError()
    with pytest.raises(asyncio.CancelledError) as caught:
        flow.throw(cancelled)
    assert caught.value is cancelled


def test_a_stream_that_was_closed_is_not_tried_again(client: Chimeric) -> None:
    call = prepare(client, **arguments(DIALECTS["chat"]))
    flow = exchange(call)
    next(flow)
    closed = StreamInterruptedError("closed")
    closed.retryable = False
    with pytest.raises(StreamInterruptedError):
        effect = flow.throw(closed)
        while isinstance(effect, (Emit, Release)):  # what it was has to go, whoever looks on
            effect = next(flow)
