"""Texts of Anthropic's answers in blocks, and their citations."""

from __future__ import annotations

from typing import Any

import chimeric_anthropic as plugin
import msgspec
import pytest

from chimeric import (
    Citation,
    Delta,
    Request,
)

from .blocks import (
    Block,
    Stream,
    both,
    call,
    grown,
    result,
    start,
    stop,
    streamed,
    texts,
    tools,
    whole,
)

WEB = {
    "type": "web_search_result_location",
    "url": "https://a.example",
    "title": "A",
    "cited_text": "Tides.",
    "encrypted_index": "x",
}


@pytest.mark.parametrize(
    ("native", "told"),
    [
        (WEB, Citation(url="https://a.example", title="A", text="Tides.", native=WEB)),
        (
            {"type": "search_result_location", "source": "https://b.example", "title": "B"},
            Citation(url="https://b.example", title="B"),
        ),
        (
            {"type": "search_result_location", "source": "shelf 3", "title": "B"},
            Citation(title="B", source="shelf 3"),
        ),
        (
            {
                "type": "char_location",
                "cited_text": "Tides.",
                "document_index": 0,
                "document_title": "C",
                "file_id": "file_1",
                "start_char_index": 3,
                "end_char_index": 9,
            },
            Citation(title="C", text="Tides.", source="file_1"),
        ),
        (
            {"type": "page_location", "document_index": 1, "document_title": None},
            Citation(source="1"),
        ),
        (
            {"type": "content_block_location", "document_index": 1, "document_title": "C"},
            Citation(title="C", source="C"),
        ),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_a_citation_names_its_source_and_no_place_in_the_answer(
    stream: Stream, native: Block, told: Citation
) -> None:
    deltas = both(stream, {"type": "text", "text": "Tides rise.", "citations": [native]})
    assert texts(deltas) == [("Tides rise.", [msgspec.structs.replace(told, native=native)])]


def test_citations_come_before_their_text_and_belong_to_its_block(stream: Stream) -> None:
    deltas = both(
        stream,
        {"type": "text", "text": "First. "},
        {"type": "text", "text": "Second.", "citations": [WEB, {**WEB, "title": "B"}]},
        {"type": "text", "text": " Third."},
    )
    assert [(text, len(cited)) for text, cited in texts(deltas)] == [
        ("First. ", 0),
        ("Second.", 2),
        (" Third.", 0),
    ]
    assert [d.block for d in deltas if d.citations] == [1, 1]


def test_a_citation_that_is_told_again_counts_once(stream: Stream) -> None:
    block = {"type": "text", "text": "Tides", "citations": [WEB]}
    begin = {"type": "message_start", "message": {"id": "m", "content": [block]}}
    deltas = stream(begin, *streamed([block]))
    assert [(text, len(cited)) for text, cited in texts(deltas)] == [("Tides", 1)]
    cited = grown(0, type="citations_delta", citation=WEB)
    assert len(stream(cited, cited)) == 1


def test_a_text_block_is_named_with_its_first_text_and_is_plain_text_after_it() -> None:
    state = plugin.chimeric_provider().state(Request(model="m", messages=()))

    def say(event: Block) -> Any:
        from chimeric import Event

        return plugin.chimeric_parse_event(Event(msgspec.json.encode(event)), state)

    assert say(start(0, {"type": "text", "text": ""})) is None
    assert say(grown(0, type="text_delta", text="")) is None
    assert say(grown(0, type="text_delta", text="a")) == Delta(text="a", block=0)
    assert say(grown(0, type="text_delta", text="b")) == "b"
    assert say(stop(0)) is None
    assert say(start(1, {"type": "text", "text": "c"})) == Delta(text="c", block=1)
    assert say(grown(1, type="text_delta", text="d")) == "d"
    assert say(grown(0, type="text_delta", text="e")) == Delta(text="e", block=0)
    assert say(grown(0, type="text_delta", text="f")) == "f"


def test_thinking_between_two_texts_is_a_block_of_its_own(stream: Stream) -> None:
    deltas = stream(
        *streamed(
            [
                {"type": "text", "text": "One text"},
                {"type": "thinking", "thinking": "and a thought"},
                {"type": "text", "text": "Another text"},
            ]
        )
    )
    assert [text for text, _ in texts(deltas)] == ["One text", "Another text"]
    assert {d.block for d in deltas if d.reasoning} == {1}


def test_an_index_that_is_used_again_is_another_block(stream: Stream) -> None:
    first = [start(0, {"type": "text", "text": ""}), grown(0, type="text_delta", text="a"), stop(0)]
    second = [start(0, {"type": "text", "text": ""}), grown(0, type="text_delta", text="b")]
    assert texts(stream(*first, *second)) == [("a", []), ("b", [])]


def test_text_without_any_index_has_a_block_too(stream: Stream) -> None:
    deltas = stream({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "a"}})
    assert texts(deltas) == [("a", [])]


@pytest.mark.parametrize("wrong", [None, 7, True, "x", ["x"], {"a": [1]}])
def test_results_and_citations_of_any_shape_are_told(wrong: Any) -> None:
    names = ("web_search", "web_fetch", "code_execution", "bash_code_execution", "advisor", "mcp")
    contents = [wrong, {"return_code": wrong, "content": wrong}, [{"type": "text", "text": wrong}]]
    for name in names:
        for content in contents:
            told = whole([call("srv_1", name, {"query": wrong}), result("srv_1", name, content)])
            assert [t.status for t in tools(told)] == ["started", "running", "completed"]
    cited = whole([{"type": "text", "text": "a", "citations": [wrong, {"url": wrong}]}])
    assert texts(cited)[0][0] == "a"
