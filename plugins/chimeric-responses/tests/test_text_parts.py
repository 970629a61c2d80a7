"""Parts of a message: texts, citations, log-probabilities, sound."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from chimeric import (
    AudioPart,
    Citation,
    Event,
    FilePart,
    GeneratedFile,
    Request,
    TokenLogprob,
)

from .events import ODD, done, end, event, read


def text(said: str, index: int = 0, part: int = 0) -> Event:
    return event("output_text.delta", output_index=index, content_index=part, delta=said)


def annotated(annotation: Any, number: int = 0, part: int = 0) -> Event:
    return event(
        "output_text.annotation.added",
        output_index=0,
        content_index=part,
        annotation_index=number,
        annotation=annotation,
    )


def message(*parts: tuple[str, list[Any]]) -> dict[str, Any]:
    content = [{"type": "output_text", "text": t, "annotations": a} for t, a in parts]
    return {"id": "msg_1", "type": "message", "content": content}


def test_an_annotation_is_a_citation_of_its_part_in_the_chunk_of_its_event() -> None:
    source = {"type": "url_citation", "url": "https://x.test", "title": "X", "start_index": 0,
              "end_index": 2}  # fmt: skip
    told = read(text("Hi"), annotated(source))
    assert told[-1].citations == (
        Citation(url="https://x.test", title="X", start=0, end=2, native=source),
    )
    assert told[-1].block == told[0].block


@pytest.mark.parametrize(
    ("start", "end"), [(-1, 4), (5, 4), (0, 0), (None, None), ("0", "4"), (3, None)]
)
def test_offsets_that_cannot_be_are_none(start: Any, end: Any) -> None:
    source = {"type": "url_citation", "url": "u", "start_index": start, "end_index": end}
    (cited,) = read(annotated(source))[0].citations
    assert (cited.start, cited.end) == (None, None)


def test_each_annotation_is_told_once_though_it_stands_in_three_events() -> None:
    one, two = ({"type": "file_citation", "file_id": f"f{n}", "index": n} for n in (1, 2))
    item = message(("Hi", [one, one, two]))
    part = event("content_part.done", output_index=0, content_index=0, part=item["content"][0])
    told = read(
        text("Hi"),
        annotated(one, 0),
        annotated(one, 1),
        annotated(one, 1),
        part,
        done(item),
        end(output=[item]),
    )
    assert [c.source for d in told for c in d.citations] == ["f1", "f1", "f2"]


def test_a_file_of_a_container_is_a_file_too() -> None:
    source = {"type": "container_file_citation", "container_id": "cntr_1", "file_id": "cfile_1",
              "filename": "a.png", "start_index": 0, "end_index": 0}  # fmt: skip
    (told,) = read(annotated(source))
    assert told.citations[0].source == "cfile_1"
    assert told.citations[0].start is None
    assert told.files == (GeneratedFile("cfile_1", FilePart(file_id="cfile_1", filename="a.png")),)


def test_parts_and_items_are_blocks_of_their_own_and_a_block_is_named_once() -> None:
    part = event(
        "content_part.added", output_index=0, content_index=1, part={"type": "output_text"}
    )
    told = read(text("a"), text("b"), part, text("c", part=1), text("d", part=1), text("e", 1))
    assert [(d.text, d.block) for d in told] == [
        ("a", (0, 0)),
        ("b", None),
        ("c", (0, 1)),
        ("d", None),
        ("e", (1, 0)),
    ]


def test_a_server_that_raises_the_part_with_every_piece_tells_one_block() -> None:
    begun = event("content_part.added", output_index=0, content_index=0, part={"type": "x"})
    told = read(begun, *[text("a", part=n) for n in range(5)])
    assert [d.block for d in told] == [(0, 0), None, None, None, None]


def test_interleaved_messages_are_told_with_their_blocks() -> None:
    told = read(text("a", 0), text("b", 1), text("c", 0))
    assert [(d.text, d.block) for d in told] == [("a", (0, 0)), ("b", (1, 0)), ("c", (0, 0))]


def test_parts_of_a_whole_message_are_blocks_with_their_citations() -> None:
    source = {"type": "url_citation", "url": "u"}
    item = message(("One.", []), ("Two.", [source]))
    streamed = read(done(item))
    assert [(d.text, d.block, len(d.citations)) for d in streamed] == [
        ("One.", (0, 0), 0),
        ("Two.", (0, 1), 1),
    ]


def test_what_the_deltas_left_out_goes_to_its_part() -> None:
    told = read(text("One"), done(message(("One.", []), ("Two.", []))))
    assert [(d.text, d.block) for d in told] == [("One", (0, 0)), (".", (0, 0)), ("Two.", (0, 1))]


def test_a_refusal_is_a_block_of_its_own() -> None:
    told = read(
        text("Well, "),
        event("refusal.delta", output_index=0, content_index=1, delta="no."),
        end(),
    )
    assert told[0].block != told[1].block
    assert told[-1].finish_reason == "refusal"


ENTRY = {"token": "Hi", "logprob": -0.25, "top_logprobs": [{"token": "Yo", "logprob": -1.5}]}
PROBABLE = TokenLogprob("Hi", -0.25, (TokenLogprob("Yo", -1.5),))


@pytest.mark.parametrize(
    "fields", [{"extra": {"logprobs": True}}, {"extra": {"logprobs": 0}}, {"extra_body": {
        "include": ["message.output_text.logprobs"]}}],
)  # fmt: skip
def test_logprobs_come_with_their_text_where_they_were_asked_for(fields: Any) -> None:
    request = Request(model="m", messages=(), **fields)
    said = event("output_text.delta", output_index=0, content_index=0, delta="Hi", logprobs=[ENTRY])
    finished = event("output_text.done", output_index=0, text="Hi", logprobs=[ENTRY])
    part = {"type": "output_text", "text": "Hi", "logprobs": [ENTRY]}
    item = {"type": "message", "content": [part]}
    told = read(said, said, finished, request=request)
    assert [d.logprobs for d in told] == [(PROBABLE,), (PROBABLE,)]
    assert read(done(item), request=request)[0].logprobs == (PROBABLE,)
    assert [d.logprobs for d in read(said, done(item))] == [()]


def test_sound_comes_in_pieces_and_whole_at_its_end() -> None:
    pieces = [base64.b64encode(piece).decode() for piece in (b"a", b"bc")]
    events = [event("audio.delta", delta=piece) for piece in pieces]
    told = read(*events, event("audio.transcript.delta", delta="Hi"), event("audio.done"), end())
    whole = base64.b64encode(b"abc").decode()
    assert [file for d in told for file in d.files] == [
        GeneratedFile("audio", AudioPart(data=pieces[0]), partial=True),
        GeneratedFile("audio", AudioPart(data=pieces[1]), partial=True),
        GeneratedFile("audio", AudioPart(data=whole)),
    ]
    assert "".join(d.text or "" for d in told) == "Hi"
    cut = read(*events, end())
    assert [f.partial for d in cut for f in d.files] == [True, True, False]


@pytest.mark.parametrize("odd", ODD)
def test_annotations_and_logprobs_of_another_form_break_nothing(odd: Any) -> None:
    request = Request(model="m", messages=(), extra={"logprobs": True})
    source = {"type": "container_file_citation", "file_id": odd, "url": odd, "start_index": odd}
    part = {"type": "output_text", "text": "Hi", "annotations": [source, odd], "logprobs": odd}
    item = {"type": "message", "content": [part]}
    told = read(annotated(source), annotated(odd, 1), done(item), request=request)
    assert "".join(delta.text or "" for delta in told) == "Hi"
    assert all(delta.logprobs == () for delta in told)
