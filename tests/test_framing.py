"""The event-stream rules: WHATWG's cases, however they are cut, and a second implementation."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimeric import Event, ProtocolError
from chimeric.stream.framing import SSEFramer
from chimeric.stream.framings.ndjson import NDJSONFramer

Said: TypeAlias = tuple[str, str]
"""Type and data of an event."""


def m(*data: str) -> list[Said]:
    return [("message", text) for text in data]


# (input, events); an event that stands at the end of the body without its blank line is given too,
# which is the switch of the rules' recommendation. Ids and reconnection times are of no use here.
CASES: list[tuple[bytes, list[Said]]] = [
    (b"data: a\n\n", m("a")),
    (b"data: a\r\n\r\n", m("a")),
    (b"data: a\r\rdata: b\r\r", m("a", "b")),
    (b"data: a\r\n\r\ndata: b\r\n\r\n", m("a", "b")),
    (b"data: a\r\n\ndata: b\n\r\n", m("a", "b")),
    (b"data: a\n\rdata: b\n\n", m("a", "b")),
    (b"data: a\n\r", m("a")),
    (b"\xef\xbb\xbfdata: a\n\n", m("a")),
    (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n", []),
    (b"data: a\n\n\xef\xbb\xbfdata: b\n\n", m("a")),
    (b"data: a\ndata: b\n\n", m("a\nb")),
    (b'data: {"a":\ndata: 1}\n\n', m('{"a":\n1}')),
    (b"data\n\n", m("")),
    (b"data:\n\n", m("")),
    (b"data\ndata\n\n", m("\n")),
    (b"data:  a\n\n", m(" a")),
    (b"data:\ta\n\n", m("\ta")),
    (b"data: a:b\n\n", m("a:b")),
    (b"data : a\n\n", []),
    (b" data: a\n\n", []),
    (b"Data: a\n\n", []),
    (b": hi\n\n", []),
    (b": OPENROUTER PROCESSING\n\n", []),
    (b"event: e\n: c\ndata: a\n\n", [("e", "a")]),
    (b"event: ping\n\n", []),
    (b"event: e\n\ndata: a\n\n", m("a")),
    (b"event: x\ndata: a\n\ndata: b\n\n", [("x", "a"), ("message", "b")]),
    (b"event: a\nevent: b\ndata: x\n\n", [("b", "x")]),
    (b"event: x\nevent:\ndata: a\n\n", m("a")),
    (b"event: x\nevent\ndata: a\n\n", m("a")),
    (b"data: a\nevent: x\n\n", [("x", "a")]),
    (b"id: 7\n\n", []),
    (b"id: 1\ndata: a\n\ndata: b\n\n", m("a", "b")),
    (b"id: 1\ndata: a\n\nid\ndata: b\n\n", m("a", "b")),
    (b"id: 1\ndata: a\n\n\n: c\n\n", m("a")),
    (b"id: a\x00b\ndata: x\n\n", m("x")),
    (b"data: a\x00b\n\n", m("a\x00b")),
    (b"retry: 10\n\n", []),
    (b"retry: 1a\ndata: x\n\n", m("x")),
    (b"retry: -5\ndata: x\n\n", m("x")),
    (b"retry: +5\ndata: x\n\n", m("x")),
    (b"retry:  5\ndata: x\n\n", m("x")),
    (b"retry:\ndata: x\n\n", m("x")),
    (b"foo: 1\ndata: a\n\n", m("a")),
    (b"data: a\n", m("a")),
    (b"data: a", m("a")),
    (b"data: a\n\ndata: b\n", m("a", "b")),
    (
        'data: {"t":"a\u2028b\u0085c\x0bd\x0ce"}\n\n'.encode(),
        m('{"t":"a\u2028b\u0085c\x0bd\x0ce"}'),
    ),
    (b"data: \xe2\x82\xac\n\n", m("€")),
    (b"data: \xff\n\n", m("\ufffd")),
    (b"data: \xe2\x82", m("\ufffd")),
    (b'data: {"x":1}    \n\n', m('{"x":1}    ')),
    (b'event: error\ndata: {"error":{}}\n\n', [("error", '{"error":{}}')]),
    (b"data: [DONE]\n\n", m("[DONE]")),
    # What the rules ignore, and servers write that break off.
    (b'error: {"code":400}\n\ndata: [DONE]\n\n', [("error", '{"code":400}'), *m("[DONE]")]),
    (b"error: it died\ndata: [DONE]\n\n", [("error", "it died"), *m("[DONE]")]),
    (b"data: a\nerror:it died\n\n", [*m("a"), ("error", "it died")]),
    (b'data: a\n\n{"error":1}\n\ndata: b\n\n', [*m("a"), ("error", '{"error":1}'), *m("b")]),
    (b'data: a\n{"error":1}\ndata: b\n\n', [*m("a"), ("error", '{"error":1}'), *m("b")]),
    (b'{\n  "error": {\n    "a": 1\n  }\n}\n', [("error", '{\n  "error": {\n    "a": 1\n  }\n}')]),
    (b'{"error":1}\nda', [("error", '{"error":1}')]),
    (b'data: a\n[{"error":1}] \nsome words\nda\n\n', [*m("a"), ("error", '[{"error":1}] ')]),
    (b'{"error":\n1}\nda', [("error", '{"error":\n1}\nda')]),
    (b': ping\n\n[{"error":1}]\r\n\r\n', [("error", '[{"error":1}]')]),
    (b'{"a":1}\n: c\nid: 1\n{"b":2}\n\n', [("error", '{"a":1}\n{"b":2}')]),
    (b"event: error\n\ndata: a\n\n", [("error", ""), *m("a")]),
    (b"event: error", [("error", "")]),
    (b'event: error\n{"a":1}\n\n', [("error", '{"a":1}')]),
    (b"[DONE]\n\n", []),
    (b"", []),
    (b"\n\n\n", []),
    (b"\r\n\r\n", []),
]


def said(event: Event) -> Said:
    return event.name or "message", event.data.decode("utf-8", "replace")


def read(pieces: Iterable[bytes]) -> list[Said]:
    framer = SSEFramer()
    events = [event for piece in pieces for event in framer.feed(piece)]
    return [said(event) for event in events + framer.end()]


def reference(data: bytes) -> list[Said]:
    """The rules once more, character by character, as the standard states them.

    Besides these, what servers that break off write outside of the rules: a field ``error``, a
    line of bare JSON, an event named ``error`` without data.
    """
    text = codecs.decode(data, "utf-8", "replace").removeprefix("\ufeff")
    events: list[Said] = []
    name, lines, line, after_cr = "", [], "", False
    found = told = False
    bare: list[str] = []

    def take(line: str) -> None:
        nonlocal name, found, told
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            end_bare()
            found = True
            lines.append(value)
        elif field == "event":
            name = value
        elif field == "error":
            end_data()
            told = True
            events.append(("error", value))
        elif line.startswith(("{", "[{")) or (bare and goes_on(field)):
            end_data()
            bare.append(line)

    def goes_on(field: str) -> bool:
        closer = {"{": "}", "[": "]"}[bare[0][0]]
        closed = len(bare) == 1 and bare[0].rstrip().endswith(closer)
        return not closed and field not in ("", "id", "retry")

    def end_data() -> None:
        nonlocal found, told
        if found:
            told = True
            events.append((name or "message", "\n".join(lines)))
        found = False
        lines.clear()

    def end_bare() -> None:
        nonlocal told
        if bare:
            told = True
            events.append(("error", "\n".join(bare)))
        bare.clear()

    def dispatch() -> None:
        nonlocal name, told
        end_data()
        end_bare()
        if name == "error" and not told:
            events.append(("error", ""))
        name, told = "", False

    for character in text:
        if character == "\n" and after_cr:
            after_cr = False
            continue
        after_cr = character == "\r"
        if character in "\r\n":
            if line:
                take(line)
            else:
                dispatch()
            line = ""
        else:
            line += character
    if line:
        take(line)
    dispatch()  # the end of the body dispatches too
    return events


IDS = [repr(data)[:40] for data, _ in CASES]


@pytest.mark.parametrize(("data", "events"), CASES, ids=IDS)
def test_a_whole_body_gives_the_events_of_the_standard(data: bytes, events: list[Said]) -> None:
    assert read([data]) == events
    assert reference(data) == events


@pytest.mark.parametrize(("data", "events"), CASES, ids=IDS)
def test_a_body_byte_by_byte_gives_the_same_events(data: bytes, events: list[Said]) -> None:
    assert read(data[i : i + 1] for i in range(len(data))) == events


@pytest.mark.parametrize(("data", "events"), CASES, ids=IDS)
def test_a_body_cut_anywhere_gives_the_same_events(data: bytes, events: list[Said]) -> None:
    for cut in range(len(data) + 1):
        assert read([data[:cut], data[cut:]]) == events
        assert read([data[:cut], b"", data[cut:]]) == events


@pytest.mark.parametrize(("data", "events"), CASES, ids=IDS)
def test_a_body_after_another_event_gives_the_same_events(data: bytes, events: list[Said]) -> None:
    if data.startswith(b"\xef\xbb\xbf"):
        return  # a byte order mark is one at the start only
    assert read([b"data: first\n\n", data]) == m("first") + events
    assert read([b"data: first\n\n" + data]) == m("first") + events


def test_an_event_is_given_at_the_cr_that_ends_it() -> None:
    framer = SSEFramer()
    assert [said(e) for e in framer.feed(b"data: a\r\r")] == m("a")
    assert [said(e) for e in framer.feed(b"data: b\r\r")] == m("b")


def test_an_event_is_given_at_the_line_end_before_its_last_lf() -> None:
    framer = SSEFramer()
    assert [said(e) for e in framer.feed(b"data: a\r\n\r")] == m("a")
    assert framer.feed(b"\n") == []
    assert [said(e) for e in framer.feed(b"data: b\r\n\r")] == m("b")


PIECES = st.sampled_from(
    [
        b"data",
        b"event",
        b"id",
        b":",
        b" ",
        b"\n",
        b"\r",
        b"\n\n",
        b"\r\n",
        b"\r\n\r\n",
        b"a",
        b"data: ",
        b"data: {}\n\n",
        b"event: e\n",
        b"\xef\xbb\xbf",
        b"\xef",
        b"\xbb",
        b"\xff",
        b"\xe2\x82\xac",
        b"\xf0\x9f",
        b"\x00",
        b"\x85",
        b"\xe2\x80\xa8",
        b": c\n",
        b"\ndata: b\n\n",
        b"error",
        b"{",
        b"[{",
        b'{"e":1}\n',
        b"event: error\n",
    ]
)
BODIES = st.one_of(st.lists(PIECES, max_size=24).map(b"".join), st.binary(max_size=64))


@st.composite
def cut_bodies(draw: st.DrawFn) -> list[bytes]:
    body = draw(BODIES)
    cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=8)))
    return [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]


@settings(max_examples=1500, deadline=None)
@given(cut_bodies())
def test_any_bytes_in_any_pieces_give_what_the_reference_gives(pieces: Sequence[bytes]) -> None:
    assert read(pieces) == reference(b"".join(pieces))


# --- sizes ---


def feed_all(framer: SSEFramer | NDJSONFramer, pieces: Iterable[bytes]) -> list[Event]:
    return [event for piece in pieces for event in framer.feed(piece)] + framer.end()


@pytest.mark.parametrize(
    "pieces",
    [
        [b"data: " + b"x" * 200 + b"\n\n"],
        [b"data: ok\n\n", b"data: " + b"x" * 200 + b"\n\n"],
        [b"event: e\ndata: " + b"x" * 200 + b"\n\n"],
        [b"data: " + b"x" * 40] * 10,
        [b"data: " + b"x" * 40 + b"\n"] * 10,
        [b": " + b"x" * 40] * 10,
        [b"x" * 200],
    ],
)
def test_an_event_over_the_limit_is_an_error_that_names_it(pieces: list[bytes]) -> None:
    with pytest.raises(ProtocolError, match="100 bytes") as caught:
        feed_all(SSEFramer(100), pieces)
    assert caught.value.limit == "event_size"
    assert caught.value.raw


def test_the_events_before_one_that_is_too_large_are_given_first() -> None:
    framer = SSEFramer(100)
    assert [e.data for e in framer.feed(b"data: a\n\ndata: " + b"x" * 200)] == [b"a"]
    with pytest.raises(ProtocolError):
        framer.feed(b"x")
    lines = NDJSONFramer(100)
    assert [e.data for e in lines.feed(b'{"a":1}\n' + b"x" * 200)] == [b'{"a":1}']
    with pytest.raises(ProtocolError):
        lines.feed(b"x")


def test_many_small_events_are_no_large_one() -> None:
    assert len(feed_all(SSEFramer(100), [b"data: 0123456789\n\n" * 1000])) == 1000
    assert len(feed_all(SSEFramer(100), [b"event: e\ndata: 0123456789\n\n" * 1000])) == 1000
    assert len(feed_all(NDJSONFramer(100), [b"0123456789\n" * 1000])) == 1000


def test_a_stream_of_many_names_keeps_few_of_them() -> None:
    framer = SSEFramer()
    events = [e for i in range(600) for e in framer.feed(b"event: e%d\ndata: x\n\n" % i)]
    assert [e.name for e in events] == [f"e{i}" for i in range(600)]
    assert len(framer._names) <= 256


def test_small_reads_of_a_large_event_cost_linear_time() -> None:
    framer = SSEFramer()
    assert framer.feed(b"data: ") == []
    for _ in range(200_000):  # a quadratic joiner takes minutes
        framer.feed(b"x" * 10)
    assert len(framer.feed(b"\n\n")[0].data) == 2_000_000


# --- newline-delimited JSON ---

LINES: list[tuple[bytes, list[bytes]]] = [
    (b'{"a":1}\n', [b'{"a":1}']),
    (b'{"a":1}', [b'{"a":1}']),
    (b'{"a":1}\r\n\r\n\n{"b":2}\r\n', [b'{"a":1}', b'{"b":2}']),
    (b'\xef\xbb\xbf{"a":1}\n', [b'{"a":1}']),
    (b' {"a":1}\t\n   \n', [b'{"a":1}']),
    ('{"a":"\u2028\u0085\x0b"}\n'.encode(), ['{"a":"\u2028\u0085\x0b"}'.encode()]),
    (b'{"a":"x\ry"}\n', [b'{"a":"x\ry"}']),
    (b"", []),
    (b"\n\n", []),
]


@pytest.mark.parametrize(("data", "lines"), LINES)
def test_lines_are_the_same_however_they_are_cut(data: bytes, lines: list[bytes]) -> None:
    assert [e.data for e in feed_all(NDJSONFramer(), [data])] == lines
    single = [data[i : i + 1] for i in range(len(data))]
    assert [e.data for e in feed_all(NDJSONFramer(), single)] == lines
    for cut in range(len(data) + 1):
        pieces = [data[:cut], b"", data[cut:]]
        assert [e.data for e in feed_all(NDJSONFramer(), pieces)] == lines


@pytest.mark.parametrize("pieces", [[b"x" * 200 + b"\n"], [b"x" * 50] * 5, [b"a\n", b"x" * 200]])
def test_a_line_over_the_limit_is_an_error(pieces: list[bytes]) -> None:
    with pytest.raises(ProtocolError, match="100 bytes"):
        feed_all(NDJSONFramer(100), pieces)
