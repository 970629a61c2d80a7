"""Each block of an answer has a number, and no chunk spans two."""

from __future__ import annotations

import random
from typing import Any

import pytest
from chimeric_testing import Close

from chimeric import (
    Citation,
    Context,
    Delta,
    GeneratedFile,
    ImagePart,
    PluginError,
    ReasoningPart,
    Request,
    ServerToolChunk,
    StreamChunk,
    TextPart,
    TokenLogprob,
    ToolCall,
    ToolCallDelta,
    hookimpl,
)

from .told import STOP, Service, Told, hear

WAYS = ("sync", "async", "whole")
STREAMED = ("sync", "async")
PICTURE = ImagePart(data="aGk=", media_type="image/png")


def places(chunks: list[StreamChunk]) -> list[tuple[int | None, str]]:
    """The block of each chunk, and what it says."""
    return [(chunk.block, _said(chunk)) for chunk in chunks]


def _said(chunk: StreamChunk) -> str:
    return (
        chunk.delta
        or (chunk.reasoning and f"({chunk.reasoning})")
        or (chunk.refusal and f"<{chunk.refusal}>")
        or "".join(call.status for call in chunk.tool_calls)
        or "".join(f"{tool.kind} {tool.status}" for tool in chunk.server_tools)
        or "".join(file.id for file in chunk.files)
        or "".join(cited.url or "?" for cited in chunk.citations)
        or chunk.finish_reason
        or ""
    )


@pytest.mark.parametrize("way", STREAMED)
def test_plain_text_belongs_to_the_text_block_that_was_named_last(way: str) -> None:
    answer = ["a", Delta(text="b", block=7), "c", Delta(text="d", block=9), "e"]
    chunks, response = hear([*answer, Delta(text="f", block=7), STOP], way=way)
    assert places(chunks) == [
        (0, "a"),
        (1, "b"),
        (1, "c"),
        (2, "d"),
        (2, "e"),
        (1, "f"),
        (None, "stop"),
    ]
    assert response.content == "abcdef"
    assert response.parts == (TextPart("a"), TextPart("bcf"), TextPart("de"))


@pytest.mark.parametrize("way", STREAMED)
def test_a_block_may_be_named_before_anything_is_in_it(way: str) -> None:
    answer: list[Told] = ["a", Delta(block="x"), Delta(block="y"), "b", Delta(block="x"), "c", STOP]
    chunks, response = hear(answer, way=way)
    assert places(chunks) == [(0, "a"), (1, "b"), (2, "c"), (None, "stop")]
    assert response.parts == (TextPart("a"), TextPart("b"), TextPart("c"))


@pytest.mark.parametrize("way", STREAMED)
def test_blocks_are_numbered_as_they_appear_whatever_they_are(way: str) -> None:
    answer = [
        Delta(reasoning="hm"),
        Delta(server_tools=(ServerToolChunk(id="s", kind="web_search"),)),
        "Hel",
        Delta(tool_calls=(ToolCallDelta(index=4, id="c", name="f", arguments="{}"),)),
        Delta(reasoning=" yes"),
        "lo",
        Delta(files=(GeneratedFile("p", PICTURE),)),
        Delta(finish_reason="tool_calls", done=True),
    ]
    chunks, response = hear(answer, way=way)
    assert places(chunks) == [
        (0, "(hm)"),
        (1, "web_search started"),
        (2, "Hel"),
        (3, "started"),
        (0, "( yes)"),
        (2, "lo"),
        (4, "p"),
        (3, "completed"),
        (1, "web_search completed"),
        (None, "tool_calls"),
    ]
    assert response.parts == (
        ReasoningPart("hm yes"),
        ServerToolChunk(id="s", kind="web_search", status="completed"),
        TextPart("Hello"),
        ToolCall("c", "f", "{}"),
        GeneratedFile("p", PICTURE),
    )


@pytest.mark.parametrize("way", STREAMED)
def test_an_event_of_several_blocks_makes_several_chunks(way: str) -> None:
    calls = tuple(ToolCallDelta(index=n, id=f"c{n}", name="f") for n in range(2))
    event = Delta(reasoning="hm", text="Hi", refusal="no", tool_calls=calls)
    chunks, _ = hear([event, STOP], way=way)
    assert [(chunk.block, _said(chunk)) for chunk in chunks[:5]] == [
        (0, "(hm)"),
        (1, "Hi"),
        (2, "<no>"),
        (3, "started"),
        (4, "started"),
    ]
    assert [bool(chunk.raw) for chunk in chunks[:5]] == [True, False, False, False, False]


def test_a_whole_answer_has_the_parts_that_its_stream_has() -> None:
    answer: list[Told] = [
        Delta(reasoning="hm", block=0),
        Delta(text="a", block=1, citations=(Citation(url="u"),)),
        Delta(text="b", block=2),
        Delta(server_tools=(ServerToolChunk(id="s", status="completed", output=1),)),
        STOP,
    ]
    told = [hear(answer, way=way)[1].parts for way in WAYS]
    assert told[0] == told[1] == told[2]
    assert len(told[0]) == 4


def test_a_tool_round_begins_to_count_anew() -> None:
    def clock() -> str:
        return "noon"

    call = Delta(tool_calls=(ToolCallDelta(index=0, id="c", name="clock", arguments="{}"),))
    first = [Delta(text="Let me see.", block=5), call, Delta(finish_reason="tool_calls", done=True)]
    with Service(first, ["Noon.", STOP]) as service, service.client() as client:
        chunks = list(client.generate("told-1", "Hi", stream=True, tools=[clock]))
    told = [(chunk.turn, chunk.block) for chunk in chunks if not chunk.tool_calls]
    assert told == [(0, 0), (0, None), (0, None), (1, 0), (1, None)]


@pytest.mark.parametrize("way", STREAMED)
def test_an_address_that_can_be_no_key_is_the_plugins_fault(way: str) -> None:
    with Service([Delta(text="a", block={"no": "key"})]) as service, service.client() as client:
        with pytest.raises(PluginError, match="block"):
            client.generate("told-1", "Hi", stream=True).collect()


def test_what_a_chunk_shows_besides_text_is_found_in_it_and_in_its_copies() -> None:
    cited = Citation(url="https://example.com", start=0, end=2)
    likely = TokenLogprob("Hi", -0.5)
    chunks, _ = hear([Delta(text="Hi", citations=(cited,), logprobs=(likely,)), STOP])
    chunk = chunks[0]
    assert (chunk.delta, chunk.citations, chunk.logprobs) == ("Hi", (cited,), (likely,))
    assert chunk.replace(citations=()).logprobs == (likely,)
    assert chunk.replace(block=3).block == 3
    assert list(chunk.to_dict()["citations"]) == [
        {"url": "https://example.com", "start": 0, "end": 2}
    ]


# --- what nobody thought of ---------------------------------------------------------------------


class Held:
    """A processor that holds one text chunk back until the next one, and adds nothing."""

    def __init__(self) -> None:
        self.held: StreamChunk | None = None

    def process(self, chunk: StreamChunk) -> list[StreamChunk]:
        if not chunk.delta:
            return [chunk]
        before, self.held = self.held, chunk
        return [] if before is None else [before]

    def flush(self) -> StreamChunk | None:
        held, self.held = self.held, None
        return held


class Holds:
    @hookimpl
    def chimeric_stream_processor(self) -> Held:
        return Held()


class Passes:
    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
        return chunk.replace(delta=chunk.delta)


def random_answer(seed: int) -> list[Told]:
    """Text, reasoning, tools, files in any order, with and without addresses of blocks."""
    chance = random.Random(seed)
    told: list[Told] = []
    for place in range(chance.randint(1, 30)):
        block: Any = chance.choice([None, None, 1, 2, "three"])
        text = f"{place};"
        told.append(
            chance.choice(
                [
                    text,
                    text,
                    Delta(text=text, block=block),
                    Delta(block=block),
                    Delta(reasoning=text, block=block),
                    Delta(reasoning=text, text=text),
                    Delta(citations=(Citation(url=text),), block=block),
                    Delta(text=text, logprobs=(TokenLogprob(text, -1.0),)),
                    Delta(server_tools=(ServerToolChunk(id=f"s{place % 3}", status="running"),)),
                    Delta(files=(GeneratedFile(f"f{place % 2}", PICTURE, partial=True),)),
                    [text, Delta(reasoning=text), text],
                ]
            )
        )
    return [*told, STOP]


@pytest.mark.parametrize("plugins", [(), (Holds(),), (Passes(),)], ids=["none", "held", "passed"])
def test_in_any_answer_blocks_are_whole_and_their_numbers_without_gaps(
    plugins: tuple[Any, ...],
) -> None:
    seeds = range(80)
    answers = [random_answer(seed) for seed in seeds]
    with Service(*answers) as service, service.client(*plugins) as client:
        for seed in seeds:
            stream = client.generate("told-1", "Hi", stream=True)
            chunks = list(stream)
            hold(seed, chunks, stream.response.content, stream.response.parts, bool(plugins))


def hold(
    seed: int, chunks: list[StreamChunk], content: str, parts: tuple[Any, ...], changed: bool
) -> None:
    assert "".join(chunk.delta or "" for chunk in chunks) == content == chunks[-1].content, seed
    kinds: dict[int, set[str]] = {}
    texts: dict[int, str] = {}
    for chunk in chunks:
        if chunk.finish_reason:
            assert chunk.block is None, seed
            continue
        said = {
            name
            for name in ("reasoning", "server_tools", "files", "tool_calls")
            if getattr(chunk, name)
        }
        said |= {"text"} if chunk.delta or chunk.citations or chunk.logprobs else set()
        assert len(said) == 1, (seed, chunk)
        assert chunk.block is not None, seed
        kinds.setdefault(chunk.block, set()).update(said)
        texts[chunk.block] = texts.get(chunk.block, "") + (chunk.delta or chunk.reasoning or "")
    assert all(len(found) == 1 for found in kinds.values()), (seed, kinds)
    assert sorted(kinds) == list(range(len(kinds))), (seed, kinds)
    if not changed:
        assert list(kinds) == sorted(kinds), seed
    assert len(parts) == len(kinds), seed
    for block, part in zip(sorted(kinds), parts, strict=True):
        told = getattr(part, "text", None) or getattr(part, "reasoning", None)
        assert (told or "") == texts[block], (seed, block)


class Backup:
    @hookimpl
    def chimeric_recover(self, context: Context) -> Request | None:
        return (
            None if context.request.model == "told-2" else context.request.replace(model="told-2")
        )


@pytest.mark.parametrize("plugins", [(), (Passes(),)], ids=["none", "passed"])
def test_an_answer_that_is_begun_anew_has_blocks_of_its_own(plugins: tuple[Any, ...]) -> None:
    first = [Delta(reasoning="hm", text="Once"), tool_call(), Close()]
    with Service(first, ["Twice", Delta(text="more", block=1), STOP]) as service:
        with service.client(Backup(), *plugins) as client:
            stream = client.generate("told-1", "Hi", stream=True)
            chunks = list(stream)
    assert [(c.block, c.delta) for c in chunks if c.delta] == [
        (1, "Once"),
        (3, "Twice"),
        (4, "more"),
    ]
    assert [part for part in stream.response.parts if not isinstance(part, ReasoningPart)] == [
        TextPart("Once"),
        TextPart("Twice"),
        TextPart("more"),
    ]


def tool_call() -> Delta:
    return Delta(tool_calls=(ToolCallDelta(index=0, id="c", name="f", arguments="{}"),))
