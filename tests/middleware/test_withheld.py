"""A processor that withholds: nothing that it did not release is anywhere to be found."""

from __future__ import annotations

import asyncio
import pickle
import warnings
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from chimeric_testing import Close, LoopbackServer, SeenRequest
from chimeric_testing.server import chunked

from chimeric import (
    Chimeric,
    ChimericError,
    CompletionResponse,
    ConfigurationError,
    PluginWarning,
    ProtocolError,
    ServerError,
    StreamChunk,
    StreamInterruptedError,
    TextProcessor,
    hookimpl,
)

from .talk import CALL, hear, plugin, serving, ways, weather

SECRET = "swordfish"


class Guard(TextProcessor):
    """Releases sentences, without the secret."""

    by = "sentence"
    withholds = True

    def process_text(self, text: str) -> str:
        return text.replace(SECRET, "***")


def guarding(processor: Any = Guard) -> Any:
    return plugin("Guard", chimeric_stream_processor=lambda context: processor())


def everything(thing: CompletionResponse | ChimericError) -> str:
    """All that an error or a response holds, as text."""
    told = [
        repr(thing),
        str(pickle.dumps(thing)),
        str(vars(thing) if isinstance(thing, Exception) else ""),
    ]
    response = thing.partial if isinstance(thing, ChimericError) else thing
    if response is not None:
        told += [repr(response.messages), repr(response.metadata), repr(response.native)]
    if isinstance(thing, ProtocolError):
        told.append(repr(thing.raw))
    return "".join(told)


@pytest.mark.parametrize("way", ways)
def test_what_is_released_is_all_there_is(way: str) -> None:
    with serving(["One. The sword", "fish is", " here. Two"]) as server:
        chunks, response = hear(way, server, guarding())
    assert response.content == "One. The *** is here. Two"
    assert SECRET not in everything(response)
    assert response.native is None
    assert response.metadata["provider"] == "compatible"
    for chunk in chunks:
        assert chunk.raw == b""
        assert chunk.native is None
    if chunks:
        assert set(chunks[-1].metadata) <= {"provider", "model", "id", "request_id", "usage"}


@pytest.mark.parametrize("way", ["sync", "async"])
def test_what_it_holds_when_the_stream_breaks_is_dropped(way: str) -> None:
    with serving(["One. ", "The swordfish", Close()]) as server:
        with pytest.raises(StreamInterruptedError) as caught:
            hear(way, server, guarding())
    partial = caught.value.partial
    assert partial is not None
    assert partial.content == "One. "
    assert partial.messages[-1].text == "One. "
    assert SECRET not in everything(caught.value)


def test_what_other_middleware_held_goes_no_further_than_to_the_guard() -> None:
    class Holder:
        held = ""

        def process(self, chunk: StreamChunk) -> StreamChunk | None:
            if not chunk.delta:
                return chunk
            self.held += chunk.delta
            return None

        def flush(self) -> StreamChunk:
            return StreamChunk(self.held)

    holder = plugin("H", chimeric_stream_processor=lambda context: Holder())
    with serving(["One. ", "The swordfish", Close()]) as server:
        with pytest.raises(StreamInterruptedError) as caught:
            hear("sync", server, guarding(), holder)
    assert caught.value.partial is not None
    assert caught.value.partial.content == "One. "


def test_what_it_holds_when_the_stream_is_left_is_dropped() -> None:
    said = ["One. ", "The swordfish", " goes on"]
    seen: list[CompletionResponse] = []
    watch = plugin("W", chimeric_stream_finished=lambda response: seen.append(response))
    with serving(said) as server:
        with Chimeric(base_url=f"{server.url}/v1", plugins=[guarding(), watch]) as client:
            stream = client.generate("compatible:m", "Hi", stream=True)
            assert next(stream).delta == "One. "
            stream.close()
            assert stream.response.content == "One. "
            assert SECRET not in everything(stream.response)

    async def main() -> CompletionResponse:
        async with Chimeric(base_url=f"{server.url}/v1", plugins=[guarding(), watch]) as client:
            stream = await client.agenerate("compatible:m", "Hi", stream=True)
            async for _ in stream:
                break
            await stream.aclose()
            return stream.response

    with serving(said) as server:
        assert asyncio.run(main()).content == "One. "
    assert [response.content for response in seen] == ["One. ", "One. "]


@pytest.mark.parametrize(
    "bad", [b'{"error":{"message":"broke"},"rest":"swordfish"}', b"{swordfish"]
)
def test_an_error_holds_no_bytes_of_the_answer(bad: bytes) -> None:
    def handler(request: SeenRequest) -> Iterator[bytes]:
        delta = b'{"choices":[{"index":0,"delta":{"content":"One. The swordfish"}}]}'
        yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        yield from chunked([b"data: %s\n\n" % delta, b"data: %s\n\n" % bad])

    with LoopbackServer(handler) as server:
        with pytest.raises((ServerError, ProtocolError)) as caught:
            hear("sync", server, guarding())
        assert SECRET not in everything(caught.value)
        with pytest.raises((ServerError, ProtocolError)) as caught:  # as ever without the guard
            hear("sync", server)
        assert SECRET in everything(caught.value)


def test_the_body_of_a_refusal_is_no_answer() -> None:
    def handler(request: SeenRequest) -> Iterator[bytes]:
        yield b'HTTP/1.1 500 Oh\r\ncontent-length: 27\r\n\r\n{"error":{"message":"busy"}}'

    with LoopbackServer(handler) as server, pytest.raises(ServerError) as caught:
        hear("sync", server, guarding())
    assert caught.value.body


@pytest.mark.parametrize("stream", [True, False])
def test_native_events_and_withheld_text_exclude_each_other(stream: bool) -> None:
    with serving(["One. "]) as server:
        with Chimeric(base_url=f"{server.url}/v1", plugins=[guarding()]) as client:
            with pytest.raises(ConfigurationError, match="'Guard' withholds text"):
                client.generate("compatible:m", "Hi", stream=stream, native=True)
        assert server.requests == []


def test_reasoning_is_not_sent_back_and_that_is_told_once() -> None:
    turns = [[{"reasoning": "hm"}, "A. ", CALL], [{"reasoning": "hm"}, "B. ", CALL], ["C."]]
    with serving(*turns) as server:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            chunks, response = hear("sync", server, guarding(), tools=[weather])
        sent = b"".join(msgspec.json.encode(request.json()) for request in server.requests)
    told = [w for w in caught if isinstance(w.message, PluginWarning)]
    assert len(told) == 1
    assert "'Guard'" in str(told[0].message)
    assert b"hm" not in sent
    assert response.reasoning == "hmhm"
    assert [chunk.reasoning for chunk in chunks if chunk.reasoning] == ["hm", "hm"]
    assert all(message.reasoning is None and message.state is None for message in response.messages)
    assert [len(message.tool_calls) for message in response.messages] == [0, 1, 0, 1, 0, 0]


def test_without_reasoning_there_is_nothing_to_tell() -> None:
    with serving(["A. ", CALL], ["B."]) as server, warnings.catch_warnings():
        warnings.simplefilter("error")
        _, response = hear("sync", server, guarding(), tools=[weather])
    assert response.content == "A. B."


def test_a_call_that_is_not_released_is_neither_made_nor_told() -> None:
    class NoTools(Guard):
        def process(self, chunk: StreamChunk) -> Any:
            return None if chunk.tool_calls else super().process(chunk)

    ran: list[str] = []

    def weather(city: str) -> str:
        """The weather of a city."""
        ran.append(city)
        return "sunny"

    with serving(["A. ", CALL]) as server:
        _, response = hear("sync", server, guarding(NoTools), tools=[weather])
    assert ran == []
    assert response.tool_calls == ()
    assert "Oslo" not in everything(response)


def test_other_middleware_still_sees_what_the_provider_sent() -> None:
    seen: list[bytes] = []

    class Record:
        chimeric_phase = "record"

        @hookimpl
        def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
            seen.append(chunk.raw)
            return chunk.replace(metadata={**chunk.metadata, "mine": 1})

    with serving(["The swordfish. "]) as server:
        chunks, _ = hear("sync", server, guarding(), Record())
    assert SECRET.encode() in b"".join(seen)
    assert chunks[-1].metadata["mine"] == 1


def test_structured_output_is_read_from_what_was_released() -> None:
    class City(msgspec.Struct):
        name: str

    class Whole(Guard):
        by = "chunk"

        def process_text(self, text: str) -> str:
            return text.replace("Atlantis", "Oslo")

    with serving(['{"name": "', "Atlantis", '"}']) as server:
        chunks, response = hear("sync", server, guarding(Whole), response_format=City)
    assert response.parsed == City("Oslo")
    assert chunks[-1].partial == {"name": "Oslo"}
    assert chunks[1].partial == {"name": "Oslo"}
