"""What other tests pass by: rare answers of middleware, rare moments of the exchange."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from chimeric_testing import Close, LoopbackServer, Pause, SeenRequest, Step

from chimeric import BadRequestError, RequestTimeoutError, StreamChunk, Timeout

from .calls import Collect
from .plugins import middleware
from .streams import ASK, CHAT, always, answer, client_of, endless, mute


def test_several_chunks_for_one_are_kept_in_order(collect: Collect) -> None:
    def letters(chunk: StreamChunk) -> Any:
        return [chunk.replace(delta=c) for c in chunk.delta] if chunk.delta else chunk

    with LoopbackServer(lambda request: answer(["ab", "c", "de"])) as server:
        with client_of(server, plugins=[middleware(chimeric_process_chunk=letters)]) as client:
            chunks = list(client.generate(**ASK))
        assert [chunk.delta for chunk in chunks[:5]] == list("abcde")
        assert chunks[-1].content == "abcde"


class Holder:
    """Holds text back until the end."""

    def __init__(self) -> None:
        self.held: list[StreamChunk] = []
        self.flushes = 0

    def process(self, chunk: StreamChunk) -> Any:
        if chunk.delta is None:
            return chunk
        self.held.append(chunk)
        return None

    def flush(self) -> Any:
        self.flushes += 1
        held, self.held = self.held, []
        return held


def test_what_was_held_back_joins_the_response_of_a_stream_that_is_left_early() -> None:
    class Third(Holder):
        def process(self, chunk: StreamChunk) -> Any:
            return chunk if len(self.held) == 2 else super().process(chunk)

    keeper = middleware(
        chimeric_stream_processor=lambda context: Third(),
        chimeric_process_chunk=lambda chunk: chunk,
    )
    with LoopbackServer(endless) as server, client_of(server, plugins=[keeper]) as client:
        stream = client.generate(**ASK)
        assert next(stream).delta == "three "
        stream.close()
        assert stream.response.content == "three one two "


def test_a_try_that_failed_takes_what_was_held_back_of_it_along() -> None:
    left = [[*list(answer(["lost ", "words"]))[:3], Close()], list(answer(["found"]))]
    holder = Holder()
    keeper = middleware(chimeric_stream_processor=lambda context: holder)
    stateless = middleware(chimeric_process_chunk=lambda chunk: chunk)
    with LoopbackServer(lambda request: left.pop(0)) as server:
        with client_of(server, plugins=[keeper, stateless]) as client:
            assert client.generate(**ASK).collect().content == "found"
        assert len(server.requests) == 2
    assert holder.flushes == 2


def refuse(*args: Any) -> Any:
    raise BadRequestError("not this one")


@pytest.mark.parametrize("place", ["process", "flush"])
def test_a_typed_error_of_middleware_passes_as_it_is(place: str, collect: Collect) -> None:
    class Refusing(Holder):
        pass

    setattr(Refusing, place, refuse)
    bad = middleware(chimeric_stream_processor=lambda context: Refusing())
    with LoopbackServer(lambda request: answer(["Hello"])) as server:
        with pytest.raises(BadRequestError, match="not this one") as caught:
            collect(client_of(server, plugins=[bad], max_retries=0), ASK)
        assert caught.value.partial is not None


# --- time limits ---


def test_a_body_without_a_length_does_not_end_well_at_the_time_limit(collect: Collect) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    frame = CHAT.script().frame(CHAT.say("one "))
    with always(head, frame, Pause(60)) as server:
        with pytest.raises(RequestTimeoutError) as caught:
            collect(client_of(server, timeout=Timeout(total=2)), ASK)
        assert caught.value.phase == "total"
        assert caught.value.partial is not None
        assert caught.value.partial.content == "one "


def test_of_two_equal_limits_the_transports_own_is_named(collect: Collect) -> None:
    with LoopbackServer(mute) as server:
        with pytest.raises(RequestTimeoutError) as caught:
            collect(client_of(server, timeout=Timeout(read=0.3, first=0.3), max_retries=0), ASK)
        assert caught.value.phase == "read"


# --- the end of a body ---


def test_what_comes_after_the_terminal_signal_is_read_and_dropped(collect: Collect) -> None:
    more = [b"c\r\n: good bye!\n\r\n", Pause(0.01), b"c\r\n: good bye!\n\r\n", b"0\r\n\r\n"]

    def handler(request: SeenRequest) -> Iterable[Step]:
        return [*list(answer(["Hello"]))[:-1], Pause(0.01), *more]

    with LoopbackServer(handler) as server:
        assert collect(client_of(server), ASK).content == "Hello"


def test_an_answer_that_goes_on_for_ever_after_its_end_is_given_up(collect: Collect) -> None:
    def handler(request: SeenRequest) -> Iterator[Step]:
        yield from list(answer(["Hello"]))[:-1]
        for _ in range(6000):
            yield b"c\r\n: good bye!\n\r\n"
            yield Pause(0.01)

    began = time.monotonic()
    with LoopbackServer(handler) as server:
        assert collect(client_of(server), ASK).content == "Hello"
        assert server.wait_closed()
    assert time.monotonic() - began < 20
