"""The binary framing: whole, cut everywhere, and broken in every way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from botocore.eventstream import EventStreamBuffer
from chimeric_bedrock.eventstream import EventStreamFramer

from chimeric import Event, ProtocolError, StreamInterruptedError

Encode = Callable[..., bytes]

VECTOR = bytes.fromhex(
    "0000007a00000051ca2c46650b3a6576656e742d7479706507000b6d65737361676553746f700d3a636f6e7465"
    "6e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576"
    "656e747b2273746f70526561736f6e223a22656e645f7475726e227d5fbf09fc"
)
STOP = Event(b'{"stopReason":"end_turn"}', "messageStop")


def test_a_message_computed_elsewhere_is_read() -> None:
    assert EventStreamFramer().feed(VECTOR) == [STOP]


def test_our_own_encoder_agrees_with_botocore(encode: Encode) -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(encode({":message-type": "event", "n": 7, "flag": True}, b"{}"))
    message = next(buffer)
    assert message.headers == {":message-type": "event", "n": 7, "flag": True}
    assert message.payload == b"{}"


def test_events_do_not_depend_on_where_the_bytes_are_cut() -> None:
    body = VECTOR * 3
    for place in range(len(body) + 1):
        framer = EventStreamFramer()
        events = framer.feed(body[:place]) + framer.feed(body[place:]) + framer.end()
        assert events == [STOP] * 3


def test_one_byte_at_a_time() -> None:
    framer = EventStreamFramer()
    assert [e for i in range(len(VECTOR)) for e in framer.feed(VECTOR[i : i + 1])] == [STOP]


def test_exceptions_and_errors_have_names_of_their_own(encode: Encode) -> None:
    thrown = encode(
        {":message-type": "exception", ":exception-type": "throttlingException"},
        b'{"message":"slow"}',
    )
    failed = encode(
        {":message-type": "error", ":error-code": "Gone", ":error-message": "no more"}, b""
    )
    assert EventStreamFramer().feed(thrown + failed) == [
        Event(b'{"message":"slow"}', "exception:throttlingException"),
        Event(b'{"message":"no more"}', "error:Gone"),
    ]


def test_headers_of_every_kind_are_skipped(encode: Encode) -> None:
    headers = {"t": True, "f": False, "n": 1, "b": b"xy", ":event-type": "metadata"}
    assert EventStreamFramer().feed(encode(headers, b"{}"))[0].name == "metadata"


@pytest.mark.parametrize("place", [0, 3, 5, 9, 20, 60, 100, 118])
def test_a_flipped_bit_anywhere_is_found(place: int) -> None:
    broken = bytearray(VECTOR)
    broken[place] ^= 0x04
    framer = EventStreamFramer()

    def read() -> list[Event]:
        return framer.feed(bytes(broken)) + framer.end()

    with pytest.raises(ProtocolError):
        read()


def test_events_before_a_broken_message_are_given_first() -> None:
    broken = bytearray(VECTOR)
    broken[60] ^= 1
    framer = EventStreamFramer()
    assert framer.feed(VECTOR + bytes(broken)) == [STOP]
    with pytest.raises(ProtocolError, match="checksum"):
        framer.feed(VECTOR)
    with pytest.raises(ProtocolError, match="checksum"):
        framer.end()


@pytest.mark.parametrize("cut", [1, 11, 12, 50, len(VECTOR) - 1])
def test_a_body_that_ends_inside_a_message_is_truncated(cut: int) -> None:
    framer = EventStreamFramer()
    framer.feed(VECTOR + VECTOR[:cut])
    with pytest.raises(StreamInterruptedError, match=f"{cut} bytes into a message"):
        framer.end()


def test_a_message_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(ProtocolError) as caught:
        EventStreamFramer(64).feed(VECTOR[:12])
    assert caught.value.limit == "event_size"


def test_a_header_that_comes_twice_is_an_error(encode: Encode) -> None:
    once = encode({"a": "1"}, b"")
    # The same block again, with lengths and checksums to fit.
    twice = encode({"a": "1", "b": "1"}, b"").replace(b"\x01b", b"\x01a")
    framer = EventStreamFramer()
    framer.feed(once)
    with pytest.raises(ProtocolError):
        framer.feed(twice)


@pytest.mark.parametrize("body", [b"<html>no stream</html>", b"data: {}\n\n" * 3])
def test_what_is_no_event_stream_is_an_error(body: bytes) -> None:
    with pytest.raises(ProtocolError, match="not an AWS event stream"):
        EventStreamFramer().feed(body)


def test_a_document_in_place_of_a_stream_is_one_event() -> None:
    framer = EventStreamFramer()
    assert framer.feed(b' {"message":') == []
    assert framer.feed(b'"no"}\n') == []
    assert framer.end() == [Event(b'{"message":"no"}', "document")]


def test_white_space_between_messages_is_a_sign_of_life() -> None:
    framer = EventStreamFramer()
    assert framer.feed(b"  \n" + VECTOR + b" " + VECTOR + b"\n") == [STOP, STOP]
    assert framer.end() == []
