"""Server tools, citations, files and probabilities in every protocol."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from chimeric_dialects import (
    Answer,
    Block,
    Citation,
    Close,
    File,
    Open,
    Phase,
    Piece,
    ServerTool,
    Service,
    Step,
    Token,
    ToolEnd,
    encode,
)

PAGE = {"url": "https://example.com/tides", "title": "Tides", "text": "The moon pulls.", "date": ""}
FOUND = {"file_id": "f1", "filename": "notes.md", "score": 0.5, "text": "And the sun."}


def tools(end: ToolEnd) -> list[ServerTool]:
    """One of each kind."""
    picture = File(id="p1", name="tide.png", data=b"\x89PNG")
    said = {"end": end, "error": "no" if end == "failed" else ""}
    return [
        ServerTool(kind="web_search", input={"queries": ["tides"]}, results=[PAGE], **said),
        ServerTool(kind="web_fetch", input={"urls": [PAGE["url"]]}, results=[PAGE], **said),
        ServerTool(kind="file_search", input={"queries": ["tides"]}, results=[FOUND], **said),
        ServerTool(kind="code_execution", input={"code": "1"}, text="1", files=[picture], **said),
        ServerTool(kind="image_generation", input={"prompt": "a tide"}, files=[picture], **said),
        ServerTool(kind="mcp", server="library", results=[{"name": "ask"}], **said),
        ServerTool(kind="mcp", server="library", name="ask", text="The moon.", **said),
    ]


def shown(answer: Answer, end: ToolEnd = "completed") -> Iterator[Step]:
    """An answer that holds all that there is."""
    for number, tool in enumerate(tools(end)):
        block = answer.block("server_tool", id=f"call_{number}", tool=tool)
        for step in answer.grow(block, ["1"] if tool.kind == "code_execution" else ["{}"]):
            if isinstance(step, Close):
                yield Phase(block)
                if tool.kind == "image_generation":
                    yield Phase(block, File(id="p1", data=b"\x89PNG draft"))
            yield step
    block = answer.block("text")
    yield Open(block)
    block.tokens.append(Token("Tídes.", -0.1, (Token("Tídes.", -0.1), Token("Tides.", -2.5))))
    block.pieces.append("Tídes.")
    yield Piece(block, "Tídes.")
    for citation in (
        Citation(url=PAGE["url"], title="Tides", text=PAGE["text"], end=6),
        Citation(title="notes.md", source="f1", text=FOUND["text"], end=6, number=1),
        Citation(title="tide.png", source="p1", container="call_3", end=6),
    ):
        yield answer.cite(block, citation)
    block.whole = True
    yield Close(block)
    asked = ServerTool(kind="mcp", server="library", name="ask")
    yield from answer.grow(answer.block("approval", tool=asked), ["{}"])
    yield answer.finish("stop")


def encoder_of(case, *, stream: bool):
    prompt = case.dialect.read(case.request(stream=stream), Service())
    answer = Answer()
    return answer, prompt, case.dialect.encoder(prompt, answer, Service())


@pytest.mark.parametrize("end", ["completed", "failed", "never", "twice"])
def test_all_that_there_is_can_be_told_and_what_cannot_is_left_out(case, end: ToolEnd):
    answer, _, encoder = encoder_of(case, stream=True)
    events = case.events(b"".join(encode(encoder, shown(answer, end))))
    assert case.ended(events)
    assert "".join(case.texts(events)) == "Tídes."
    answer, prompt, encoder = encoder_of(case, stream=False)
    *_, done = shown(answer, end)
    reply = json.loads(case.dialect.whole(prompt, encoder, done).body)
    whole = json.dumps(reply, ensure_ascii=False)
    assert "Tídes." in whole


def test_a_server_tool_is_an_item_of_the_stream_at_its_beginning_phases_and_end(case):
    answer, _, encoder = encoder_of(case, stream=True)

    def search() -> Iterator[Step]:
        block = answer.block("server_tool", id="call_0", tool=tools("completed")[0])
        yield Open(block)
        yield Phase(block)
        yield Phase(block)
        block.whole = True
        yield Close(block)
        yield answer.finish("stop")

    begun = 1 if encoder.begin() else 0
    answer, _, encoder = encoder_of(case, stream=True)
    assert len(list(encode(encoder, search()))) == begun + 5


def test_a_tool_that_breaks_off_is_no_normal_end(case):
    answer, _, encoder = encoder_of(case, stream=True)

    def broken() -> Iterator[Step]:
        block = answer.block("server_tool", id="call_0", tool=tools("completed")[0])
        yield Open(block)
        yield Phase(block)

    assert case.failed(case.events(b"".join(encode(encoder, broken()))))


def test_a_block_of_text_runs_no_tool():
    with pytest.raises(ValueError, match="runs no tool"):
        _ = Block("text", 0).server_tool
