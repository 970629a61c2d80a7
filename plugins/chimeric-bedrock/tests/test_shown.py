"""A call over a connection: what chunks and response show, and what the next request carries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import (
    Chimeric,
    Citation,
    CompletionResponse,
    GeneratedFile,
    ImagePart,
    Message,
    ReasoningPart,
    ServerToolChunk,
    StreamChunk,
    TextPart,
    TranslationWarning,
)

CITED = {"title": "A", "location": {"web": {"url": "https://a.example"}}}
USE = {
    "toolUse": {
        "toolUseId": "t1",
        "name": "nova_code_interpreter",
        "type": "server_tool_use",
        "input": {"snippet": "plot()"},
    }
}
RAN = {"stdOut": "done", "stdErr": "", "exitCode": 0, "isError": False}
RESULT = {
    "toolResult": {
        "toolUseId": "t1",
        "type": "nova_code_interpreter_result",
        "status": "success",
        "content": [{"json": RAN}],
    }
}
IMAGE = {"image": {"format": "png", "source": {"bytes": "AAAA"}}}
CONTENT: list[dict[str, Any]] = [
    {"reasoningContent": {"reasoningText": {"text": "Plot it.", "signature": "sig"}}},
    USE,
    RESULT,
    {"text": "They rise"},
    {"citationsContent": {"content": [{"text": " with the moon."}], "citations": [CITED]}},
    IMAGE,
]


def events() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "messageStart", {"role": "assistant"}
    for index, block in enumerate(CONTENT):
        start: dict[str, Any] = {}
        deltas: list[dict[str, Any]] = []
        match block:
            case {"reasoningContent": {"reasoningText": {"text": text, "signature": signature}}}:
                deltas = [
                    {"reasoningContent": {"text": text}},
                    {"reasoningContent": {"signature": signature}},
                ]
            case {"toolUse": value}:
                start = {"toolUse": {k: v for k, v in value.items() if k != "input"}}
                deltas = [{"toolUse": {"input": '{"snippet":"plot()"}'}}]
            case {"toolResult": value}:
                start = {"toolResult": {k: v for k, v in value.items() if k != "content"}}
                deltas = [{"toolResult": value["content"]}]
            case {"image": {"format": form, "source": source}}:
                start, deltas = {"image": {"format": form}}, [{"image": {"source": source}}]
            case {"text": text}:
                deltas = [{"text": text}]
            case _:
                deltas = [{"citation": CITED}, {"text": " with the moon."}]
        if start:
            yield "contentBlockStart", {"contentBlockIndex": index, "start": start}
        for delta in deltas:
            yield "contentBlockDelta", {"contentBlockIndex": index, "delta": delta}
        yield "contentBlockStop", {"contentBlockIndex": index}
    yield "messageStop", {"stopReason": "end_turn"}
    yield "metadata", {"usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}}


class Talk:
    """A client, its server, and one streamed answer."""

    def __init__(self, client: Chimeric, server: LoopbackServer) -> None:
        self.client = client
        self.server = server
        stream = client.generate("amazon.nova-2-lite-v1:0", "Why tides?", stream=True)
        self.chunks: list[StreamChunk] = list(stream)
        self.response: CompletionResponse = stream.response


@pytest.fixture
def talk(encode: Callable[..., bytes]) -> Iterator[Talk]:
    def answer(request: SeenRequest) -> Iterator[bytes]:
        kind, body = b"application/json", b""
        if request.path.endswith("-stream"):
            kind = b"application/vnd.amazon.eventstream"
            for name, payload in events():
                headers = {":message-type": "event", ":event-type": name}
                body += encode(headers, msgspec.json.encode(payload))
        else:
            whole = {
                "output": {"message": {"role": "assistant", "content": CONTENT}},
                "stopReason": "end_turn",
                "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
            }
            body = msgspec.json.encode(whole)
        yield b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\n" % kind
        yield b"content-length: %d\r\n\r\n%s" % (len(body), body)

    with LoopbackServer(answer) as server:
        url = server.url
        with Chimeric(bedrock_base_url=url, bedrock_api_key="k", max_retries=0) as client:
            yield Talk(client, server)


def test_the_parts_of_a_response_are_the_blocks_in_their_order(talk: Talk) -> None:
    ran = ServerToolChunk(
        id="t1",
        kind="code_execution",
        name="nova_code_interpreter",
        status="completed",
        input={"code": "plot()", "language": "python"},
        output={"stdout": "done", "stderr": "", "exit_code": 0, "files": []},
        native=USE,
    )
    assert talk.response.parts == (
        ReasoningPart("Plot it."),
        ran,
        TextPart("They rise"),
        TextPart(" with the moon.", (Citation(url="https://a.example", title="A", native=CITED),)),
        GeneratedFile("image_5", ImagePart(data="AAAA", media_type="image/png")),
    )


def test_a_whole_answer_has_the_parts_and_messages_of_the_stream(talk: Talk) -> None:
    whole = talk.client.generate("amazon.nova-2-lite-v1:0", "Why tides?")
    assert whole.parts == talk.response.parts
    assert whole.content == talk.response.content
    assert whole.messages == talk.response.messages


def test_each_block_has_one_number_and_each_chunk_one_block(talk: Talk) -> None:
    told = [(chunk.block, chunk.delta) for chunk in talk.chunks if chunk.delta]
    assert told == [(2, "They rise"), (3, " with the moon.")]
    steps = [(c.block, t.status) for c in talk.chunks for t in c.server_tools]
    assert steps == [
        (1, "started"),
        (1, "input_streaming"),
        (1, "running"),
        (1, "completed"),
    ]
    assert [chunk.block for chunk in talk.chunks if chunk.citations] == [3]
    assert [chunk.block for chunk in talk.chunks if chunk.files] == [4]


def test_the_metadata_is_what_it_was(talk: Talk) -> None:
    metadata = talk.response.metadata
    assert metadata["citations"] == [CITED]
    assert metadata["server_tool_calls"] == [USE]
    assert metadata["server_tool_results"] == [RESULT]
    assert metadata["images"] == [IMAGE["image"]]


def test_the_next_request_sends_every_block_back_unchanged_but_pictures(talk: Talk) -> None:
    more = [*talk.response.messages, Message("user", "Go on.")]
    with pytest.warns(TranslationWarning, match="the image of an earlier answer"):
        talk.client.generate("amazon.nova-2-lite-v1:0", more)
    sent = talk.server.requests[-1].json()["messages"]
    kept = [block for block in CONTENT if "image" not in block]
    assert sent[1] == {"role": "assistant", "content": kept}
