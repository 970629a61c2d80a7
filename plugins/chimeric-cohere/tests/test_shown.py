"""What chunks show besides text: blocks, citations, log-probabilities."""

from __future__ import annotations

import json
from typing import Any

import chimeric_cohere
import pytest
from chimeric_cohere.parser import Answer

from chimeric import Delta, Event, HTTPResponse, Message, ProviderConfig, Request, TokenLogprob


def flat(said: Any) -> list[Delta]:
    told = said if isinstance(said, list) else [said]
    return [Delta(text=one) if isinstance(one, str) else one for one in told if one is not None]


def read(*events: dict[str, Any]) -> list[Delta]:
    answer = Answer()
    told = (answer.parse(Event(json.dumps(event).encode())) for event in events)
    return [delta for said in told for delta in flat(said)]


def whole(body: dict[str, Any]) -> list[Delta]:
    answer = HTTPResponse(status=200, headers={}, body=json.dumps(body).encode())
    return flat(chimeric_cohere.chimeric_parse_response(answer, Answer()))


def begin(index: int, kind: str) -> dict[str, Any]:
    content = {"type": kind, kind: ""}
    return {"type": "content-start", "index": index, "delta": {"message": {"content": content}}}


def piece(index: int, kind: str, said: str, **more: Any) -> dict[str, Any]:
    message = {"content": {kind: said}}
    return {"type": "content-delta", "index": index, "delta": {"message": message}, **more}


def cite(**citation: Any) -> dict[str, Any]:
    return {"type": "citation-start", "index": 0, "delta": {"message": {"citations": citation}}}


def blocks(deltas: list[Delta]) -> dict[Any, str]:
    """Text by block: what names none belongs to the block that was named last."""
    found: dict[Any, str] = {}
    last: Any = None
    for delta in deltas:
        if delta.reasoning or delta.tool_calls:
            continue
        last = last if delta.block is None else delta.block
        if delta.text:
            found[last] = found.get(last, "") + delta.text
    return found


DOCUMENT = {
    "type": "document",
    "id": "doc:0",
    "document": {
        "id": "doc:0",
        "title": "Tides",
        "snippet": "The moon pulls.",
        "url": "https://a.test",
    },
}
RESULT = {"type": "tool", "id": "sum_1:0", "tool_output": {"sum": "4"}}


def test_content_has_the_blocks_of_its_indexes():
    deltas = read(
        begin(0, "thinking"),
        piece(0, "thinking", "Hm."),
        begin(1, "text"),
        piece(1, "text", "One "),
        piece(1, "text", "two."),
        begin(2, "text"),
        piece(2, "text", "Three."),
    )
    assert blocks(deltas) == {1: "One two.", 2: "Three."}
    assert [d.block for d in deltas if d.reasoning] == [0]
    content = [
        {"type": "thinking", "thinking": "Hm."},
        {"type": "text", "text": "One two."},
        {"type": "text", "text": "Three."},
    ]
    assert blocks(whole({"message": {"content": content}})) == {1: "One two.", 2: "Three."}


def test_a_plain_piece_of_text_is_nothing_but_text():
    answer = Answer()
    for event in (begin(0, "text"), piece(0, "text", "a")):
        said = answer.parse(Event(json.dumps(event).encode()))
    assert said == "a"


def test_text_of_a_server_that_begins_no_content_stays_one_block():
    logged = piece(0, "text", "b", logprobs={"logprobs": [-1]})
    deltas = read(piece(0, "text", "a"), logged, cite(start=0, end=1, text="a", content_index=0))
    assert blocks(deltas) == {None: "ab"}
    assert [delta.block for delta in deltas if delta.citations] == [None]


def test_a_citation_has_its_place_its_source_and_what_the_source_says():
    citation = {"start": 4, "end": 7, "text": "two", "content_index": 1, "sources": [DOCUMENT]}
    deltas = read(begin(1, "text"), piece(1, "text", "One two."), cite(**citation))
    (cited,) = deltas[-1].citations
    assert deltas[-1].block == 1
    assert (cited.start, cited.end, cited.native) == (4, 7, citation)
    assert (cited.url, cited.title, cited.source) == ("https://a.test", "Tides", "doc:0")
    assert cited.text == "The moon pulls."


def test_a_citation_of_several_sources_is_one_for_each():
    citation = {"start": 0, "end": 3, "text": "One", "sources": [RESULT, DOCUMENT]}
    first, second = read(piece(0, "text", "One"), cite(**citation))[-1].citations
    assert (first.source, first.text, first.native) == ("sum_1:0", '{"sum":"4"}', citation)
    assert (second.source, second.start, second.native) == ("doc:0", 0, None)


def test_a_citation_that_is_told_again_counts_once():
    citation = {"start": 0, "end": 3, "text": "One", "sources": [RESULT]}
    assert len(read(cite(**citation), cite(**citation))) == 1
    body = {"message": {"content": "One", "citations": [citation, citation]}}
    assert sum(len(delta.citations) for delta in whole(body)) == 1


@pytest.mark.parametrize("kind", ["THINKING_CONTENT", "PLAN"])
def test_a_place_in_the_reasoning_is_none_in_the_text(kind):
    (delta,) = read(cite(start=0, end=3, type=kind, sources=[RESULT]))
    assert (delta.citations[0].start, delta.citations[0].end) == (None, None)


@pytest.mark.parametrize(
    "citation",
    [
        {"start": "0", "end": None},
        {"sources": "x"},
        {"sources": [None, 5]},
        {"sources": [{"document": 5, "tool_output": [], "id": 7}]},
        {"content_index": "x", "start": 0},
    ],
)
def test_citations_of_wrong_types_are_told_without_what_is_wrong(citation):
    (delta,) = read(cite(**citation))
    (cited,) = delta.citations
    assert (cited.start, cited.end, cited.source, cited.native) == (None, None, None, citation)


def test_log_probabilities_stand_with_their_text():
    log = {"token_ids": [5], "logprobs": [-0.5]}
    deltas = read(
        begin(0, "text"),
        piece(0, "text", "Hi", logprobs=log),
        piece(
            0,
            "text",
            " you",
            logprobs={"text": " you", "token_ids": [1, 2], "logprobs": [-1, -0.25]},
        ),
    )
    told = [(d.text, d.block, d.logprobs) for d in deltas[1:]]
    assert told == [
        ("Hi", 0, (TokenLogprob("Hi", -0.5),)),
        (" you", 0, (TokenLogprob(" you", -1.25),)),
    ]
    assert whole({"message": {"content": "Hi"}, "logprobs": [{**log, "text": "Hi"}]})[
        1
    ].logprobs == (TokenLogprob("Hi", -0.5),)


@pytest.mark.parametrize(
    ("asked", "sent", "told"), [(True, True, 0), (5, True, 1), (False, False, 0)]
)
def test_logprobs_are_a_switch(asked, sent, told):
    declared = chimeric_cohere.chimeric_provider()
    config = ProviderConfig(name="cohere", base_url=declared.base_url, declaration=declared)
    request = Request(model="m", messages=(Message("user", "Hi"),), extra={"logprobs": asked})
    http: Any = chimeric_cohere.chimeric_build_request(request, config)
    assert (http.body["logprobs"], len(http.dropped)) == (sent, told)


def test_content_of_unknown_kinds_is_never_nothing():
    item = {"type": "hologram", "hologram": {"a": 1}}
    event = {"type": "content-delta", "index": 0, "delta": {"message": {"content": item}}}
    (tool,) = read(event)[0].server_tools
    assert (tool.kind, tool.name, tool.status, tool.native) == (
        "other",
        "hologram",
        "completed",
        item,
    )
