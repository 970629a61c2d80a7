"""Events that a parser refused, and what they may have been meant as."""

from __future__ import annotations

import pytest

from chimeric import Event, ProtocolError
from chimeric.stream.repair import repaired

FAULT = ValueError("no event")


def payloads(data: bytes, name: str | None = None) -> list[bytes]:
    events = repaired(Event(data, name), FAULT)
    assert all(event.name == name for event in events)
    return [event.data for event in events]


@pytest.mark.parametrize("blank", [b"", b" ", b"\n\n"])
def test_a_blank_payload_is_none(blank: bytes) -> None:
    assert payloads(blank) == []


def test_text_that_cannot_be_encoded_is_replaced() -> None:
    assert payloads(b'{"a":"\xff"}') == ['{"a":"\N{REPLACEMENT CHARACTER}"}'.encode()]
    assert payloads(rb'{"a":"\ud83d"}') == [rb'{"a":"\ufffd"}']
    pair = rb'{"a":"\ud83d\ude00"}'
    with pytest.raises(ProtocolError):
        repaired(Event(pair), FAULT)


def test_events_that_one_newline_parts_are_several() -> None:
    assert payloads(b'{"a":1}\n{"b":2}\n[DONE]', "x") == [b'{"a":1}', b'{"b":2}', b"[DONE]"]
    assert payloads(b'{"a":1}\n{"b":') == [b'{"a":1}', b'{"b":']


@pytest.mark.parametrize(
    "data", [b'{\n"a": x\n}', b'{"a":1', b"1\n2", b"[1]\n[2]", b'{"a":\n1}\n{"b":2}', b"hello"]
)
def test_anything_else_is_no_event(data: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        repaired(Event(data), FAULT)
    assert caught.value.raw == data
    assert caught.value.__cause__ is FAULT


def test_an_error_of_ours_passes() -> None:
    fault = ProtocolError("mine", raw=b"")
    with pytest.raises(ProtocolError) as caught:
        repaired(Event(b""), fault)
    assert caught.value is fault
