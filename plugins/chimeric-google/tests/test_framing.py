"""Bytes to frames, however they are cut."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chimeric_google.framing import GeminiFramer, JSONArrayFramer

from chimeric import ProtocolError

FRAMES: list[Any] = [
    {"text": 'a "quoted" } ] [ { text, with \\ and \u2028 and \U0001f30d'},
    {"nested": [{"deep": [[], {}]}], "empty": ""},
    {"last": "\\"},
]
SSE = "".join(f"data: {json.dumps(f)}\r\n\r\n" for f in FRAMES).encode()
ARRAYS = [
    json.dumps(FRAMES).encode(),
    json.dumps(FRAMES, indent=2, ensure_ascii=False).replace("\n", "\r\n").encode(),
    b"\xef\xbb\xbf \n[" + b"\n,\r\n".join(json.dumps(f).encode() for f in FRAMES) + b"\n]\n",
]


def read(framer: Any, *pieces: bytes) -> list[Any]:
    events = [event for piece in pieces for event in framer.feed(piece)]
    return [json.loads(event.data) for event in events + framer.end()]


@pytest.mark.parametrize("body", [SSE, *ARRAYS])
def test_frames_are_the_same_at_every_cut(body):
    for cut in range(len(body) + 1):
        assert read(GeminiFramer(), body[:cut], body[cut:]) == FRAMES


@pytest.mark.parametrize("body", [SSE, *ARRAYS])
def test_frames_are_the_same_byte_by_byte(body):
    assert read(GeminiFramer(), *(body[i : i + 1] for i in range(len(body)))) == FRAMES


def test_an_element_is_given_as_soon_as_it_is_whole():
    framer = JSONArrayFramer()
    assert framer.feed(b'[{"a": 1') == []
    assert [e.data for e in framer.feed(b'}, {"b"')] == [b'{"a": 1}']
    assert framer.end() == []


def test_a_single_object_is_one_element():
    assert read(GeminiFramer(), b' {"error": {"code"', b": 400}}\n") == [{"error": {"code": 400}}]


def test_what_is_no_object_is_given_for_the_parser_to_refuse():
    assert [e.data for e in JSONArrayFramer().feed(b"[1, nonsense]")] == [b"1", b"nonsense"]


@pytest.mark.parametrize("cut", range(40, 90))
def test_an_error_object_that_breaks_into_a_stream_is_a_frame(cut):
    error = {"error": {"code": 503, "message": "overloaded"}}
    body = (
        b'data: {"text": "a"}\r\n\r\ndata: {"text": "b"}\r\n' + json.dumps(error, indent=1).encode()
    )
    assert read(GeminiFramer(), body[:cut], body[cut:]) == [{"text": "a"}, {"text": "b"}, error]


def test_an_element_over_the_limit_fails_after_those_before_it():
    framer = JSONArrayFramer(64)
    assert len(framer.feed(b'[{"a": 1}, {"b": "' + b"x" * 100)) == 1
    with pytest.raises(ProtocolError) as caught:
        framer.feed(b"x")
    assert caught.value.limit == "event_size"


def test_a_whole_element_over_the_limit_fails_too():
    with pytest.raises(ProtocolError):
        JSONArrayFramer(64).feed(b'[{"b": "' + b"x" * 100 + b'"}]')


def test_an_empty_body_has_no_frames():
    assert read(GeminiFramer()) == []
    assert read(GeminiFramer(), b"", b"\n", b"[]") == []


@pytest.mark.parametrize("end", [b"\ndata: [DONE]\n\n", b"[DONE]"])
def test_the_mark_of_another_protocol_after_an_array_is_one_event_at_every_cut(end):
    body = json.dumps(FRAMES).encode() + end
    for cut in range(len(body) + 1):
        framer = GeminiFramer()
        events = [*framer.feed(body[:cut]), *framer.feed(body[cut:]), *framer.end()]
        assert [event.data for event in events][len(FRAMES) :] == [b"[DONE]"]


def test_a_word_that_the_end_of_the_body_cuts_is_given():
    framer = JSONArrayFramer()
    assert framer.feed(b"[tru") == []
    assert [event.data for event in framer.end()] == [b"tru"]


@pytest.mark.parametrize("body", [SSE, *ARRAYS])
def test_one_who_took_the_method_before_the_first_bytes_loses_nothing(body):
    for cut in range(len(body) + 1):
        framer = GeminiFramer()
        feed = framer.feed
        events = [*feed(body[:cut]), *feed(body[cut:]), *framer.end()]
        assert [json.loads(event.data) for event in events] == FRAMES
