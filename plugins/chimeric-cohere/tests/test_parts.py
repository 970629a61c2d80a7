"""A stream and a whole answer that hold the same show the same, over a socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import Chimeric, CompletionResponse, ReasoningPart, StreamChunk, TextPart

SOURCE = {"type": "document", "id": "doc:0", "document": {"title": "Tides", "text": "It pulls."}}
CITATION = {
    "start": 4,
    "end": 8,
    "text": "moon",
    "sources": [SOURCE],
    "content_index": 1,
    "type": "TEXT_CONTENT",
}
USAGE = {"tokens": {"input_tokens": 5, "output_tokens": 4}}


def event(kind: str, index: int | None = None, **message: Any) -> dict[str, Any]:
    return {"type": kind, "index": index, "delta": {"message": message}}


EVENTS: tuple[dict[str, Any], ...] = (
    event("content-start", 0, content={"type": "thinking", "thinking": ""}),
    event("content-delta", 0, content={"thinking": "Hm."}),
    event("content-end", 0),
    event("content-start", 1, content={"type": "text", "text": ""}),
    event("content-delta", 1, content={"text": "The "}),
    event("content-delta", 1, content={"text": "moon."}),
    event("citation-start", 0, citations=CITATION),
    event("citation-end", 0),
    event("content-end", 1),
    {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": USAGE}},
)
WHOLE = {
    "id": "m1",
    "message": {
        "role": "assistant",
        "content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "The moon."}],
        "citations": [CITATION],
    },
    "finish_reason": "COMPLETE",
    "usage": USAGE,
}


def handle(request: SeenRequest) -> Iterator[bytes]:
    kind, sent = b"application/json", json.dumps(WHOLE).encode()
    if json.loads(request.body)["stream"]:
        lines = [f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in EVENTS]
        kind, sent = b"text/event-stream", "".join([*lines, "data: [DONE]\n\n"]).encode()
    yield b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n" % (kind, len(sent))
    yield sent


@pytest.fixture(scope="module")
def streamed() -> tuple[list[StreamChunk], CompletionResponse]:
    with LoopbackServer(handle) as server:
        stream = client(server).generate("command-a-03-2025", "Tides?", stream=True)
        return list(stream), stream.response


@pytest.fixture(scope="module")
def whole() -> CompletionResponse:
    with LoopbackServer(handle) as server:
        return client(server).generate("command-a-03-2025", "Tides?")


def client(server: LoopbackServer) -> Chimeric:
    return Chimeric(cohere_api_key="k-0123456789", cohere_base_url=server.url)


def test_a_stream_and_a_whole_answer_have_the_same_parts(streamed, whole):
    assert streamed[1].parts == whole.parts
    assert streamed[1].metadata["citations"] == whole.metadata["citations"] == [CITATION]


def test_a_text_has_the_citations_of_it(whole):
    thought, text = whole.parts
    assert thought == ReasoningPart("Hm.")
    assert isinstance(text, TextPart)
    (cited,) = text.citations
    assert (text.text[cited.start : cited.end], cited.text) == ("moon", "It pulls.")


def test_a_citation_is_a_chunk_of_the_block_that_it_is_of(streamed):
    chunks, _ = streamed
    cited = next(chunk for chunk in chunks if chunk.citations)
    assert cited.block == next(chunk.block for chunk in chunks if chunk.delta)
    assert cited.block != next(chunk.block for chunk in chunks if chunk.reasoning)
