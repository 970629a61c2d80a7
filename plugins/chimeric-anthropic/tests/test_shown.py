"""A call over a connection: what chunks and response show, and what the next request carries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import (
    Chimeric,
    Citation,
    CompletionResponse,
    FilePart,
    GeneratedFile,
    Message,
    ReasoningPart,
    ServerToolChunk,
    StreamChunk,
    TextPart,
)

from .frames import grown_from

CITED = {"type": "web_search_result_location", "url": "https://a.example", "cited_text": "Moon."}
SEARCH = {
    "type": "server_tool_use",
    "id": "srv_1",
    "name": "web_search",
    "input": {"query": "tides"},
}
FOUND = {
    "type": "web_search_tool_result",
    "tool_use_id": "srv_1",
    "content": [
        {
            "type": "web_search_result",
            "url": "https://a.example",
            "title": "A",
            "encrypted_content": "x",
        }
    ],
}
RUN = {
    "type": "server_tool_use",
    "id": "srv_2",
    "name": "bash_code_execution",
    "input": {"command": "plot"},
}
RAN = {
    "type": "bash_code_execution_tool_result",
    "tool_use_id": "srv_2",
    "content": {
        "type": "bash_code_execution_result",
        "stdout": "",
        "stderr": "",
        "return_code": 0,
        "content": [{"type": "bash_code_execution_output", "file_id": "file_1"}],
    },
}
CONTENT: list[dict[str, Any]] = [
    {"type": "thinking", "thinking": "Look it up.", "signature": "sig"},
    SEARCH,
    FOUND,
    {"type": "text", "text": "They rise"},
    {"type": "text", "text": " with the moon.", "citations": [CITED]},
    RUN,
    RAN,
    {"type": "redacted_thinking", "data": "opaque"},
    {"type": "text", "text": " Here is a plot."},
]
USAGE = {"input_tokens": 5, "output_tokens": 7}


def events() -> Iterator[dict[str, Any]]:
    head = {"id": "m", "model": "claude-x", "content": [], "stop_reason": None, "usage": USAGE}
    yield {"type": "message_start", "message": head}
    for index, block in enumerate(CONTENT):
        place = {"index": index}
        bare, grown = grown_from(block)
        yield {"type": "content_block_start", **place, "content_block": bare}
        for delta in grown:
            yield {"type": "content_block_delta", **place, "delta": delta}
        yield {"type": "content_block_stop", **place}
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "container": {"id": "c_1"}},
        "usage": USAGE,
    }
    yield {"type": "message_stop"}


def answer(request: SeenRequest) -> Iterator[bytes]:
    kind, body = "application/json", b""
    if request.json().get("stream"):
        kind = "text/event-stream"
        for event in events():
            body += b"data: " + msgspec.json.encode(event) + b"\n\n"
    else:
        body = msgspec.json.encode(
            {
                "type": "message",
                "id": "m",
                "model": "claude-x",
                "content": CONTENT,
                "stop_reason": "end_turn",
                "usage": USAGE,
                "container": {"id": "c_1"},
            }
        )
    yield b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n" % (
        kind.encode(),
        len(body),
    )
    yield body


class Talk:
    """A client, its server, and one streamed answer."""

    def __init__(self, client: Chimeric, server: LoopbackServer) -> None:
        self.client = client
        self.server = server
        stream = client.generate("claude-x", "Why do tides rise?", stream=True)
        self.chunks: list[StreamChunk] = list(stream)
        self.response: CompletionResponse = stream.response


@pytest.fixture
def talk() -> Iterator[Talk]:
    with LoopbackServer(answer) as server:
        url = server.url
        with Chimeric(anthropic_base_url=url, anthropic_api_key="k", max_retries=0) as client:
            yield Talk(client, server)


def test_the_parts_of_a_response_are_the_blocks_in_their_order(talk: Talk) -> None:
    searched = ServerToolChunk(
        id="srv_1",
        kind="web_search",
        name="web_search",
        status="completed",
        input={"queries": ["tides"]},
        output=[{"url": "https://a.example", "title": "A"}],
        native=SEARCH,
    )
    plot = GeneratedFile("file_1", FilePart(file_id="file_1"))
    ran = ServerToolChunk(
        id="srv_2",
        kind="code_execution",
        name="bash_code_execution",
        status="completed",
        input={"commands": ["plot"]},
        output={"stdout": "", "stderr": "", "exit_code": 0, "files": [plot]},
        native=RUN,
    )
    cited = Citation(url="https://a.example", text="Moon.", native=CITED)
    assert talk.response.parts == (
        ReasoningPart("Look it up."),
        searched,
        TextPart("They rise"),
        TextPart(" with the moon.", (cited,)),
        ran,
        plot,
        TextPart(" Here is a plot."),
    )


def test_a_whole_answer_has_the_parts_and_metadata_of_the_stream(talk: Talk) -> None:
    whole = talk.client.generate("claude-x", "Why do tides rise?")
    assert whole.parts == talk.response.parts
    assert whole.content == talk.response.content
    assert whole.metadata == talk.response.metadata
    assert whole.messages == talk.response.messages


def test_each_block_has_one_number_and_each_chunk_one_block(talk: Talk) -> None:
    told = [(chunk.block, chunk.delta) for chunk in talk.chunks if chunk.delta]
    assert told == [(2, "They rise"), (3, " with the moon."), (6, " Here is a plot.")]
    steps = [(c.block, t.id, t.status) for c in talk.chunks for t in c.server_tools]
    assert steps == [
        (1, "srv_1", "started"),
        (1, "srv_1", "input_streaming"),
        (1, "srv_1", "running"),
        (1, "srv_1", "completed"),
        (4, "srv_2", "started"),
        (4, "srv_2", "input_streaming"),
        (4, "srv_2", "running"),
        (4, "srv_2", "completed"),
    ]
    assert [chunk.block for chunk in talk.chunks if chunk.citations] == [3]
    assert [chunk.block for chunk in talk.chunks if chunk.files] == [5]


def test_the_metadata_is_what_it_was(talk: Talk) -> None:
    metadata = talk.response.metadata
    assert metadata["citations"] == [CITED]
    assert metadata["server_tool_calls"] == [SEARCH, RUN]
    assert metadata["server_tool_results"] == [FOUND, RAN]
    assert metadata["container"] == {"id": "c_1"}


def test_the_next_request_sends_every_block_back_unchanged(talk: Talk) -> None:
    more = [*talk.response.messages, Message("user", "Go on.")]
    talk.client.generate("claude-x", more)
    sent = talk.server.requests[-1].json()["messages"]
    assert sent[1] == {"role": "assistant", "content": CONTENT}
