"""A stream and a whole answer that hold the same show the same, over a socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import (
    Chimeric,
    CompletionResponse,
    GeneratedFile,
    ReasoningPart,
    ServerToolChunk,
    StreamChunk,
    TextPart,
)

PARTS: tuple[dict[str, Any], ...] = (
    {"text": "Hm. ", "thought": True},
    {"text": "So.", "thought": True},
    {"text": "Ich "},
    {"text": "zähle."},
    {"executableCode": {"language": "PYTHON", "code": "print(2)"}, "thoughtSignature": "c2ln"},
    {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2\n"}},
    {"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}},
    {"text": "Es sind"},
    {"text": " zwei."},
)
GROUNDING = {
    "webSearchQueries": ["zwei"],
    "groundingChunks": [{"web": {"uri": "https://a.test", "title": "a.test"}}],
    "groundingSupports": [
        {"segment": {"endIndex": 11, "text": "Ich zähle."}, "groundingChunkIndices": [0]},
        {
            "segment": {"startIndex": 11, "endIndex": 24, "text": "Es sind zwei."},
            "groundingChunkIndices": [0],
        },
    ],
}


def body(*parts: dict[str, Any], last: bool) -> bytes:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": list(parts)}, "index": 0}
    if last:
        candidate |= {"finishReason": "STOP", "groundingMetadata": GROUNDING}
    usage = {"promptTokenCount": 9, "candidatesTokenCount": 4, "totalTokenCount": 13}
    return json.dumps({"candidates": [candidate], "usageMetadata": usage}).encode()


def handle(request: SeenRequest) -> Iterator[bytes]:
    if "streamGenerateContent" in request.path:
        frames = [body(part, last=part is PARTS[-1]) for part in PARTS]
        kind, sent = b"text/event-stream", b"".join(b"data: %b\r\n\r\n" % f for f in frames)
    else:
        kind, sent = b"application/json", body(*PARTS, last=True)
    yield b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n" % (kind, len(sent))
    yield sent


@pytest.fixture(scope="module")
def streamed() -> tuple[list[StreamChunk], CompletionResponse]:
    with LoopbackServer(handle) as server:
        stream = client(server).generate("gemini-3.8-flash", "Zähle", stream=True)
        return list(stream), stream.response


@pytest.fixture(scope="module")
def whole() -> CompletionResponse:
    with LoopbackServer(handle) as server:
        return client(server).generate("gemini-3.8-flash", "Zähle")


def client(server: LoopbackServer) -> Chimeric:
    return Chimeric(google_api_key="k-0123456789", google_base_url=server.url)


def test_a_stream_and_a_whole_answer_have_the_same_parts(streamed, whole):
    assert streamed[1].parts == whole.parts
    assert streamed[1].metadata["citations"] == whole.metadata["citations"]


def test_the_parts_stand_in_their_order(whole):
    kinds = [type(part) for part in whole.parts]
    assert kinds == [
        ReasoningPart,
        TextPart,
        ServerToolChunk,
        GeneratedFile,
        TextPart,
        ServerToolChunk,
    ]
    code, search = (part for part in whole.parts if isinstance(part, ServerToolChunk))
    assert (code.status, code.input["code"], code.output) == (
        "completed",
        "print(2)",
        {"stdout": "2\n"},
    )
    assert (search.kind, search.status, search.output[0]["url"]) == (
        "web_search",
        "completed",
        "https://a.test",
    )


def test_each_text_part_has_the_citations_of_its_own_text(whole):
    texts = [part for part in whole.parts if isinstance(part, TextPart)]
    quoted = [(p.text, p.text[c.start : c.end]) for p in texts for c in p.citations]
    assert quoted == [("Ich zähle.", "Ich zähle."), ("Es sind zwei.", "Es sind zwei.")]


def test_chunks_name_their_block_and_hold_nothing_of_another(streamed):
    chunks, response = streamed
    assert "".join(chunk.delta or "" for chunk in chunks) == response.content
    texts: dict[int | None, str] = {}
    for chunk in chunks:
        if chunk.delta:
            texts[chunk.block] = texts.get(chunk.block, "") + chunk.delta
    assert list(texts.values()) == ["Ich zähle.", "Es sind zwei."]
    brought = [chunk for chunk in chunks if chunk.raw and chunk.finish_reason is None]
    assert len(brought) == len(PARTS), "the first chunk of an event has its bytes"


def test_what_google_ran_is_sent_back_as_it_came(streamed):
    state = streamed[1].messages[-1].state
    assert state is not None
    sent = [name for part in state.items for name in part if name != "thought"]
    assert sent == [
        "text",
        "text",
        "executableCode",
        "thoughtSignature",
        "codeExecutionResult",
        "inlineData",
        "text",
    ]
