"""What middleware does to an answer, where its events would pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Told, sse
from .middleware import (
    Adding,
    Breaking,
    Dropping,
    Holding,
    LateShouting,
    Looking,
    Sentences,
    Shouting,
)
from .upstreams import ALL, CHAT, RESPONSES, chat, response

Ask = Callable[..., Told]
Heard = Callable[[str, bytes], Any]

CHANGES: list[tuple[type, str]] = [
    (Shouting, "HELLO THERE"),
    (LateShouting, "Hello THERE"),
    (Dropping, "Hel there"),
    (Adding, "Hello! there"),
    (Holding, "Hel(lo) there"),
    (Sentences, "[...] there"),
]


def text_of(protocol: str, final: Any) -> str:
    if protocol == "responses":
        return str(final.output_text)
    if protocol == "messages":
        return "".join(block.text for block in final.content)
    return str(final.choices[0].message.content)


@pytest.mark.parametrize("protocol", ALL)
@pytest.mark.parametrize(("middleware", "text"), CHANGES)
def test_a_changed_text_is_what_the_client_gets(
    ask: Ask, heard: Heard, protocol: str, middleware: type, text: str
) -> None:
    told = ask(protocol, sse(*ALL[protocol]), stream=True, plugins=[middleware()])
    assert told.failed is None
    assert text_of(protocol, heard(protocol, told.data)) == text
    if "lo" not in text:
        assert b'"lo"' not in told.data


@pytest.mark.parametrize("protocol", ALL)
@pytest.mark.parametrize(("middleware", "text"), CHANGES)
def test_a_changed_text_stands_wherever_it_is_told_again(
    ask: Ask, protocol: str, middleware: type, text: str
) -> None:
    told = ask(protocol, sse(*ALL[protocol]), stream=True, plugins=[middleware()])
    assert b"Hello there" not in told.data
    for event in told.of("response.output_text.done"):
        assert event["text"] == text
    for event in told.of("response.content_part.done"):
        assert event["part"]["text"] == text
    for event in told.of("response.output_item.done"):
        assert event["item"]["content"][0]["text"] == text
    for event in told.of("response.completed"):
        assert event["response"]["output"][0]["content"][0]["text"] == text


@pytest.mark.parametrize("protocol", ALL)
def test_what_changes_nothing_hinders_nothing(ask: Ask, protocol: str) -> None:
    looking = Looking()
    told = ask(protocol, sse(*ALL[protocol]), stream=True, plugins=[looking])
    assert told.data == ask(protocol, sse(*ALL[protocol]), stream=True).data
    assert len(looking.seen) >= 3


@pytest.mark.parametrize("protocol", ALL)
def test_middleware_that_fails_fails_the_stream(ask: Ask, protocol: str) -> None:
    told = ask(protocol, sse(*ALL[protocol]), stream=True, plugins=[Breaking()])
    assert told.failed is not None
    assert b"there" not in told.data
    assert not told.of("response.completed")
    assert not told.of("message_stop")


@pytest.mark.parametrize("middleware", [Shouting, Dropping, Holding])
def test_a_whole_answer_that_was_changed_is_translated(ask: Ask, middleware: type) -> None:
    body = response()
    told = ask("responses", _json(body), plugins=[Whole()])
    assert _text(told) == "HELLO THERE"
    assert b"x_cost" not in told.data
    same = ask("responses", _json(body), plugins=[middleware()])
    assert (b"x_cost" in same.data) == (middleware is not Shouting)


class Whole(Shouting):
    """The same, of whole answers."""


def _json(body: Any) -> bytes:
    import msgspec

    return msgspec.json.encode(body)


def _text(told: Told) -> str:
    import msgspec

    return str(msgspec.json.decode(told.data)["output"][0]["content"][0]["text"])


def test_arguments_that_middleware_changes_are_what_the_client_gets(ask: Ask, heard: Heard) -> None:
    from chimeric import StreamChunk, hookimpl

    class Renaming:
        @hookimpl
        def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
            import msgspec

            calls = tuple(
                msgspec.structs.replace(call, arguments_delta=call.arguments_delta.upper())
                for call in chunk.tool_calls
            )
            return chunk.replace(tool_calls=calls) if calls else chunk

    named = {"index": 0, "id": "call_a", "type": "function"}
    events = [
        *CHAT[:3],
        chat({"tool_calls": [{**named, "function": {"name": "add", "arguments": '{"x":"a"}'}}]}),
        chat({}, "tool_calls"),
        b"[DONE]",
    ]
    told = ask("chat_completions", sse(*events), stream=True, plugins=[Renaming()])
    final = heard("chat_completions", told.data).choices[0].message
    assert final.content == "Hello"
    assert final.tool_calls[0].function.arguments == '{"X":"A"}'


def test_what_cannot_be_told_in_other_words_breaks_the_stream_off(ask: Ask) -> None:
    from chimeric import StreamChunk, hookimpl

    class Thinking:
        @hookimpl
        def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
            return chunk.replace(reasoning="Hm.") if chunk.delta == "lo" else chunk

    told = ask("responses", sse(*RESPONSES), stream=True, plugins=[Thinking()])
    assert told.failed is not None
    assert told.events[-1]["type"] == "response.failed"
    assert told.events[-2]["type"] == "error"
