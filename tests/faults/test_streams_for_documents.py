"""An event stream that comes where one JSON document was asked for is read all the same."""

from __future__ import annotations

import pytest
from chimeric_testing import Close, LoopbackServer

from chimeric import Chimeric, CompletionResponse, StreamInterruptedError

from .dialects import DIALECTS, KEPT, KEY, TEXT, Dialect

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\nconnection: close\r\n\r\n"
SPOKEN = [dialect for dialect in DIALECTS.values() if dialect.framing == "sse"]


def ask(
    dialect: Dialect, body: bytes, kind: bytes = b"text/event-stream"
) -> CompletionResponse[str]:
    """Ask for a whole answer of a server that answers with these bytes."""
    with (
        LoopbackServer(lambda request: iter([HEAD % kind + body, Close()])) as server,
        Chimeric(
            api_keys={dialect.provider: KEY},
            base_urls={dialect.provider: server.url},
            max_retries=0,
        ) as client,
    ):
        return client.generate(f"{dialect.provider}:m", "x", **dialect.options)


@pytest.mark.parametrize("kind", [b"text/event-stream", b"application/json"])
@pytest.mark.parametrize("dialect", SPOKEN, ids=lambda dialect: dialect.name)
def test_the_answer_is_what_the_stream_says(dialect: Dialect, kind: bytes) -> None:
    response = ask(dialect, dialect.script().body(), kind)
    assert response.content == TEXT
    assert response.finish_reason == "stop"
    assert response.usage


@pytest.mark.parametrize("dialect", SPOKEN, ids=lambda dialect: dialect.name)
def test_a_stream_that_was_cut_off_is_no_answer(dialect: Dialect) -> None:
    with pytest.raises(StreamInterruptedError) as caught:
        ask(dialect, dialect.made_of(dialect.say(KEPT)).body())
    assert caught.value.partial is not None
    assert caught.value.partial.content == KEPT
