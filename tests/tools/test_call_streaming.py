"""Tool calls as they stream in: every way of sending them comes out the same."""

from __future__ import annotations

import itertools
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimeric import StreamChunk, StreamInterruptedError, ToolCall, ToolCallChunk, ToolCallDelta
from chimeric.stream.blocks.tool_calls import ToolStream
from tests.faults.dialects import DIALECTS, Anthropic, Chat, Dialect, Responses

from .served import Served, stream_of

CHAT = Chat()
FRAGMENTING = [Chat(), Responses(), Anthropic()]
HARD = (
    '{"city":"Z\\u00fcrich \\ud83d\\ude00 \\"Süd\\"","days":[1,22,3.5e3],'
    '"deep":{"a":null,"b":true}}'
)


def play(dialect: Dialect, *payloads: Any, reason: str = "tools") -> list[StreamChunk]:
    """All chunks of an answer made of these events."""
    script = dialect.made_of(*payloads, *dialect.finish(reason), *dialect.terminal())
    with Served(stream_of(script)) as served:
        model = f"{dialect.provider}:m-1"
        with served.client.generate(model, "Hi", stream=True, **dialect.options) as stream:
            chunks = list(stream)
        assert stream.response.tool_calls == tuple(calls_in(chunks))
        assert stream.response.messages[-1].tool_calls == stream.response.tool_calls
        assert chunks[-1].finish_reason == reason.replace("tools", "tool_calls")
        return chunks


def by_index(chunks: list[StreamChunk]) -> list[list[ToolCallChunk]]:
    found: dict[int, list[ToolCallChunk]] = {}
    for call in itertools.chain.from_iterable(chunk.tool_calls for chunk in chunks):
        found.setdefault(call.index, []).append(call)
    assert sorted(found) == list(range(len(found)))
    return [found[index] for index in sorted(found)]


def calls_in(chunks: list[StreamChunk]) -> list[ToolCall]:
    """The completed calls, after a check that their chunks tell one story."""
    calls: list[tuple[int, ToolCall]] = []
    for place, told in enumerate(by_index(chunks)):
        judge(told)
        if told[-1].status == "completed":
            calls.append((place, ToolCall(told[-1].id, told[-1].name, told[-1].arguments)))
    return [call for _, call in calls]


def judge(told: list[ToolCallChunk]) -> None:
    """Started once, completed at most once and last; fragments join; values only grow."""
    assert [c.status for c in told].count("started") == 1
    assert told[0].status == "started"
    assert all(c.status == "arguments_streaming" for c in told[1:-1])
    assert len({(c.id, c.name) for c in told}) == 1
    so_far = ""
    last: Any = {}
    for chunk in told:
        so_far += chunk.arguments_delta
        assert chunk.arguments == so_far
        value = chunk.partial_arguments
        assert grows(last, value)
        last = json.loads(json.dumps(value))
    if told[-1].status == "completed":
        assert json.loads(so_far) == last


def grows(before: Any, after: Any) -> bool:
    """Whether one value can be the beginning of another."""
    if isinstance(before, dict):
        return isinstance(after, dict) and all(
            key in after and grows(value, after[key]) for key, value in before.items()
        )
    if isinstance(before, list):
        return isinstance(after, list) and all(map(grows, before, after))
    if isinstance(before, str):
        return isinstance(after, str) and after.startswith(before)
    return bool(before == after)


def pieces(text: str, size: int) -> list[str]:
    return [text[i : i + size] for i in range(0, len(text), size)]


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda d: d.name)
@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_arguments_cut_anywhere_come_out_whole(dialect: Dialect, size: int) -> None:
    asked = [("call_a", "weather", pieces(HARD, size)), ("call_b", "add", pieces('{"x":1}', size))]
    chunks = play(dialect, *dialect.calls(asked))
    first, second = calls_in(chunks)
    assert (first.id, first.name, second.id, second.name) == ("call_a", "weather", "call_b", "add")
    assert (first.parsed(), second.parsed()) == (json.loads(HARD), {"x": 1})
    assert first.parsed()["city"] == 'Zürich 😀 "Süd"'


@pytest.mark.parametrize("dialect", FRAGMENTING, ids=lambda d: d.name)
def test_parallel_calls_may_come_interleaved(dialect: Chat | Responses | Anthropic) -> None:
    one, two = pieces('{"city":"Rome"}', 3), pieces('{"x":2,"y":3}', 3)
    first = dialect.calls([("call_a", "weather", []), ("call_b", "add", [])])
    closing: list[Any] = [
        p for p in first if isinstance(p, tuple) and p[0].endswith(("done", "stop"))
    ]
    opening = [p for p in first if p not in closing]
    if dialect.name == "responses":  # its closing items hold the whole arguments
        whole = dialect.calls([("call_a", "weather", one), ("call_b", "add", two)])
        closing = [p for p in whole if p[0] == "response.output_item.done"]
    middle = [
        dialect.fragment(place, text)
        for pair in itertools.zip_longest(one, two)
        for place, text in enumerate(pair)
        if text
    ]
    calls = calls_in(play(dialect, *opening, *middle, *closing))
    assert [(c.id, c.parsed()) for c in calls] == [
        ("call_a", {"city": "Rome"}),
        ("call_b", {"x": 2, "y": 3}),
    ]


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda d: d.name)
@pytest.mark.parametrize("fragments", [[], [""], ["{}"], ["{", "}"]], ids=repr)
def test_a_call_without_arguments_has_an_empty_object(
    dialect: Dialect, fragments: list[str]
) -> None:
    (call,) = calls_in(play(dialect, *dialect.calls([("call_a", "now", fragments)])))
    assert call == ToolCall("call_a", "now", "{}")


@pytest.mark.parametrize(
    "function",
    [
        {"name": "now"},
        {"name": "now", "arguments": None},
        {"name": "now", "arguments": ""},
        {"name": "now", "arguments": "null"},
        {"name": "now", "arguments": "{}"},
        {"name": "now", "arguments": {}},
    ],
    ids=repr,
)
def test_arguments_may_be_absent_null_or_empty(function: dict[str, Any]) -> None:
    call = {"index": 0, "id": "call_a", "type": "function", "function": function}
    (made,) = calls_in(play(CHAT, CHAT.chunk({"tool_calls": [call]})))
    assert made == ToolCall("call_a", "now", "{}")


def chat_call(function: dict[str, Any], **fields: Any) -> bytes:
    return CHAT.chunk({"tool_calls": [{"function": function, **fields}]})


def test_ids_that_are_missing_are_made_up() -> None:
    chunks = play(
        CHAT,
        chat_call({"name": "weather", "arguments": '{"city"'}, index=0),
        chat_call({"arguments": ':"Rome"}'}, index=0),
        chat_call({"name": "add", "arguments": '{"x":1}'}, index=1, id=""),
        chat_call({"name": "now", "arguments": "{}"}, index=2, id=None),
    )
    calls = calls_in(chunks)
    assert [(c.name, c.parsed()) for c in calls] == [
        ("weather", {"city": "Rome"}),
        ("add", {"x": 1}),
        ("now", {}),
    ]
    assert len({c.id for c in calls}) == 3
    assert all(c.id for c in calls)


@pytest.mark.parametrize("index", [{"index": 0}, {"index": None}, {}], ids=repr)
def test_whole_calls_at_one_index_or_none_are_kept_apart(index: dict[str, Any]) -> None:
    calls = calls_in(
        play(
            CHAT,
            chat_call({"name": "add", "arguments": '{"x":1}'}, id="call_a", **index),
            chat_call({"name": "add", "arguments": '{"x":2}'}, id="call_b", **index),
        )
    )
    assert [(c.id, c.parsed()) for c in calls] == [("call_a", {"x": 1}), ("call_b", {"x": 2})]


@pytest.mark.parametrize("index", [{"index": 0}, {}], ids=repr)
def test_ids_and_names_may_be_repeated_in_every_fragment(index: dict[str, Any]) -> None:
    told = [
        chat_call({"name": "add", "arguments": text}, id="call_a", **index)
        for text in pieces('{"x":12,"y":34}', 4)
    ]
    (call,) = calls_in(play(CHAT, *told))
    assert call == ToolCall("call_a", "add", '{"x":12,"y":34}')


@pytest.mark.parametrize("dialect", FRAGMENTING, ids=lambda d: d.name)
def test_a_call_that_a_limit_cuts_is_never_complete(dialect: Dialect) -> None:
    events = dialect.calls([("call_a", "weather", ['{"city":"Ro'])])
    if dialect.name == "anthropic":
        events = events[:-1]
    if dialect.name == "responses":
        events = events[:-1]
    chunks = play(dialect, *events, reason="length")
    (told,) = by_index(chunks)
    assert [c.status for c in told] == ["started", "arguments_streaming"]
    assert told[-1].partial_arguments == {"city": "Ro"}


@pytest.mark.parametrize("dialect", FRAGMENTING, ids=lambda d: d.name)
def test_a_call_in_a_broken_stream_is_never_complete(dialect: Dialect) -> None:
    opened = list(dialect.calls([("call_a", "weather", ['{"city":"Rome"}'])]))[:2]
    with Served(stream_of(dialect.made_of(*opened))) as served:
        model = f"{dialect.provider}:m-1"
        ran: list[str] = []

        def weather(city: str) -> None:
            ran.append(city)

        stream = served.client.generate(
            model, "Hi", stream=True, tools=[weather], **dialect.options
        )
        with pytest.raises(StreamInterruptedError) as caught:
            stream.collect()
        assert caught.value.partial is not None
        assert caught.value.partial.tool_calls == ()
        assert ran == []


# --- random interleavings -------------------------------------------------------------------------

ARGUMENTS = st.dictionaries(
    st.text(max_size=5), st.none() | st.integers() | st.text() | st.lists(st.integers()), max_size=4
)


@st.composite
def sendings(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[ToolCallDelta]]:
    """Calls, and one way in which a server may send them in pieces, mixed up."""
    values = draw(st.lists(ARGUMENTS, min_size=1, max_size=4))
    repeats = draw(st.booleans())
    with_ids = draw(st.booleans())
    queues: list[list[ToolCallDelta]] = []
    for place, value in enumerate(values):
        text = msgspec.json.encode(value).decode()
        cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
        bounds = [0, *cuts, len(text)]
        fragments = [text[a:b] for a, b in itertools.pairwise(bounds)]
        identity = f"call_{place}" if with_ids else None
        name = f"tool_{place}"
        queue = [ToolCallDelta(index=place, id=identity, name=name)]
        for fragment in fragments:
            again = identity if repeats else None
            queue.append(ToolCallDelta(index=place, id=again, arguments=fragment))
        if draw(st.booleans()):
            queue.append(ToolCallDelta(index=place, arguments=text, replace=True))
        if draw(st.booleans()):
            queue.append(ToolCallDelta(index=place, complete=True))
        queues.append(queue)
    mixed: list[ToolCallDelta] = []
    while any(queues):
        place = draw(st.sampled_from([i for i, queue in enumerate(queues) if queue]))
        mixed.append(queues[place].pop(0))
    return values, mixed


@given(sendings())
def test_any_interleaving_gives_the_right_calls(
    sending: tuple[list[dict[str, Any]], list[ToolCallDelta]],
) -> None:
    values, deltas = sending
    stream = ToolStream()
    told = [chunk for delta in deltas if (chunk := stream.goes_on(delta) or stream.add(delta))]
    told += stream.close("tool_calls")
    calls = {call.name: call.parsed() for call in stream.calls()}
    assert calls == {f"tool_{place}": value for place, value in enumerate(values)}
    for place in range(len(values)):
        judge([chunk for chunk in told if chunk.index == place])


@given(sendings())
def test_calls_without_an_index_are_kept_apart_when_they_come_one_by_one(
    sending: tuple[list[dict[str, Any]], list[ToolCallDelta]],
) -> None:
    values, deltas = sending
    in_turn = sorted(deltas, key=lambda delta: delta.index or 0)
    stream = ToolStream()
    for delta in in_turn:
        here = msgspec.structs.replace(delta, index=None)
        if stream.goes_on(here) is None:
            stream.add(here)
    stream.close("tool_calls")
    assert [call.parsed() for call in stream.calls()] == values
