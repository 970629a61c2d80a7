"""What an answer has besides text, as servers of the protocol send it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chimeric import Delta, FilePart, GeneratedFile, ImagePart

from .shown import ODD, TOKEN, files, whole

PNG = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
PAGE = {"title": "Tides", "url": "https://a.test", "snippet": "The moon.", "date": "2026-01-02"}
FOUND = {"url": "https://a.test", "title": "Tides", "text": "The moon.", "date": "2026-01-02"}


def tools(deltas: list[Delta]) -> list[Any]:
    return [tool for delta in deltas for tool in delta.server_tools]


def citations(deltas: list[Delta]) -> list[Any]:
    return [citation for delta in deltas for citation in delta.citations]


@pytest.mark.parametrize(
    ("annotation", "told"),
    [
        (
            {
                "type": "url_citation",
                "url_citation": {
                    "url": "https://a.test",
                    "title": "A",
                    "start_index": 2,
                    "end_index": 9,
                },
            },
            {"url": "https://a.test", "title": "A", "start": 2, "end": 9},
        ),
        (
            {"type": "url_citation", "url": "https://a.test", "start_index": 0, "end_index": 4},
            {"url": "https://a.test", "start": 0, "end": 4},
        ),
        (
            {
                "type": "url_citation",
                "url_citation": {
                    "url": "https://a.test",
                    "content": "Quoted.",
                    "start_index": 0,
                    "end_index": 0,
                },
            },
            {"url": "https://a.test", "text": "Quoted."},
        ),
        (
            {
                "type": "document_citation",
                "document_citation": {"start_index": 1, "end_index": 3, "document_id": "d_1"},
            },
            {"source": "d_1", "start": 1, "end": 3},
        ),
        (
            {
                "type": "function_citation",
                "function_citation": {"start_index": 1, "end_index": 3, "tool_call_id": "c_1"},
            },
            {"source": "c_1", "start": 1, "end": 3},
        ),
        (
            {"type": "file_citation", "file_citation": {"file_id": "f_1", "filename": "a.pdf"}},
            {"source": "f_1", "title": "a.pdf"},
        ),
        (
            {"type": "file", "file": {"hash": "h", "name": "a.pdf", "content": [{"type": "text"}]}},
            {"source": "h", "title": "a.pdf"},
        ),
        ({"type": "url_citation", "start_index": 9, "end_index": 2, "url": "u"}, {"url": "u"}),
        ({"type": "url_citation", "start_index": -4, "end_index": 2, "url": "u"}, {"url": "u"}),
        ({"type": "new", "new": {"number": 7}}, {}),
    ],
)
def test_an_annotation_of_any_type_is_a_citation(read, chunk, annotation, told):
    streamed = citations(read(chunk({"content": "Tides.", "annotations": [annotation]})))
    assert streamed == citations(whole({"content": "Tides.", "annotations": [annotation]}))
    (citation,) = streamed
    empty = dict.fromkeys(("url", "title", "text", "start", "end", "source"))
    assert msgspec.structs.asdict(citation) == {**empty, **told, "native": annotation}


def test_a_citation_that_later_chunks_repeat_is_told_once(read, chunk):
    def cited(start: int) -> dict[str, Any]:
        place = {"url": "https://a.test", "start_index": start, "end_index": 9}
        return {"type": "url_citation", "url_citation": place}

    deltas = read(
        chunk({"content": "x", "annotations": [cited(1)]}),
        chunk({"annotations": [cited(1), cited(2)]}),
        chunk({"annotations": [cited(1), cited(2)]}, "stop"),
    )
    assert [c.start for c in citations(deltas)] == [1, 2]


def test_an_address_beside_the_choices_has_the_title_and_the_quote_of_the_search(read, chunk):
    top = {"citations": ["https://a.test", "https://b.test"], "search_results": [PAGE]}
    deltas = read(chunk({"content": "The moon [1]."}, **top), chunk({}, "stop", **top), "[DONE]")
    told = citations(deltas)
    assert told == [c for d in deltas if d.text for c in d.citations]
    assert [(c.url, c.title, c.text, c.native) for c in told] == [
        ("https://a.test", "Tides", "The moon.", "https://a.test"),
        ("https://b.test", None, None, "https://b.test"),
    ]
    assert told == citations(whole({"content": "The moon [1]."}, **top))


def test_search_results_are_a_search_that_is_done_and_told_once(read, chunk):
    more = {"title": "Sea", "url": "https://b.test"}
    frames = [
        chunk({"content": "a"}, search_results=found)
        for found in ([PAGE], [PAGE], [PAGE, more], [PAGE, more])
    ]
    told = tools(read(*frames, chunk({}, "stop")))
    assert [(t.id, t.kind, t.status, t.output) for t in told] == [
        ("web_search_0", "web_search", "started", None),
        ("web_search_0", "web_search", "completed", [FOUND]),
        ("web_search_1", "web_search", "started", None),
        ("web_search_1", "web_search", "completed", [{"url": "https://b.test", "title": "Sea"}]),
    ]


def test_search_results_are_the_citations_of_an_answer_that_cites_nothing(read, chunk):
    deltas = read(chunk({"content": "a"}, search_results=[PAGE]), chunk({}, "stop"), "[DONE]")
    (cited,) = citations(deltas)
    assert (cited.url, cited.title, cited.text, cited.native) == (
        "https://a.test",
        "Tides",
        "The moon.",
        PAGE,
    )
    assert citations(whole({"content": "a"}, search_results=[PAGE])) == [cited]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("web_search", [{"title": "Tides", "link": "https://a.test", "content": "The moon."}]),
        (
            "search_info",
            {"search_results": [{"index": 1, "title": "Tides", "url": "https://a.test"}]},
        ),
    ],
)
def test_other_servers_have_other_names_for_what_they_found(read, chunk, name, value):
    for deltas in (read(chunk({"content": "a"}, **{name: value})), whole({}, **{name: value})):
        *_, done = tools(deltas)
        assert (done.kind, done.output[0]["url"]) == ("web_search", "https://a.test")


def test_reasoning_steps_are_thoughts_and_tools_each_once(read, chunk):
    steps: list[dict[str, Any]] = [
        {"thought": "Search.", "type": "web_search", "web_search": {"search_keywords": ["tides"]}},
        {
            "thought": "Read.",
            "fetch_url_content": {"contents": [{"url": "https://a.test", "title": "Tides"}]},
        },
        {"thought": "Count.", "execute_python": {"code": "1+1", "result": "2"}},
        {"thought": "Wait.", "agent_progress": {"action": "click"}},
    ]
    steps[0]["web_search"]["search_results"] = [PAGE]
    streamed = read(
        *(chunk({"reasoning_steps": [step]}) for step in steps),
        chunk({"content": "Two.", "reasoning_steps": steps}),
        chunk({"content": ""}, "stop", search_results=[PAGE]),
    )
    at_once = whole({"content": "Two.", "reasoning_steps": steps}, search_results=[PAGE])
    for deltas in (streamed, at_once):
        thoughts = [(d.reasoning, d.block) for d in deltas if d.reasoning]
        assert [said for said, _ in thoughts] == ["Search.", "Read.", "Count.", "Wait."]
        assert len({block for _, block in thoughts}) == 4
        told = [(t.kind, t.name, t.input, t.output) for t in tools(deltas)[1::2]]
        assert told == [
            ("web_search", "web_search", {"queries": ["tides"]}, [FOUND]),
            (
                "web_fetch",
                "fetch_url_content",
                {"urls": ["https://a.test"]},
                [{"url": "https://a.test", "title": "Tides"}],
            ),
            (
                "code_execution",
                "execute_python",
                {"code": "1+1", "language": "python"},
                {"stdout": "2"},
            ),
            ("other", "agent_progress", {"action": "click"}, None),
        ]
        assert [t.status for t in tools(deltas)] == ["started", "completed"] * 4
        assert [t.native for t in tools(deltas)[1::2]] == steps
        (text,) = [d.text for d in deltas if d.text]
        assert text == "Two."


def test_pictures_of_a_message_are_files_each_once(read, chunk):
    linked = {"type": "image_url", "image_url": {"url": "https://a.test/moon.jpg"}}
    streamed = read(
        chunk({"content": "Look", "images": [PNG]}),
        chunk({"content": "", "images": [PNG, linked]}),
        chunk({}, "stop"),
    )
    told = files(streamed)
    assert told == files(whole({"content": "Look", "images": [PNG, linked]}))
    assert told == [
        GeneratedFile("file_0", ImagePart(data="aGk=", media_type="image/png")),
        GeneratedFile("file_1", ImagePart(url="https://a.test/moon.jpg")),
    ]


def test_pictures_that_a_search_found_are_files_with_an_address(read, chunk):
    image = {"image_url": "https://a.test/moon.jpg", "origin_url": "https://a.test", "width": 9}
    deltas = read(*(chunk({"content": "x"}, images=[image], citations=["u"]) for _ in range(3)))
    assert [file.part for file in files(deltas)] == [ImagePart(url="https://a.test/moon.jpg")]


def test_parts_of_the_content_that_are_files_or_unknown_are_shown(read, chunk):
    document = {"type": "document_url", "document_url": "https://a.test/a.pdf"}
    stored = {"type": "tool_file", "tool": "code", "file_id": "f_1", "file_name": "a.csv"}
    odd = {"type": "hologram", "depth": 3}
    hidden = {"type": "redacted_thinking", "data": "gAAA"}
    parts = [{"type": "text", "text": "Look"}, PNG, document, stored, odd, hidden]
    for deltas in (read(chunk({"content": parts})), whole({"content": parts})):
        assert [file.part for file in files(deltas)] == [
            ImagePart(data="aGk=", media_type="image/png"),
            FilePart(url="https://a.test/a.pdf"),
            FilePart(file_id="f_1", filename="a.csv"),
        ]
        (tool,) = tools(deltas)
        assert (tool.kind, tool.name, tool.status) == ("other", "hologram", "completed")
        assert tool.native == odd
        assert deltas[-1].metadata["content_parts"] == [PNG, document, stored, odd, hidden]


def test_a_reference_is_told_wherever_it_stands(read, chunk):
    def said(text: str) -> dict[str, Any]:
        return {"type": "text", "text": text}

    reference = {"type": "reference", "reference_ids": [0, "doc"]}
    tool = {
        "type": "tool_reference",
        "tool": "web_search",
        "title": "Tides",
        "url": "https://a.test",
        "description": "The moon.",
    }
    deltas = read(
        chunk({"content": [said("High"), reference]}),
        chunk({"content": [said("Low"), reference, tool]}),
    )
    told = [[(c.url, c.title, c.text, c.source) for c in d.citations] for d in deltas]
    assert told == [
        [(None, None, None, "0, doc")],
        [(None, None, None, "0, doc"), ("https://a.test", "Tides", "The moon.", None)],
    ]


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize(
    "name",
    [
        *("annotations", "citations", "executed_tools", "images", "reasoning_details"),
        *("reasoning_steps", "search_info", "search_results", "videos", "web_search"),
    ],
)
def test_what_is_of_a_wrong_shape_breaks_nothing(read, chunk, name, odd):
    streamed = read(chunk({"content": "Hi", name: odd}, **{name: odd}), chunk({}, "stop"))
    assert "".join(d.text or "" for d in streamed) == "Hi"
    at_once = whole({"content": "Hi", name: odd}, **{name: odd})
    assert "".join(d.text or "" for d in at_once) == "Hi"


def test_what_only_another_answer_shows_is_not_shown(read):
    cited = {"type": "url_citation", "url_citation": {"url": "https://a.test"}}
    other = {"content": "b", "annotations": [cited], "images": [PNG]}
    token = {"content": [TOKEN]}
    (delta,) = read(
        {
            "choices": [
                {"index": 1, "delta": other, "logprobs": token},
                {"index": 0, "delta": {"content": "a"}, "logprobs": token},
            ]
        }
    )
    assert (delta.text, delta.citations, delta.files) == ("a", (), ())
    assert len(delta.logprobs) == 1
