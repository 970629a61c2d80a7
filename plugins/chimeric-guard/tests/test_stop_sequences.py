"""Stop sequences where the provider has none."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from chimeric_guard import StopSequences
from chimeric_testing import LoopbackServer, Pause, SeenRequest

from chimeric import Chimeric, TranslationError, TranslationWarning

from .conftest import CALL, MODES, Server, hear


def weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


@pytest.mark.parametrize("mode", MODES)
def test_the_text_ends_before_the_sequence_and_the_connection_too(
    server: Server, mode: str
) -> None:
    server.turns, server.endless = [["one tw", "o EN", "D of it", " three"]], True
    heard = hear(mode, server.client(StopSequences()), stop=["END"])
    assert server.was_left()
    assert heard.text == "one two "
    assert heard.response is not None
    assert (heard.response.content, heard.response.finish_reason) == ("one two ", "stop")
    assert heard.response.metadata["stop_emulated"] == "END"
    assert heard.response.usage.source == "missing"
    assert server.loopback.requests[0].json()["stop"] == ["END"]


def test_what_only_begins_like_a_sequence_comes_out(server: Server) -> None:
    server.turns = [["one EN", "O EN"]]
    heard = hear("sync", server.client(StopSequences(["END"])))
    assert heard.text == "one ENO EN"
    assert heard.response is not None
    assert "stop_emulated" not in heard.response.metadata


def test_without_any_sequence_it_is_not_there(server: Server) -> None:
    server.turns = [["one"]]
    heard = hear("sync", server.client(StopSequences()))
    assert heard.chunks[0].raw
    assert "stop" not in server.loopback.requests[0].json()


@pytest.mark.parametrize("mode", MODES)
def test_calls_behind_the_sequence_are_not_made(server: Server, mode: str) -> None:
    server.turns = [["one END", CALL]]
    heard = hear(mode, server.client(StopSequences(["END"])), tools=[weather])
    assert (heard.text, server.asked) == ("one ", 1)
    assert heard.response is not None
    assert heard.response.tool_calls == ()


def test_behind_the_tool_loop_each_turn_is_watched(server: Server) -> None:
    server.turns = [["one ", CALL], ["two END three"]]
    heard = hear("sync", server.client(StopSequences(["END"])), tools=[weather])
    assert heard.text == "one two "


def test_whole_answers_end_there_too_and_tell_what_they_took(server: Server) -> None:
    server.turns = [["one END two"]]
    with server.client(StopSequences(["END"])) as client:
        response = client.generate("compatible:m", "Hi")
    assert (response.content, response.finish_reason) == ("one ", "stop")
    assert response.messages[-1].text == "one "


def responses(request: SeenRequest) -> Iterator[bytes | Pause]:
    """OpenAI's Responses API, which goes on writing until the client has gone."""

    def event(**told: Any) -> bytes:
        line = b"event: %b\ndata: %b\n\n" % (told["type"].encode(), msgspec.json.encode(told))
        return b"%x\r\n%b\r\n" % (len(line), line)

    yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
    yield b"transfer-encoding: chunked\r\n\r\n"
    yield event(type="response.created", response={"id": "r", "model": "gpt-5-mini"})
    item = {
        "type": "message",
        "id": "m",
        "role": "assistant",
        "content": [],
        "status": "in_progress",
    }
    yield event(type="response.output_item.added", output_index=0, item=item)
    place = {"item_id": "m", "output_index": 0, "content_index": 0}
    part = {"type": "output_text", "text": "", "annotations": []}
    yield event(type="response.content_part.added", part=part, **place)
    for text in ("one, ", "tw", "o", ", three"):
        yield event(type="response.output_text.delta", delta=text, **place)
    yield Pause(60)


@pytest.mark.parametrize("mode", MODES)
def test_responses_gets_stop_sequences_without_a_warning(mode: str) -> None:
    with LoopbackServer(responses) as server, warnings.catch_warnings():
        warnings.simplefilter("error", TranslationWarning)
        client = Chimeric(
            openai_api_key="k",
            openai_base_url=server.url,
            plugins=[StopSequences()],
            strict=True,
        )
        heard = hear(mode, client, model="openai:gpt-5-mini", stop=["two"])
        assert server.wait_idle(10)
        assert server.aborted == 1
        assert "stop" not in server.requests[0].json()
    assert heard.error is None
    assert heard.text == "one, "
    assert heard.response is not None
    assert heard.response.metadata["stop_emulated"] == "two"
    assert heard.response.messages[-1].state is None  # it would hold what was cut off


def test_without_the_plugin_it_is_reported_as_ever() -> None:
    client = Chimeric(openai_api_key="k", openai_base_url="http://127.0.0.1:9", strict=True)
    heard = hear("sync", client, model="openai:gpt-5-mini", stop=["two"])
    assert isinstance(heard.error, TranslationError)


def test_more_sequences_than_a_provider_takes_are_seen_to(server: Server) -> None:
    many = [f"<{number}>" for number in range(9)]
    server.turns = [["one <8> two"]]
    with warnings.catch_warnings():
        warnings.simplefilter("error", TranslationWarning)
        heard = hear("sync", server.client(StopSequences(many)))
    assert heard.text == "one "


def test_native_events_end_there_too(server: Server) -> None:
    server.turns, server.endless = [["one ", "END two", " three"]], True
    heard = hear("sync", server.client(StopSequences(["END"])), native=True)
    assert server.was_left()
    assert heard.response is not None
    assert (heard.response.content, heard.response.finish_reason) == ("one ", "stop")
    assert "three" not in repr(heard.chunks)
