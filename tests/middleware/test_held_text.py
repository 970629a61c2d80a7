"""Text that a processor holds back comes out before whatever follows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from chimeric_testing import Close

from chimeric import (
    Chimeric,
    Delta,
    PluginError,
    ReasoningPart,
    StreamChunk,
    StreamInterruptedError,
    TextPart,
)

from .hand import Hand
from .talk import CALL, Heard, hear, plugin, serving, ways, weather

STREAMED = ("sync", "async")


class Holder:
    """Holds all text back, and gives it out as new chunks of turn 0."""

    def __init__(self) -> None:
        self.held = ""
        self.flushes = 0

    def process(self, chunk: StreamChunk) -> StreamChunk | None:
        if not chunk.delta:
            return chunk
        self.held += chunk.delta
        rest = chunk.replace(delta=None)
        return rest if rest.tool_calls or rest.reasoning or rest.finish_reason else None

    def flush(self) -> StreamChunk | None:
        self.flushes += 1
        held, self.held = self.held, ""
        return StreamChunk(held) if held else None


def holding(name: str = "H", **more: Any) -> Any:
    return plugin(name, chimeric_stream_processor=lambda context: Holder(), **more)


def steps(chunks: list[StreamChunk]) -> list[str]:
    """What each chunk says, and of which turn."""
    told: list[str] = []
    for chunk in chunks:
        what = (
            chunk.delta
            or (chunk.reasoning and f"({chunk.reasoning})")
            or (chunk.refusal and f"<{chunk.refusal}>")
            or (chunk.tool_calls and chunk.tool_calls[0].status)
            or (chunk.tool_results and "results")
            or chunk.finish_reason
            or "?"
        )
        told.append(f"{chunk.turn}:{what}")
    return told


def whole(heard: Heard) -> str:
    chunks, response = heard
    if chunks:
        assert "".join(chunk.delta or "" for chunk in chunks) == response.content
        assert chunks[-1].content == response.content
        text = ""
        for chunk in chunks:
            text += chunk.delta or ""
            assert chunk.content == text
    return response.content


@pytest.mark.parametrize("links", [1, 2])
@pytest.mark.parametrize("way", STREAMED)
def test_held_text_is_not_overtaken(way: str, links: int) -> None:
    turns = (
        ["a", "b", {"reasoning": "hm"}, "c", {"refusal": "no"}, "d", CALL],
        ["e", "f"],
    )
    with serving(*turns) as server:
        plugins = [holding(f"H{place}") for place in range(links)]
        chunks, response = hear(way, server, *plugins, tools=[weather])
    assert [step for step in steps(chunks) if "streaming" not in step] == [
        "0:ab",
        "0:(hm)",
        "0:c",
        "0:<no>",
        "0:d",
        "0:started",
        "0:completed",
        "0:tool_calls",
        "0:results",
        "1:ef",
        "1:stop",
    ]
    assert whole((chunks, response)) == "abcdef"
    assert [message.text for message in response.messages][1:] == ["abcd", "sunny in Oslo", "ef"]


@pytest.mark.parametrize("way", ways)
def test_a_whole_answer_is_of_one_kind_after_the_other(way: str) -> None:
    turns = (["ab", {"reasoning": "hm"}, CALL], ["ef"])
    seen: list[str] = []

    def note(chunk: StreamChunk) -> StreamChunk:
        seen.extend(steps([chunk]))
        return chunk

    noting = plugin("Note", "guard", chimeric_process_chunk=note)
    with serving(*turns) as server:
        heard = hear(way, server, holding(), noting, tools=[weather])
    assert whole(heard) == "abef"
    assert heard[1].reasoning == "hm"
    places = [seen.index(step) for step in ("0:ab", "0:tool_calls", "0:results", "1:ef", "1:stop")]
    assert places == sorted(places)
    started = next(place for place, step in enumerate(seen) if step[2:] in ("started", "completed"))
    assert places[0] < started < places[1]


class Footer:
    """Adds a line when its text is over."""

    def process(self, chunk: StreamChunk) -> StreamChunk:
        return chunk

    def flush(self) -> StreamChunk:
        return StreamChunk("|")


@pytest.mark.parametrize(
    ("api", "content"),
    [((2, 2), "a||b|"), ((1, 2), "a||b|"), ((1, 1), "ab|"), (None, "a||b|")],
)
def test_the_api_before_is_flushed_once_a_turn(api: Any, content: str) -> None:
    more = {} if api is None else {"chimeric_api": api}
    footer = plugin("Footer", chimeric_stream_processor=lambda context: Footer(), **more)
    with serving(["a", {"reasoning": "hm"}, "b"]) as server:
        assert whole(hear("sync", server, footer)) == content


def test_an_installed_plugin_that_declares_nothing_is_of_the_api_before(
    install: Callable[[str, str], None],
) -> None:
    source = """
from chimeric import StreamChunk, hookimpl
class Footer:
    def process(self, chunk): return chunk
    def flush(self): return StreamChunk("|")
@hookimpl
def chimeric_stream_processor(context): return Footer()
"""
    install("footer", source)
    install("footer2", source + "chimeric_api = 2\n")
    for name, content in (("footer", "ab|"), ("footer2", "a||b|")):
        with serving(["a", {"reasoning": "hm"}, "b"]) as server:
            url = f"{server.url}/v1"
            with Chimeric(base_url=url, only_plugins=["compatible", name]) as client:
                stream = client.generate("compatible:m", "Hi", stream=True)
                assert stream.collect().content == content


@pytest.mark.parametrize("first", [(1, 1), (2, 2)])
@pytest.mark.parametrize("second", [(1, 1), (2, 2)])
def test_two_holders_of_any_api_lose_nothing_between_them(first: Any, second: Any) -> None:
    plugins = [holding("A", chimeric_api=first), holding("B", chimeric_api=second)]
    with serving(["a", "b", CALL], ["c", "d"]) as server:
        heard = hear("sync", server, *plugins, tools=[weather])
    assert whole(heard) == "abcd"
    assert [chunk.turn for chunk in heard[0] if chunk.delta] == [0, 1]


def test_a_processor_in_between_that_turns_text_into_reasoning_moves_the_border() -> None:
    class Thinking:
        """Text from <think> on is reasoning."""

        thinks = False

        def process(self, chunk: StreamChunk) -> StreamChunk | None:
            if chunk.delta in ("<think>", "</think>"):
                self.thinks = chunk.delta == "<think>"
                return None
            if self.thinks and chunk.delta:
                return StreamChunk(reasoning=chunk.delta)
            return chunk

        def flush(self) -> None: ...

    thinking = plugin("T", "record", chimeric_stream_processor=lambda context: Thinking())
    with serving(["a", "b", "<think>", "hm", "</think>", "c", "d"]) as server:
        heard = hear("sync", server, holding(), thinking)
    assert steps(heard[0]) == ["0:ab", "0:(hm)", "0:cd", "0:stop"]
    assert whole(heard) == "abcd"


def test_the_chunk_of_a_new_text_knows_its_text_and_turn() -> None:
    def doubled(chunk: StreamChunk) -> Any:
        return [StreamChunk(chunk.delta), StreamChunk(chunk.delta)] if chunk.delta else chunk

    seen: list[tuple[int, str]] = []

    def note(chunk: StreamChunk) -> StreamChunk:
        if chunk.delta:
            seen.append((chunk.turn, chunk.content))
        return chunk

    plugins = [
        plugin("D", chimeric_process_chunk=doubled),
        plugin("N", "guard", chimeric_process_chunk=note),
    ]
    with serving(["a", CALL], ["b"]) as server:
        heard = hear("sync", server, *plugins, tools=[weather])
    assert whole(heard) == "aabb"
    assert seen == [(0, "a"), (0, "aa"), (1, "aab"), (1, "aabb")]


def test_the_end_of_a_turn_cannot_be_dropped_nor_the_text_that_was_held_before_it() -> None:
    drop = plugin(
        "D", "record", chimeric_process_chunk=lambda chunk: None if chunk.finish_reason else chunk
    )
    with serving(["a", "b"]) as server:
        heard = hear("sync", server, drop, holding())
    assert steps(heard[0]) == ["0:ab", "0:stop"]
    assert whole(heard) == "ab"


def test_tool_results_cannot_be_dropped() -> None:
    drop = plugin("D", chimeric_process_chunk=lambda chunk: None if chunk.tool_results else chunk)
    with serving(["a", CALL], ["b"]) as server:
        with pytest.raises(PluginError, match="dropped a chunk with tool results"):
            hear("sync", server, drop, tools=[weather])


@pytest.mark.parametrize("way", STREAMED)
def test_a_broken_stream_gives_out_what_was_held(way: str) -> None:
    with serving(["a", {"reasoning": "hm"}, "b", "c", Close()]) as server:
        with pytest.raises(StreamInterruptedError) as caught:
            hear(way, server, holding("A"), holding("B"))
    assert caught.value.partial is not None
    assert caught.value.partial.content == "abc"
    assert caught.value.partial.messages[-1].text == "abc"


def test_what_a_plugin_answers_passes_the_chain() -> None:
    hand = Hand(Holder())
    said: list[Delta | str] = ["a", Delta(text="b"), Delta(reasoning="hm", text="c"), "d"]
    chunks = [chunk for delta in said for chunk in hand.pipeline.answered(delta)]
    chunks += hand.pipeline.finish()
    assert steps(chunks) == ["0:ab", "0:(hm)", "0:cd", "0:other"]
    assert hand.answer.log.text() == "abcd"


def test_a_restart_passes_the_chain_and_takes_what_was_held_along() -> None:
    seen: list[StreamChunk] = []

    class HoldingSecond(Holder):
        def process(self, chunk: StreamChunk) -> StreamChunk | None:
            if chunk.metadata.get("restarted"):
                seen.append(chunk)
                return None  # the caller is told nevertheless
            return chunk if chunk.delta in ("a", "x") else super().process(chunk)

    again = plugin(
        "Again",
        chimeric_recover=lambda error, context: (
            None if seen else context.request.replace(max_tokens=5)
        ),
        chimeric_stream_processor=lambda context: HoldingSecond(),
    )
    with serving(["a", "lost", Close()], ["x", "y"]) as server:
        chunks, response = hear("sync", server, again)
    assert len(seen) == 1
    assert [chunk.delta for chunk in chunks] == ["a", None, "x", "y", None]
    assert chunks[1].metadata["restarted"] is True
    assert response.content == "axy"


def test_text_that_becomes_reasoning_is_a_part_besides_its_text() -> None:
    def process(chunk: StreamChunk) -> StreamChunk:
        return StreamChunk(reasoning="hm") if chunk.delta == "(hm)" else chunk

    with serving(["(hm)", "a", "b"]) as server:
        _, response = hear("sync", server, plugin(chimeric_process_chunk=process))
    assert response.parts == (ReasoningPart("hm"), TextPart("ab"))
