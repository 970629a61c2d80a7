"""A document in small pieces, as some gateways send it, costs no more than its size."""

from __future__ import annotations

import time

from chimeric_bedrock.eventstream import EventStreamFramer


def test_a_document_in_small_pieces_is_read_in_linear_time() -> None:
    def read(count: int) -> float:
        framer = EventStreamFramer()
        began = time.process_time()
        framer.feed(b'{"text":"')
        for _ in range(count):
            assert framer.feed(b"0123456789abcdef") == []
        framer.feed(b'"}')
        (event,) = framer.end()
        assert len(event.data) == 16 * count + 11
        return time.process_time() - began

    small = min(read(8_000) for _ in range(3))
    large = min(read(64_000) for _ in range(3))
    assert large < 40 * small  # eight times when linear, 64 when quadratic
