"""Short forms of what a parser tells: a piece of arguments alone, counts on demand."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from chimeric_testing import LoopbackServer
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chimeric import (
    Chimeric,
    Delta,
    PluginError,
    PluginWarning,
    Provider,
    StreamChunk,
    StreamError,
    ToolCallDelta,
    Usage,
    hookimpl,
)

from .calls import Collect
from .plugins import ASK_ACME, Acme, acme_of, middleware
from .streams import served

END = b'data: {"end":true}\n\n'


class Pieces(Acme):
    """A provider whose events are pieces of arguments, told alone or in a delta, and text."""

    def __init__(self, *, alone: bool) -> None:
        self.alone = alone

    @hookimpl
    def chimeric_parse_event(self, event: Any, state: Any) -> Any:
        told = msgspec.json.decode(event.data)
        if isinstance(told, str):
            return told
        if "end" in told:
            return Delta(done=True, finish_reason="tool_calls")
        piece = msgspec.convert(told, ToolCallDelta)
        return piece if self.alone else Delta(tool_calls=(piece,))


class Counting(Acme):
    """A provider that counts with every event, and tells the counts only when it is asked."""

    @hookimpl
    def chimeric_provider(self) -> Provider:
        return msgspec.structs.replace(super().chimeric_provider(), state=lambda request: Counts())

    @hookimpl
    def chimeric_parse_event(self, event: Any, state: Any) -> Any:
        if event.data == b"end":
            return Delta(done=True, finish_reason="stop")
        state.words += 1
        return event.data.decode()


class Miscounting(Counting):
    """A provider whose counts are wrong where they are asked for."""

    @hookimpl
    def chimeric_provider(self) -> Provider:
        declared = super().chimeric_provider()
        return msgspec.structs.replace(declared, state=lambda request: Miscounts())


class Counts:
    """The parser's memory."""

    words = 0

    def running_usage(self) -> Usage | None:
        return Usage(9, self.words, 9 + self.words) if self.words else None


class Miscounts(Counts):
    """The same, of a parser with a fault."""

    def running_usage(self) -> Usage | None:
        raise ZeroDivisionError("no words")


MISCOUNTED = "plugin 'acme' failed in running_usage: ZeroDivisionError: no words"


def frame(told: object) -> bytes:
    return b"data: " + msgspec.json.encode(told) + b"\n\n"


def passing(chunk: StreamChunk) -> StreamChunk:
    return chunk


def seen(client: Chimeric) -> list[Any]:
    """All that the chunks of a stream say, and the response; made-up ids are left out."""
    stream = client.generate(**ASK_ACME)
    said: list[Any] = []
    for chunk in stream:
        calls = [(c.index, c.name, c.arguments_delta, c.status) for c in chunk.tool_calls]
        said.append((chunk.delta, chunk.block, calls, chunk.finish_reason))
    response = stream.response
    made = [(call.name, call.arguments) for call in response.tool_calls]
    return [said, made, response.text, response.finish_reason]


BEGUN = [{"index": i, "id": "ab"[i], "name": f"tool{i}", "arguments": '{"a"'} for i in range(2)]
INDEXES = st.sampled_from([0, 1, None])
EVENTS = st.one_of(
    st.sampled_from(["Hm", "", "So"]),
    st.fixed_dictionaries(
        {"index": INDEXES, "arguments": st.sampled_from([":1", "}", '{"a"', ""])}
    ),
    st.fixed_dictionaries({"index": INDEXES, "complete": st.booleans()}),
    st.fixed_dictionaries({"id": st.sampled_from("ab"), "arguments": st.sampled_from([":1", "}"])}),
    st.fixed_dictionaries(
        {},
        optional={
            "index": st.sampled_from([None, 0, 1]),
            "id": st.sampled_from([None, "", "a", "b"]),
            "name": st.sampled_from([None, "", "add", "store"]),
            "arguments": st.sampled_from(["", "{", "}", "{}", '"a":1', "null", " "]),
            "complete": st.booleans(),
            "cut": st.just(True),
            "replace": st.booleans(),
        },
    ),
)


@pytest.mark.parametrize("plugins", [0, 1])
@example(begun=2, events=[{"id": "a", "arguments": ":1"}, {"arguments": "}"}], burst=True)
@given(begun=st.integers(0, 2), events=st.lists(EVENTS, max_size=6), burst=st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_piece_alone_is_read_as_the_same_piece_in_a_delta(
    plugins: int, begun: int, events: list[Any], burst: bool
) -> None:
    frames = [*map(frame, [*BEGUN[:begun], *events]), END]
    reads = [b"".join(frames)] if burst else frames
    same = [middleware(chimeric_process_chunk=passing)] * plugins
    with LoopbackServer(lambda request: served(*reads)) as server:
        told: list[Any] = []
        for alone in (True, False):
            with acme_of(server, Pieces(alone=alone), plugins=same) as client:
                told.append(seen(client))
    assert told[0] == told[1]


@pytest.mark.parametrize("plugins", [0, 1])
def test_pieces_of_two_calls_that_come_by_turns_are_kept_apart(
    plugins: int, collect: Collect
) -> None:
    names = [{"index": i, "id": f"c{i}", "name": f"tool{i}"} for i in range(2)]
    pieces = [{"index": i, "arguments": part} for part in ('{"a"', ":", "1}") for i in range(2)]
    same = [middleware(chimeric_process_chunk=passing)] * plugins
    with LoopbackServer(lambda request: served(*map(frame, [*names, *pieces]), END)) as server:
        response = collect(acme_of(server, Pieces(alone=True), plugins=same), ASK_ACME)
    assert [call.parsed() for call in response.tool_calls] == [{"a": 1}, {"a": 1}]


def test_counts_that_a_parser_keeps_are_those_of_the_response(collect: Collect) -> None:
    frames = [b"data: one\n\n", b"data: two\n\n", b"data: end\n\n"]
    with LoopbackServer(lambda request: served(*frames)) as server:
        response = collect(acme_of(server, Counting()), ASK_ACME)
    assert (response.usage.prompt_tokens, response.usage.completion_tokens) == (9, 2)
    assert response.usage.source != "partial"


def test_a_stream_that_is_cut_has_the_latest_counts_that_its_parser_keeps(
    collect: Collect,
) -> None:
    with LoopbackServer(lambda request: served(b"data: one\n\n", b"data: two\n\n")) as server:
        with pytest.raises(StreamError) as caught:
            collect(acme_of(server, Counting()), ASK_ACME)
    partial = caught.value.partial
    assert partial is not None
    assert partial.usage.completion_tokens == 2
    assert partial.usage.source == "partial"


def test_a_stream_that_is_left_has_the_latest_counts_that_its_parser_keeps() -> None:
    frames = [b"data: one\n\n", b"data: two\n\n", b"data: three\n\n"]
    with LoopbackServer(lambda request: served(*frames)) as server:
        with acme_of(server, Counting()) as client:
            stream = client.generate(**ASK_ACME)
            assert [next(stream).delta, next(stream).delta] == ["one", "two"]
            stream.close()
            assert stream.response.usage.completion_tokens == 2
            assert stream.response.usage.source == "partial"


@pytest.mark.parametrize("plugins", [0, 1])
def test_a_parser_that_fails_to_tell_its_counts_is_named_at_the_end(
    plugins: int, collect: Collect
) -> None:
    frames = [b"data: one\n\n", b"data: two\n\n", b"data: end\n\n"]
    same = [middleware(chimeric_process_chunk=passing)] * plugins
    with LoopbackServer(lambda request: served(*frames)) as server:
        with pytest.raises(PluginError, match=MISCOUNTED) as caught:
            collect(acme_of(server, Miscounting(), plugins=same), ASK_ACME)
    fault = caught.value
    assert (fault.plugin, fault.hook) == ("acme", "running_usage")
    assert isinstance(fault.__cause__, ZeroDivisionError)
    assert fault.partial is not None
    assert (fault.partial.content, fault.partial.usage.total_tokens) == ("onetwo", None)


def test_counts_that_a_parser_fails_to_tell_do_not_hide_that_a_stream_was_cut(
    collect: Collect,
) -> None:
    with LoopbackServer(lambda request: served(b"data: one\n\n")) as server:
        with pytest.warns(PluginWarning, match=MISCOUNTED):
            with pytest.raises(StreamError) as caught:
                collect(acme_of(server, Miscounting()), ASK_ACME)
    assert caught.value.partial is not None
    assert caught.value.partial.content == "one"


def test_the_response_of_a_stream_that_is_left_is_had_without_counts_that_cannot_be_told() -> None:
    with LoopbackServer(lambda request: served(b"data: one\n\n", b"data: two\n\n")) as server:
        with acme_of(server, Miscounting(), only_plugins=()) as client:
            stream = client.generate(**ASK_ACME)
            assert next(stream).delta == "one"
            stream.close()
            with pytest.warns(PluginWarning, match=MISCOUNTED):
                response = stream.response
    assert (response.content, response.usage.total_tokens) == ("one", None)
